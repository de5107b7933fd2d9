"""A network's call as a person types it: the arguments of ``--input``, one text for each of the network's.

1x3x16x112x112              a float32 tensor, batch first ("scalar" for a tensor without sizes)
1x16:bool  1:int64:0..9     of another dtype; which whole numbers it holds
mask=1x16:bool              passed by keyword
["1x1x8x8x8", "1x1x8x8x8"]  a list (JSON); a dict likewise. Texts in it are tensors, as above
value:2  value:null         a number, true, false or null that is no tensor
text:train                  a text, also within a list or dict
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ranp.files import parse_json
from ranp.inputs.document import MAX_DEPTH
from ranp.inputs.spec import InputSpec
from ranp.inputs.tensor import DTYPES, TensorSpec, holds

_NAMED = re.compile(r"([^\W\d]\w*)=(.*)", re.DOTALL)
_TENSOR = re.compile(r"(?P<sizes>scalar|\d+(?:x\d+)*)(?::(?P<dtype>\w+))?(?::(?P<low>-?\d+)(?:\.\.(?P<high>-?\d+))?)?")
_HOW = "write a tensor with the batch first, like 1x3x16x112x112 or 1x16:bool"
_NAMES = {dtype: name for name, dtype in DTYPES.items()}


def parse_inputs(texts: Sequence[str]) -> InputSpec:
    """The call that these texts describe, in their order.

    >>> parse_inputs(["1x1x8x8x8", "t=1:int64:0..9"])
    InputSpec(args=(TensorSpec(shape=(1, 1, 8, 8, 8), dtype=torch.float32, values=None),), \
kwargs={'t': TensorSpec(shape=(1,), dtype=torch.int64, values=(0, 9))})

    Raises:
        ValueError: a text describes no argument, or a name is given twice.
    """
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for text in texts:
        named = _NAMED.fullmatch(text)
        if named is None:
            args.append(parse_input(text))
        elif named[1] in kwargs:
            raise ValueError(f"the input '{named[1]}' is given twice; give each name once")
        else:
            kwargs[named[1]] = parse_input(named[2])
    return InputSpec(tuple(args), kwargs)


def parse_input(text: str) -> Any:
    """One argument: a `TensorSpec`, or a nest of them, or a plain value; ``ValueError`` says how to write it."""
    if text.startswith("text:"):
        return text.removeprefix("text:")
    if text.startswith("value:"):
        return _nest(_json(text.removeprefix("value:")), MAX_DEPTH)
    if text[:1] in ("[", "{"):
        return _nest(_json(text), MAX_DEPTH)
    return _tensor(text)


def _json(text: str) -> Any:
    try:
        return parse_json(text, f"'{text}'")
    except ValueError as error:
        raise ValueError(
            f"{str(error).removesuffix('; save it again')}; write for instance "
            '{"image": "1x1x8x8x8", "scale": 2.0} or [null, "1x4:int64"], in single quotes for the shell'
        ) from error


def _nest(value: Any, depth: int) -> Any:
    if not depth:
        raise ValueError("the input is nested more deeply than a network's arguments are; write it flatter")
    if isinstance(value, str):
        return value.removeprefix("text:") if value.startswith("text:") else _tensor(value)
    if isinstance(value, list):
        return [_nest(part, depth - 1) for part in value]
    if isinstance(value, dict):
        return {key: _nest(part, depth - 1) for key, part in value.items()}
    return value


def _tensor(text: str) -> TensorSpec:
    found = _TENSOR.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"'{text}' is no shape; {_HOW}, a number like value:2.0, and a text like text:train")
    shape = () if found["sizes"] == "scalar" else tuple(map(int, found["sizes"].split("x")))
    if 0 in shape:
        raise ValueError(f"'{text}' is no shape, since it has a size of 0; {_HOW}")
    name = found["dtype"] or "float32"
    if name not in DTYPES:
        raise ValueError(f"'{text}' has the unknown dtype '{name}'; choose one of {', '.join(DTYPES)}")
    if found["low"] is None:
        return TensorSpec(shape, DTYPES[name])
    low, high = int(found["low"]), int(found["high"] or found["low"])
    low = min(low, 0) if found["high"] is None else low
    return _with_values(text, TensorSpec(shape, DTYPES[name]), low, high)


def _with_values(text: str, tensor: TensorSpec, low: int, high: int) -> TensorSpec:
    if not holds(tensor.dtype, [low, high]):
        raise ValueError(
            f"'{text}' gives a range that {_NAMES[tensor.dtype]} does not have; write the least and the largest whole "
            "number, like 1:int64:0..9"
        )
    return TensorSpec(tensor.shape, tensor.dtype, (low, high))


def format_inputs(spec: InputSpec) -> list[str]:
    """The texts that `parse_inputs` reads as ``spec``; a tuple within an argument is written as a list.

    >>> format_inputs(InputSpec((TensorSpec((1, 4)), [None, 2]), {"mode": "train"}))
    ['1x4', '[null, 2]', 'mode=text:train']
    """
    named = (f"{name}={format_input(value)}" for name, value in spec.kwargs.items())
    return [*map(format_input, spec.args), *named]


def format_input(value: Any) -> str:
    """One argument in the way of `parse_input`."""
    if isinstance(value, TensorSpec):
        return _shown(value)
    if isinstance(value, str):
        return f"text:{value}"
    written = json.dumps(_within(value), ensure_ascii=False)
    return written if written[:1] in ("[", "{") else f"value:{written}"


def _within(value: Any) -> Any:
    if isinstance(value, (TensorSpec, str)):
        return format_input(value)
    if isinstance(value, Mapping):
        return {str(key): _within(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_within(part) for part in value]
    known = value is None or isinstance(value, (bool, int, float))
    return value if known else f"text:{type(value).__name__}"


def _shown(tensor: TensorSpec) -> str:
    shape = "x".join(map(str, tensor.shape)) or "scalar"
    name = _NAMES.get(tensor.dtype, str(tensor.dtype).removeprefix("torch."))
    plain = TensorSpec(tensor.shape, tensor.dtype)
    values = f":{tensor.values[0]}..{tensor.values[1]}" if tensor.values and tensor.values != plain.values else ""
    return shape if name == "float32" else f"{shape}:{name}{values}"
