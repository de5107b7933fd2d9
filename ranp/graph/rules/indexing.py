"""Moving, repeating and cutting dims: labels move with their positions.

A cut on the channel dim relies on where it falls. Equal chunks are assumed to be computed from the size, so their
positions are tied; any other cut is assumed to follow the channels before it. Where the re-trace finds a cut at a fixed
number instead, everything before its end stays.
"""

import sys

import numpy as np

from ranp.graph.call import Call, Result
from ranp.graph.labels import LabelVector, Tracked


def permute(call: Call) -> Result:
    """``permute``, ``transpose``, ``movedim``, ``t``: the channel dim goes where the operation puts it."""
    source = call.channels(call["self"])
    if source.dim is None:
        return call.untracked()
    return Tracked(call.out_shape, dim_order(call, len(source.shape)).index(source.dim), source.labels)


def dim_order(call: Call, ndim: int) -> list[int]:
    """For each dim of the result, the dim of the source that it was."""
    order = np.arange(ndim)
    name = call.operation.rstrip("_")
    if name == "permute":
        order = order[[int(dim) % ndim for dim in call["dims"]]]
    elif name in ("movedim", "moveaxis"):
        order = np.array(_moved(ndim, call["source"], call["destination"]))
    elif ndim >= 2:
        one, two = _swapped(call)
        order[[one, two]] = order[[two, one]]
    return [int(dim) for dim in order]


def _moved(ndim: int, source: int | list[int], destination: int | list[int]) -> list[int]:
    probe = np.empty(tuple(range(ndim)))  # each dim is as long as its number says
    return list(np.moveaxis(probe, source, destination).shape)


def _swapped(call: Call) -> tuple[int, int]:
    for one, two in (("dim0", "dim1"), ("axis0", "axis1")):
        if call.get(one) is not None:
            return int(call[one]), int(call[two])
    return -2, -1


def expand(call: Call) -> Result:
    """``expand``: new leading dims, and dims of length one made longer."""
    source = call.channels(call.tensors[0])
    if source.dim is None:
        return call.untracked()
    dim = source.dim + len(call.out_shape) - len(source.shape)
    if call.out_shape[dim] != source.shape[source.dim]:
        return call.freeze_all("a single channel is spread over many")
    return Tracked(call.out_shape, dim, source.labels)


def repeat(call: Call) -> Result:
    """``repeat`` and ``tile``: a repeated channel shares the fate of its copies."""
    source = call.channels(call["self"])
    if source.dim is None:
        return call.untracked()
    dim = source.dim + len(call.out_shape) - len(source.shape)
    return Tracked(call.out_shape, dim, np.tile(source.labels, call.out_shape[dim] // len(source.labels)))


def select(call: Call) -> Result:
    """``x[:, i]``: on the channel dim one position is picked by number, so none may go."""
    source = call.channels(call["self"])
    if source.dim is None:
        return call.untracked()
    dim = int(call["dim"]) % len(source.shape)
    if dim == source.dim:
        return call.freeze_all("it picks a channel by its number")
    return Tracked(call.out_shape, source.dim - (dim < source.dim), source.labels)


def unbind(call: Call) -> Result:
    """``unbind``: as `select` for every index."""
    source = call.channels(call["self"])
    dim = int(call.get("dim", 0)) % len(source.shape)
    if source.dim is None or source.dim == dim:
        return call.freeze_all("it takes the channels apart one by one")
    return [Tracked(shape, source.dim - (dim < source.dim), source.labels) for shape in call.out_shapes]


def cut(call: Call) -> Result:
    """``x[:, start:end]`` and ``narrow``."""
    source = call.channels(call["self"])
    if source.dim is None:
        return call.untracked()
    dim = int(call["dim"]) % len(source.shape)
    if dim != source.dim:
        return Tracked(call.out_shape, source.dim, source.labels)
    start, end = _bounds(call, len(source.labels))
    if (start, end) == (0, len(source.labels)) and call.get("step", 1) == 1:
        return Tracked(call.out_shape, dim, source.labels)
    numbers = [call.get("start") or 0, call.get("end") or 0]
    if call.get("step", 1) != 1 or min(numbers) < 0:
        return call.freeze_all("it cuts channels by their numbers")
    _tie_chunks(call, source.labels, [(start, end)])
    if call.get("start"):
        call.expect("start", source.labels[:start])
    if call.operation == "slice" and call["end"] is not None and call["end"] != sys.maxsize:
        call.expect("end", source.labels[:end])
    if call.operation == "narrow":
        call.expect("length", source.labels[start:end])
    return Tracked(call.out_shape, dim, source.labels[start:end])


def split(call: Call) -> Result:
    """``split``, ``split_with_sizes``, ``chunk``, ``tensor_split``."""
    source = call.channels(call["self"])
    dim = int(call.get("dim", 0)) % len(source.shape)
    if source.dim is None:
        return call.untracked()
    if dim != source.dim:
        return [Tracked(shape, source.dim, source.labels) for shape in call.out_shapes]
    ends = np.cumsum([shape[dim] for shape in call.out_shapes]).tolist()
    bounds = list(zip([0, *ends[:-1]], ends, strict=True))
    _tie_chunks(call, source.labels, bounds)
    pieces = [source.labels[start:end] for start, end in bounds]
    return [Tracked(shape, dim, piece) for shape, piece in zip(call.out_shapes, pieces, strict=True)]


def _bounds(call: Call, length: int) -> tuple[int, int]:
    if call.operation == "narrow":
        start = int(call["start"])
        return start, start + int(call["length"])
    step = slice(call.get("start"), call.get("end"))
    start, end, _ = step.indices(length)
    return start, end


def _tie_chunks(call: Call, labels: LabelVector, bounds: list[tuple[int, int]]) -> None:
    """Make cuts reproducible after channels are gone, or keep what lies before the last of them."""
    lengths = {end - start for start, end in bounds}
    last = bounds[-1][1]
    if not call.assume():
        fixed = labels[:last] if last < len(labels) else labels[: bounds[-1][0]]
        call.flow.labels.freeze(fixed, call.reason("it cuts channels at a number that does not follow their count"))
        return
    length = bounds[0][1] - bounds[0][0]
    aligned = len(lengths) == 1 and length > 0 and len(labels) % length == 0 and bounds[0][0] % length == 0
    if aligned:
        call.flow.labels.tie_along(labels.reshape(-1, length), axis=0)


def getitem(call: Call) -> Result:
    """One result of an operation with several."""
    source, index = call["0"], call["1"]
    item: Tracked | None = source[index] if isinstance(source, list) else source
    return item


RULES = {
    **dict.fromkeys(("permute", "transpose", "t", "movedim", "moveaxis"), permute),
    **dict.fromkeys(("swapaxes", "swapdims"), permute),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), expand),
    **dict.fromkeys(("repeat", "tile"), repeat),
    "select": select,
    "unbind": unbind,
    **dict.fromkeys(("slice", "narrow"), cut),
    **dict.fromkeys(("split", "split_with_sizes", "chunk", "tensor_split", "unsafe_chunk", "unsafe_split"), split),
    "getitem": getitem,
}
