"""Joining tensors: concatenation on the channel dim strings labels together, on any other dim it ties them."""

import numpy as np

from ranp.graph.call import Call, Result
from ranp.graph.labels import Tracked


def concatenate(call: Call) -> Result:
    """``torch.cat``; a cost volume built by concatenation along disparity ties, along channels it does not."""
    parts = [part for part in call["tensors"] if part.shape != (0,)]
    dim = int(call["dim"]) % len(call.out_shape)
    return _join(call, [call.channels(part) for part in parts], dim)


def stack(call: Call) -> Result:
    """``torch.stack``: a concatenation of tensors that first get a new dim of length one."""
    dim = int(call["dim"]) % len(call.out_shape)
    parts = []
    for part in (call.channels(part) for part in call["tensors"]):
        shape = (*part.shape[:dim], 1, *part.shape[dim:])
        moved = None if part.dim is None else part.dim + (part.dim >= dim)
        parts.append(Tracked(shape, moved, part.labels))
    return _join(call, parts, dim)


def _join(call: Call, parts: list[Tracked], dim: int) -> Result:
    channel_dims = [part.dim for part in parts if part.dim is not None]
    if not channel_dims:
        return call.untracked()
    channel = dim if dim in channel_dims else channel_dims[0]
    for part in parts:
        if part.dim not in (None, channel):
            call.freeze(part, "it joins tensors that carry their channels on different dims")
    if channel == dim:
        pieces = [part.labels if part.dim == dim else call.flow.labels.fixed(part.shape[dim]) for part in parts]
        return Tracked(call.out_shape, dim, np.concatenate(pieces))
    leader = next(part for part in parts if part.dim == channel)
    for part in parts:
        if part.dim == channel:
            call.flow.labels.tie(leader.labels, part.labels)
        else:
            call.freeze(leader, "it is joined with a tensor of fixed size along another dim")
    return Tracked(call.out_shape, channel, leader.labels)


def pad(call: Call) -> Result:
    """Padding; zeros added on the channel dim are positions that always stay."""
    source = call.channels(call["self"])
    if source.dim is None:
        return call.untracked()
    amounts = call.get("pad") or call.get("padding") or []
    from_end = len(source.shape) - 1 - source.dim
    before, after = (int(size) for size in (*amounts[2 * from_end : 2 * from_end + 2], 0, 0)[:2])
    if before == after == 0:
        return Tracked(call.out_shape, source.dim, source.labels)
    constant = call.get("mode", "constant") == "constant" and before >= 0 and after >= 0
    if not constant or call.operation.startswith(("reflection", "replication", "circular")):
        return call.freeze_all("it repeats or cuts channels at the border")
    fixed = call.flow.labels.fixed
    return Tracked(call.out_shape, source.dim, np.concatenate([fixed(before), source.labels, fixed(after)]))


RULES = {
    **dict.fromkeys(("cat", "concat", "concatenate"), concatenate),
    "stack": stack,
    **dict.fromkeys(("pad", "constant_pad_nd"), pad),
    **dict.fromkeys((f"{mode}_pad{n}d" for mode in ("reflection", "replication") for n in (1, 2, 3)), pad),
}
