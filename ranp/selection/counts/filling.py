"""Filling up: what a budget leaves over, given back neuron by neuron.

A line through a network moves in steps: a tie, a plateau or a share of every layer takes many neurons at once, so that
a network within a budget may end well below it, and networks that should cost the same do not. Single units come back,
those first that would have gone last, as long as the budget is met and until the network is within 0.5% of it.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Units = NDArray[np.bool_]

Fill = Literal["no", "yes"]
FILLS: dict[str, str] = {
    "no": "what is left over of a budget is left",
    "yes": "single neurons come back until the network is within 0.5% of the budget",
}

NEAR = 0.995
"""Of a budget, from which on it counts as reached."""


def filled(kept: Units, order: NDArray[np.int64], kinds: NDArray[np.int64], share: Callable[[Units], float]) -> Units:
    """The units that are kept, with those of ``order`` that fit, the first of them first; all ``(units,)``.

    ``share`` says how much of the budget a choice of units takes, 1 for all of it. Units of one of ``kinds`` cost the
    same: where one does not fit, no other does.

    >>> found = filled(np.array([True, False, False, False]), np.array([2, 1, 3]), np.arange(4), lambda units: units @ [
    ...     0.5, 0.3, 0.6, 0.1])
    >>> found.tolist()
    [True, True, False, True]
    """
    found, full = kept.copy(), set()
    taken = share(found)
    for unit in order.tolist():
        if taken >= NEAR:
            break
        if found[unit] or kinds[unit] in full:
            continue
        found[unit] = True
        now = share(found)
        if now <= 1:
            taken = now
        else:
            found[unit] = False
            full.add(kinds[unit])
    return found
