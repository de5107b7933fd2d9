"""Views: the channel dim is split, merged or passed on.

A view maps groups of dims to groups of dims. Where the channel dim is split into several, or merged with a dim that
the network tells apart later, the kept positions must still form a rectangle: positions are tied until only one of the
new dims can lose entries. All of this relies on sizes that the network computes from shapes, so it is an assumption
that the re-trace checks.
"""

import numpy as np

from ranp.graph.call import Call, Result
from ranp.graph.labels import Tracked

Groups = list[tuple[list[int], list[int]]]


def reshape(call: Call) -> Result:
    """``view``, ``reshape``, ``flatten``, ``unflatten``, ``squeeze``, ``unsqueeze``."""
    source = call.channels(call["self"])
    if source.dim is None or source.shape[source.dim] == 1:
        call.freeze(source, "a single channel is reshaped away")
        return call.untracked()
    inner, outer = next(group for group in factor(source.shape, call.out_shape) if source.dim in group[0])
    long = [dim for dim in outer if call.out_shape[dim] > 1]
    if [dim for dim in inner if source.shape[dim] > 1] == [source.dim] and len(long) == 1:
        return Tracked(call.out_shape, long[0], source.labels)
    assumed = call.assume()
    made = _regroup(call, source, inner, outer)
    if assumed:
        return made
    if isinstance(made, Tracked) and made.dim is not None and call.states(made.shape[made.dim], made.labels):
        return made
    return call.freeze_all("it splits or merges channels with sizes that are written as numbers")


def _regroup(call: Call, source: Tracked, inner: list[int], outer: list[int]) -> Result:
    assert source.dim is not None
    labels = call.flow.labels
    spread = [len(source.labels) if dim == source.dim else 1 for dim in inner]
    grid = np.broadcast_to(source.labels.reshape(spread), [source.shape[dim] for dim in inner])
    grid = grid.reshape([call.out_shape[dim] for dim in outer])
    roots = labels.roots(grid.ravel()).reshape(grid.shape)
    varying = [axis for axis in range(grid.ndim) if (roots != np.take(roots, [0], axis=axis)).any()]
    if not varying:
        return call.freeze_all("all channels are tied into one unit before they are reshaped")
    chosen = max(varying, key=lambda axis: grid.shape[axis])
    if _becomes_a_volume(source, call.out_shape) and 0 in varying:
        chosen = 0
    for axis in varying:
        if axis != chosen:
            labels.tie_along(grid, axis)
    first = np.moveaxis(grid, chosen, 0).reshape(grid.shape[chosen], -1)[:, 0]
    return Tracked(call.out_shape, outer[chosen], first)


def _becomes_a_volume(source: Tracked, shape: tuple[int, ...]) -> bool:
    """Whether features ``(batch, features)`` turn into an image or volume, whose channels come first by convention."""
    return len(source.shape) == 2 and source.dim == 1 and len(shape) >= 4 and shape[0] == source.shape[0]


def factor(before: tuple[int, ...], after: tuple[int, ...]) -> Groups:
    """Split two shapes of equal product into the smallest groups of dims of equal product.

    >>> factor((2, 12, 5), (2, 3, 4, 5))
    [([0], [0]), ([1], [1, 2]), ([2], [3])]
    """
    groups: Groups = []
    i = j = 0
    while i < len(before) or j < len(after):
        inner, outer = [], []
        left = right = 1
        if i < len(before):
            inner.append(i)
            left *= before[i]
            i += 1
        if j < len(after):
            outer.append(j)
            right *= after[j]
            j += 1
        while left != right:
            if left < right and i < len(before):
                inner.append(i)
                left *= before[i]
                i += 1
            elif j < len(after):
                outer.append(j)
                right *= after[j]
                j += 1
            else:
                break
        groups.append((inner, outer))
    return groups


def pixel_shuffle(call: Call) -> Result:
    """``(batch, c * r**2, h, w) -> (batch, c, h * r, w * r)``: the ``r**2`` channels behind one stay together."""
    source = call.channels(call["self"])
    channel = len(source.shape) - 3
    if source.dim is None:
        return call.untracked()
    if source.dim != channel:
        return call.freeze_all("it rearranges the dim that carries the channels")
    by_output = source.labels.reshape(-1, int(call["upscale_factor"]) ** 2)
    call.flow.labels.tie_along(by_output, axis=1)
    return Tracked(call.out_shape, channel, by_output[:, 0])


def pixel_unshuffle(call: Call) -> Result:
    """The inverse of `pixel_shuffle`: each channel becomes ``r**2`` that share its fate."""
    source = call.channels(call["self"])
    channel = len(source.shape) - 3
    if source.dim is None:
        return call.untracked()
    if source.dim != channel:
        return call.freeze_all("it rearranges the dim that carries the channels")
    return Tracked(call.out_shape, channel, np.repeat(source.labels, int(call["downscale_factor"]) ** 2))


RULES = {
    **dict.fromkeys(("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "_unsafe_view"), reshape),
    **dict.fromkeys(("view_as", "reshape_as", "_reshape_alias"), reshape),
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
}
