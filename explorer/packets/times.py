"""The seconds of a step for the browser: `ranp.timing.TimePrices` as one block of bytes.

Calls of one task at the same kept counts take the same time, so they are one row: what it is priced by, and how often
each layer makes the call, in each kind of step. Rows by width come first, then those by elements.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.packets.network import pack
from ranp.graph import ChannelGraph
from ranp.timing import Call, TimePrices, TimeTable, Work

Value = TypeVar("Value", bound=Hashable)

Row = tuple[str, tuple[int, ...], tuple[tuple[float, tuple[int, ...]], ...]]
"""A task, the sets that are its widths, and the terms that sum to its elements."""


def encode_times(graph: ChannelGraph, works: Sequence[Work], table: TimeTable) -> bytes:
    """The packet of a network's times; `assets/engine/times.js` reads it.

    ``works`` are those of all kinds of step, training first, of the table's batch. ``ValueError`` where the table is of
    another network.
    """
    rows = _numbered(_row(call) for work in works for call in work.calls)
    by_width, by_elements = ([row for row in rows if bool(row[1]) is wide] for wide in (True, False))
    position = {name: index for index, name in enumerate(graph.layers)}
    at = {row: index for index, row in enumerate([*by_width, *by_elements])}
    uses = [
        (kind, at[row], position.get(owner, -1), times)
        for kind, work in enumerate(works)
        for (row, owner), times in Counter((_row(call), call.owner) for call in work.calls).items()
    ]
    header = {
        "kinds": [work.kind for work in works],
        "constants": [table.constants[work.kind] for work in works],
        "perElement": [table.per_element.get(work.kind, 0.0) for work in works],
        "batch": table.batch,
        "layers": len(position),
        "factors": _most_factors(by_elements),
    }
    columns: dict[str, tuple[str, Any]] = {
        f"uses.{name}": ("int32", column)
        for name, column in zip(("kind", "row", "layer", "often"), zip(*uses, strict=True), strict=True)
    }
    costs = TimePrices(graph, works[0], table).layer_costs()
    columns["costs"] = ("float64", list(costs.values()))
    sets = _joined(works[0].sets, "int32", "members")
    return pack(header, {**columns, **_grids(by_width, table), **_sizes(by_elements, table), **sets})


def _row(call: Call) -> Row:
    return call.task, call.sets, call.sizes


def _grids(rows: Sequence[Row], table: TimeTable) -> dict[str, tuple[str, Any]]:
    """Each row's grid and sets; each grid's axes, the second -1 where it has one, and its seconds, row by row."""
    keys = _numbered(task for task, _, _ in rows)
    grids = [table.grids[key] for key in keys]
    axes = _numbered(axis.tobytes() for grid in grids for axis in grid.axes)
    return {
        "wide.grid": ("int32", [keys[task] for task, _, _ in rows]),
        **{f"wide.{name}": ("int32", [_nth(sets, n) for _, sets, _ in rows]) for n, name in enumerate(_AXES)},
        **{
            f"grids.{name}": ("int32", [_nth([axes[axis.tobytes()] for axis in grid.axes], n) for grid in grids])
            for n, name in enumerate(_AXES)
        },
        **_joined([np.frombuffer(axis) for axis in axes], "float64", "axes"),
        **_joined([grid.seconds.ravel() for grid in grids], "float64", "cells"),
    }


_AXES = ("first", "second")


def _sizes(rows: Sequence[Row], table: TimeTable) -> dict[str, tuple[str, Any]]:
    """Each row's sizes and terms, a constant times a product of counts; each sizes' elements and seconds."""
    keys = _numbered(task for task, _, _ in rows)
    sizes = [table.sizes[key] for key in keys]
    terms = [term for _, _, of in rows for term in of]
    forms, most = _numbered(factors for _, factors in terms), _most_factors(rows)
    return {
        "sized.sizes": ("int32", [keys[task] for task, _, _ in rows]),
        "sized.starts": ("int32", np.cumsum([0, *(len(of) for _, _, of in rows)])),
        "terms.constant": ("float64", [constant for constant, _ in terms]),
        "terms.form": ("int32", [forms[factors] for _, factors in terms]),
        "forms": ("int32", [(*factors, *[0] * (most - len(factors))) for factors in forms]),
        **_joined([size.elements for size in sizes], "float64", "elements"),
        "seconds": ("float64", np.concatenate([np.empty(0), *(size.seconds for size in sizes)])),
    }


def _most_factors(rows: Iterable[Row]) -> int:
    """How many counts the longest product has."""
    return max((len(factors) for _, _, terms in rows for _, factors in terms), default=1)


def _numbered(values: Iterable[Value]) -> dict[Value, int]:
    """Each value once, by its first place."""
    return {value: number for number, value in enumerate(dict.fromkeys(values))}


def _nth(values: Sequence[int], number: int) -> int:
    return values[number] if number < len(values) else -1


def _joined(arrays: Sequence[NDArray[Any]], kind: str, name: str) -> Mapping[str, tuple[str, Any]]:
    """Arrays one after the other, and where each begins; its end is where the next one does."""
    return {
        name: (kind, np.concatenate([np.empty(0), *arrays])),
        f"{name}.starts": ("int32", np.cumsum([0, *map(len, arrays)])),
    }
