"""How the learning rate goes: up for a short while, then down to nothing, by the share of the training that is done.

The one-cycle policy (Smith and Topin, arXiv 1708.07120) with cosine ramps and the figures of
``torch.optim.lr_scheduler.OneCycleLR``: the rate rises from `peak / START` over the first `WARM_UP` of the run and
falls to `peak / START / END`, while the momentum falls and rises. torch's own counts steps; a run that ends after so
many seconds does not know how many it will take.
"""

import math
from typing import NamedTuple

WARM_UP = 0.15
START = 5.0
END = 1e4
MOMENTUM = (0.95, 0.85)
"""The largest, at both ends, and the smallest, where the learning rate peaks."""


class Pace(NamedTuple):
    """The learning rate as a share of its peak, and the momentum (the first beta of Adam)."""

    rate: float
    momentum: float


def one_cycle(done: float) -> Pace:
    """The pace when the share ``done`` (0 to 1) of the training lies behind.

    >>> [round(one_cycle(share).rate, 2) for share in (0, 0.15, 1)]
    [0.2, 1.0, 0.0]
    """
    high, low = MOMENTUM
    if done < WARM_UP:
        share = done / WARM_UP
        return Pace(_cosine(1 / START, 1, share), _cosine(high, low, share))
    share = min((done - WARM_UP) / (1 - WARM_UP), 1.0)
    return Pace(_cosine(1, 1 / START / END, share), _cosine(low, high, share))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
