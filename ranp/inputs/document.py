"""A network's call as JSON, for plan files; read back without trust.

``{"args": [...], "kwargs": {...}}``, where a tensor is ``{"tensor": [1, 3, 8, 8], "dtype": "float32"}``, of integers
and booleans with ``"values": [least, largest]``; a container is ``{"list": [...]}``, ``{"tuple": [...]}`` or
``{"dict": {...}}``; and null, numbers, texts and booleans stand for themselves.
"""

import math
from typing import Any

from ranp.files import ANYTHING, COUNT, MAPPING, TEXT, Leaf, check
from ranp.inputs.spec import InputSpec
from ranp.inputs.tensor import DTYPES, TensorSpec, holds

MAX_DEPTH = 16
MAX_LEAVES = 1000
"""What a plan's file may nest and list; no network takes as much."""

_NAMES = {dtype: name for name, dtype in DTYPES.items()}
_WHOLE = Leaf("a whole number", lambda value: type(value) is int and abs(value) < 2**63)


def to_document(spec: InputSpec) -> dict[str, Any]:
    """JSON-ready values; ``ValueError`` for an argument that no file can hold, such as an object of a class.

    >>> to_document(InputSpec((TensorSpec((1, 4)), [None, 2])))
    {'args': [{'tensor': [1, 4], 'dtype': 'float32'}, {'list': [None, 2]}], 'kwargs': {}}
    """
    return {
        "args": [_written(value, f"argument {place}") for place, value in enumerate(spec.args, start=1)],
        "kwargs": {name: _written(value, f"argument '{name}'") for name, value in spec.kwargs.items()},
    }


def _written(value: Any, where: str) -> Any:
    if isinstance(value, TensorSpec):
        if value.dtype not in _NAMES:
            raise ValueError(f"{where} has the dtype {value.dtype}, which no plan's file can name")
        written = {"tensor": list(value.shape), "dtype": _NAMES[value.dtype]}
        return written if value.values is None else {**written, "values": list(value.values)}
    if value is None or type(value) in (bool, str) or (type(value) is int and abs(value) < 2**63):
        return value
    if type(value) is float and math.isfinite(value):
        return value
    for kind in (list, tuple):
        if type(value) is kind:
            return {kind.__name__: [_written(part, where) for part in value]}
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return {"dict": {key: _written(part, where) for key, part in value.items()}}
    raise ValueError(
        f"{where} of the network holds {_told(value)}, which a plan's file cannot hold; it can hold tensors, numbers, "
        "texts, true, false and None, in lists, tuples and dicts whose keys are texts"
    )


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return "a dict with keys other than texts"
    return f"the number {value!r}" if isinstance(value, (int, float)) else f"a value of type {type(value).__name__}"


def from_document(document: Any, source: str) -> InputSpec:
    """What `to_document` wrote; ``ValueError`` names the place in ``source`` that makes no sense."""
    check(document, {"args": [ANYTHING], "kwargs": MAPPING}, source, "inputs")
    left = iter(range(MAX_LEAVES))
    args = tuple(
        _read(value, source, f"inputs.args[{place}]", MAX_DEPTH, left) for place, value in enumerate(document["args"])
    )
    kwargs = {
        name: _read(value, source, f"inputs.kwargs.{name}", MAX_DEPTH, left)
        for name, value in document["kwargs"].items()
    }
    return InputSpec(args, kwargs)


def _read(value: Any, source: str, where: str, depth: int, left: Any) -> Any:
    place = f"'{where}' in {source}"
    if next(left, None) is None or not depth:
        raise ValueError(f"{place} is more than the arguments of a network; save the plan again")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    kind = next(iter(value), None) if isinstance(value, dict) else None
    if kind == "tensor":
        return _tensor(value, source, where)
    if kind == "dict" and len(value) == 1:
        check(value, {"dict": MAPPING}, source, where)
        return {key: _read(part, source, f"{where}.{key}", depth - 1, left) for key, part in value["dict"].items()}
    if kind in ("list", "tuple") and len(value) == 1:
        check(value, {kind: [ANYTHING]}, source, where)
        parts = [_read(part, source, f"{where}[{at}]", depth - 1, left) for at, part in enumerate(value[kind])]
        return parts if kind == "list" else tuple(parts)
    raise ValueError(
        f"{place} must be an object with tensor, list, tuple or dict, or a plain value; save the plan again"
    )


def _tensor(value: dict[str, Any], source: str, where: str) -> TensorSpec:
    more = {"values": [_WHOLE]} if "values" in value else {}
    check(value, {"tensor": [COUNT], "dtype": TEXT, **more}, source, where)
    if value["dtype"] not in DTYPES:
        raise ValueError(f"'{where}.dtype' in {source} must be one of {', '.join(DTYPES)}, not '{value['dtype'][:40]}'")
    dtype, values = DTYPES[value["dtype"]], value.get("values")
    if values is not None and not holds(dtype, values):
        raise ValueError(f"'{where}.values' in {source} must be the least and the largest number of {value['dtype']}")
    return TensorSpec(tuple(value["tensor"]), dtype, None if values is None else (values[0], values[1]))
