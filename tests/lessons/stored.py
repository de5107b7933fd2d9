"""What a notebook's cells put out, as it is stored in the notebook: text, and a picture of each figure.

With a picture goes, in its metadata, what it was drawn from: of each trace its kind and name, and of its values how
many there are, their mean, and a mean that weighs them by their place. So a run can tell whether pictures and texts are
still those that its cells put out. Cells tagged `MEASURED` put out what was measured or trained: other figures another
time or on another machine, of which only the form is compared. Of those tagged `TIMED` nothing is stored: a second is
one of the reader's own machine.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from math import isclose
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from ranp.files import write_atomically
from tests.lessons.capturing import FIGURE

MEASURED, TIMED = "measured", "timed"
STORED_FROM = "stored_from"
"""The notebook's metadata: the hash of the code that its outputs are of."""
PNG = "image/png"
DRAWN = "drawn"
KINDS = {"bar": "bars", "scatter": "lines and marks", "heatmap": "heat maps", "image": "slices"}
"""Of traces, in words."""
TEXTS = ("text/html", "text/markdown", "text/latex", "text/plain")
"""The first of them that an output has is stored."""
NEAR = {"rel_tol": 0.05, "abs_tol": 1e-6}
"""How near two numbers are that count as the same."""

Output = dict[str, Any]
Render = Callable[[dict[str, Any]], tuple[bytes, int, int]]
"""From a figure's JSON to a PNG, and how wide and high it is to be shown, in pixels."""

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?")


def code_of(document: Any) -> str:
    """The hash of all code cells."""
    sources = [source_of(cell) for cell in document["cells"] if cell["cell_type"] == "code"]
    return sha256("\n\0".join(sources).encode()).hexdigest()


def source_of(cell: Any) -> str:
    """A cell's text, which files hold as one string or as lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def storable(cell: Any, render: Render | None = None) -> list[Output]:
    """What is stored of a cell that has run."""
    return [] if TIMED in _tags(cell) else lightened(cell["outputs"], render)


def lightened(outputs: Sequence[Any], render: Render | None = None) -> list[Output]:
    """Outputs as they are stored; figures get their pictures where there is something to ``render`` them."""
    found: list[Output] = []
    for output in outputs:
        if output["output_type"] == "stream":
            if found and found[-1]["output_type"] == "stream":
                found[-1]["text"] += output["text"]
            else:
                found.append({"output_type": "stream", "name": output["name"], "text": output["text"]})
            continue
        data = output.get("data", {})
        text = next((kind for kind in TEXTS if data.get(kind)), None)
        if text is not None:
            found.append(_display({text: data[text]}))
        if FIGURE in data:
            found.append(_pictured(json.loads(data[FIGURE]), render))
    return found


def differences(stored: Sequence[Any], now: Sequence[Output], measured: bool = False) -> list[str]:
    """A sentence for each output of a cell that is not what is stored of it; none where all are."""
    if list(map(_form, stored)) != list(map(_form, now)):
        return ["it puts out other things than are stored"]
    if measured:
        return []
    found = []
    for number, (old, new) in enumerate(zip(stored, now, strict=True)):
        if DRAWN in new.get("metadata", {}):
            if not _same(old["metadata"][DRAWN], new["metadata"][DRAWN]):
                found.append(f"the picture stored as output {number} shows another figure")
        elif not same_text(_text(old), _text(new)):
            found.append(f"the text stored as output {number} is another one, it is now: {_text(new)[:200]!r}")
    return found


def same_text(first: str, second: str) -> bool:
    """Whether two texts are the same but for numbers that are near one another.

    >>> same_text("12.0% of 3,000", "12.1% of 3,010"), same_text("12% left", "15% left"), same_text("a 1", "b 1")
    (True, False, False)
    """
    numbers = [[float(each.replace(",", "")) for each in _NUMBER.findall(text)] for text in (first, second)]
    return _NUMBER.split(first) == _NUMBER.split(second) and _same(*numbers)


def store(path: Path, outputs: Sequence[Sequence[Output]]) -> None:
    """Write the outputs of the notebook's code cells into its file; all else in it stays as it is."""
    document = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    for cell, found in zip(code, outputs, strict=True):
        cell["outputs"], cell["execution_count"] = list(found), None
    document["metadata"][STORED_FROM] = code_of(document)
    nbformat.validate(nbformat.from_dict(document))
    write_atomically(path, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())


def is_measured(cell: Any) -> bool:
    """Whether the cell is tagged so."""
    return MEASURED in _tags(cell)


def _tags(cell: Any) -> Sequence[str]:
    found: Sequence[str] = cell["metadata"].get("tags", ())
    return found


def _display(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> Output:
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def _pictured(figure: dict[str, Any], render: Render | None) -> Output:
    drawn = {DRAWN: [_trace(trace) for trace in figure["data"]]}
    if render is None:
        return _display({}, drawn)
    picture, width, height = render(figure)
    told = {"width": width, "height": height, "alt": in_words(drawn[DRAWN])}
    return _display({PNG: b64encode(picture).decode()}, {PNG: told, **drawn})


def in_words(drawn: Sequence[Any]) -> str:
    """The figure for a reader who does not see it: what it is made of, and the names in its legend.

    >>> in_words([["bar", "MACs", {}], ["bar", "memory", {}], ["scatter", "", {}]])
    'A figure of bars, lines and marks: MACs, memory'
    """
    kinds = ", ".join(dict.fromkeys(KINDS.get(kind, kind) for kind, *_ in drawn))
    names = ", ".join(dict.fromkeys(name for _, name, _ in drawn if name))
    return f"A figure of {kinds}" + (f": {names}" if names else "")


def _trace(trace: dict[str, Any]) -> list[Any]:
    values = {axis: _told(trace[axis]) for axis in ("x", "y", "z") if trace.get(axis) is not None}
    return [trace.get("type", "scatter"), trace.get("name", ""), values]


def _told(values: Any) -> list[Any]:
    """How many values there are, and what they come to: two means of numbers, a hash of anything else."""
    if isinstance(values, dict):  # as plotly writes an array of numpy's
        flat = np.frombuffer(b64decode(values["bdata"]), values["dtype"])
    else:
        flat = np.array(values, dtype=object).ravel()
    try:
        numbers = flat.astype(float)
    except (TypeError, ValueError):
        return [len(flat), sha256(json.dumps(flat.tolist(), default=str).encode()).hexdigest()[:12]]
    if len(numbers) == 0:
        return [0]
    known = np.nan_to_num(numbers)
    return [len(known), *(float(f"{np.mean(known * weights):.4g}") for weights in (1, np.linspace(0, 1, len(known))))]


def _same(first: Any, second: Any) -> bool:
    """Whether two documents are the same but for numbers that are near one another."""
    if isinstance(first, (int, float)) and isinstance(second, (int, float)):
        return isclose(first, second, **NEAR)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_same, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_same(first[key], second[key]) for key in first)
    return bool(first == second)


def _form(output: Any) -> list[str]:
    """What kind of output it is: a stream's name, a figure, or the kind of its text."""
    if output["output_type"] == "stream":
        return [output["name"]]
    return [DRAWN] if DRAWN in output["metadata"] else sorted(output["data"])


def _text(output: Any) -> str:
    found = output["text"] if output["output_type"] == "stream" else next(iter(output["data"].values()))
    return found if isinstance(found, str) else "".join(found)
