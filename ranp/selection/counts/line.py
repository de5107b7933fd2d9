"""How many neurons of a pool a sparsity keeps, and at which sparsities that changes.

A pool is the whole network, a layer, or a kind of tied neurons. The paper keeps int(n * (1 - sparsity)) of n (arXiv
2010.02488, section 4.3); rounded up, as the original code does within layers, no pool ever loses its last one.
"""

import math
from collections.abc import Collection


def kept_count(neurons: int, sparsity: float, up: bool = False) -> int:
    """How many of so many neurons a sparsity keeps: int(neurons * (1 - sparsity)), or rounded `up` and at least one.

    >>> kept_count(10, 0.75), kept_count(10, 0.75, up=True), kept_count(10, 0.7, up=True), kept_count(1, 0.99, up=True)
    (2, 3, 3, 1)
    """
    return max(1, math.ceil(neurons * (1 - sparsity - _SLACK))) if up else int(neurons * (1 - sparsity))


_SLACK, _LESS = 1e-9, 1e-12
"""More than the rounding error of 1 - sparsity, less than one neuron of any layer; and less than that."""


def distinct_sparsities(pools: Collection[int], up: bool = False) -> list[float]:
    """Every sparsity at which a selection from pools of so many neurons can change, ascending.

    They are the largest sparsities that keep n, n - 1, ..., 1 neurons of each pool, so the tightest sparsity for any
    budget, and the largest feasible one, are among them; rounded `up`, the last neuron never goes.

    >>> distinct_sparsities([4])
    [0.0, 0.25, 0.5, 0.75]
    >>> [round(sparsity, 3) for sparsity in distinct_sparsities([4], up=True)]
    [0.25, 0.5, 0.75]
    """
    fewest = 2 if up else 1
    return sorted({sparsity_keeping(size, kept, up) for size in set(pools) for kept in range(fewest, size + 1)})


def sparsity_keeping(neurons: int, kept: int, up: bool = False) -> float:
    """The largest sparsity, to the last rounding error, at which `kept_count` is still `kept`.

    >>> sparsity_keeping(neurons=10, kept=3), int(10 * (1 - 0.7))
    (0.7, 3)
    >>> sparsity_keeping(neurons=10, kept=4), int(10 * (1 - (1 - 4 / 10)))
    (0.6, 4)
    """
    if up:
        return 1 - (kept - 1) / neurons - _SLACK - _LESS
    sparsity = 1 - kept / neurons
    while int(neurons * (1 - sparsity)) < kept:
        sparsity -= 2**-53
    return sparsity
