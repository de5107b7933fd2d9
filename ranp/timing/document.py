"""Time tables as JSON, for other machines: written with four digits, and read as what a stranger hands in."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ranp.files import COUNT, MAPPING, NUMBER, TEXT, check, check_writable, parse_json, read_regular, write_atomically
from ranp.timing.table import Grid, Machine, Numbers, Sizes, TimeTable
from ranp.timing.work import KINDS, MOST_WIDTHS

VERSION = 2
MOST_BYTES = 2**26
MOST_SECONDS, MOST_SIZE, LARGEST = 1e6, 2.0**53, 1e300
_TITLE = "ranp_time_table"
_FORM = {
    _TITLE: COUNT,
    "network": TEXT,
    "batch": COUNT,
    "machine": {"name": TEXT, "device": TEXT, "threads": COUNT, "torch": TEXT},
    "step": COUNT,
    "grids": MAPPING,
    "sizes": MAPPING,
    "constants": MAPPING,
    "spread": NUMBER,
    "errors": MAPPING,
    "busy": NUMBER,
    "date": TEXT,
    "measured": NUMBER,
    "per_element": MAPPING,
}
_LEAST = {_TITLE: 1, "batch": 1, "step": 1, "threads": 1, "spread": 0, "busy": 0}


def write_table(table: TimeTable, path: Path) -> None:
    """Write the table, whole or not at all."""
    check_writable(path)
    write_atomically(path, table_bytes(table))


def table_bytes(table: TimeTable) -> bytes:
    """The table as the bytes of its file."""
    document = {
        _TITLE: VERSION,
        **{name: getattr(table, name) for name in _FORM if name not in (_TITLE, "machine", "grids", "sizes")},
        "machine": asdict(table.machine),
        "grids": {key: grid_document(grid) for key, grid in table.grids.items()},
        "sizes": {key: sizes_document(sizes) for key, sizes in table.sizes.items()},
    }
    return json.dumps(document, allow_nan=False, separators=(",", ":")).encode()


def read_table(path: Path) -> TimeTable:
    """The table in a file; ``ValueError`` says what is wrong with it."""
    return table_from(read_regular(path, MOST_BYTES), str(path))


def table_from(content: bytes, name: str) -> TimeTable:
    """The table of `table_bytes`; ``name`` says in messages where it came from."""
    document = parse_json(content, name)
    if isinstance(document, dict) and isinstance(version := document.get(_TITLE), int) and version > VERSION:
        raise ValueError(
            f"{name} is a time table of a newer version ({version}); update this program, or measure again"
        )
    if isinstance(document, dict) and document.get(_TITLE) == 1:
        document = {"measured": 1.0, "per_element": {}, **document}  # the first had all timed, and one constant alone
    check(document, _FORM, name)
    _check_figures(document, name)
    return TimeTable(
        **{
            **{key: value for key, value in document.items() if key in _FORM and key != _TITLE},
            "machine": Machine(**document["machine"]),
            "grids": {key: grid_from(value, _place(name, key)) for key, value in document["grids"].items()},
            "sizes": {key: sizes_from(value, _place(name, key)) for key, value in document["sizes"].items()},
        }
    )


def _check_figures(document: Mapping[str, Any], name: str) -> None:
    """Raise ``ValueError`` for figures that nobody measures."""
    for key, least in _LEAST.items():
        if (value := {**document, **document["machine"]}[key]) < least:
            raise ValueError(f"{name}: {key} must be at least {least}, not {value}; measure the table again")
    if not 0 < document["measured"] <= 1:
        raise ValueError(f"{name}: measured must be a share above 0 and at most 1, not {document['measured']}")
    for kind in ("constants", "errors", "per_element"):
        for step, value in document[kind].items():
            if step not in KINDS or not _is_number(value) or (kind != "errors" and value < 0):
                raise ValueError(f"{name}: {kind} must be numbers by {' and '.join(KINDS)}, not {step[:20]}: {value!r}")


def _place(name: str, key: str) -> str:
    """A task of a file in words: the operation's name, where the key has one, as keys of ours do."""
    operation = key.partition(",")[0].strip('["')
    return f"{name}: {operation[:80]}"


def grid_document(grid: Grid) -> dict[str, Any]:
    """JSON-ready."""
    return {"axes": [axis.astype(int).tolist() for axis in grid.axes], "seconds": _rounded(grid.seconds)}


def sizes_document(sizes: Sizes) -> dict[str, Any]:
    """JSON-ready."""
    return {"elements": sizes.elements.astype(int).tolist(), "seconds": _rounded(sizes.seconds)}


def grid_from(document: Any, where: str) -> Grid:
    """The grid of `grid_document`."""
    check(document, MAPPING, where)
    axes = document.get("axes")
    if not isinstance(axes, list) or not 1 <= len(axes) <= MOST_WIDTHS:
        raise ValueError(f"{where} must have one or two axes of widths; measure the table again")
    found = tuple(_ascending(axis, where, "widths") for axis in axes)
    return Grid(found, _seconds(document, tuple(map(len, found)), where))


def sizes_from(document: Any, where: str) -> Sizes:
    """The sizes of `sizes_document`."""
    check(document, MAPPING, where)
    elements = _ascending(document.get("elements"), where, "elements")
    return Sizes(elements, _seconds(document, elements.shape, where))


def _ascending(values: Any, where: str, what: str) -> Numbers:
    if not isinstance(values, list) or not values or not all(map(_is_size, values)):
        raise ValueError(f"{where} must have {what}, whole numbers from 1 on; measure the table again")
    found: Numbers = np.array(values, dtype=np.float64)
    if not (np.diff(found) > 0).all():
        raise ValueError(f"{where} has {what} that do not ascend; measure the table again")
    return found


def _seconds(document: Mapping[str, Any], shape: tuple[int, ...], where: str) -> Numbers:
    rows = document.get("seconds")
    if not _fills(rows, shape):
        raise ValueError(
            f"{where} must have {' x '.join(map(str, shape))} seconds, one at each of its sizes; cells are missing, or "
            "not numbers; measure the table again"
        )
    found: Numbers = np.array(rows, dtype=np.float64)
    if not ((found >= 0) & (found <= MOST_SECONDS)).all():
        raise ValueError(
            f"{where} has seconds that are negative, or more than {MOST_SECONDS:,.0f}; measure the table again"
        )
    return found


def _fills(rows: Any, shape: tuple[int, ...]) -> bool:
    """Whether these are lists of numbers in lists of this shape."""
    if not shape:
        return _is_number(rows)
    return isinstance(rows, list) and len(rows) == shape[0] and all(_fills(row, shape[1:]) for row in rows)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def _is_size(value: Any) -> bool:
    return _is_number(value) and 1 <= value <= MOST_SIZE and value == int(value)


def _rounded(values: Numbers) -> Any:
    return np.vectorize(lambda value: float(f"{value:.4g}"))(values).tolist()
