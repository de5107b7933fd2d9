"""Soft pruning: what is below the line is set to zero, and may come back; only in the end does it go.

At moment k of n, evenly over the training until ``end``, the full network is scored by its present weights, and the
weights that produce the neurons below the line become

    w <- w x decay x (1 - k / n)

Gradients go on to reach them, so a neuron can grow again and be kept next time. With ``decay`` 0 this is soft filter
pruning (SFP: He et al., IJCAI 2018, arXiv 1808.06866), above it softer filter pruning (SRFP), and with ``asymptotic``
ASRFP (both Cai et al., ICPR 2020, arXiv 2010.09498): what goes then rises over the moments as in asymptotic soft filter
pruning (He et al., arXiv 1808.07471), to three quarters of its end after an eighth of them:

    (1 - e^(-x 8 ln 4)) / (1 - e^(-8 ln 4)),   x = k / n

At the last moment the network is cut down for good, and its norm statistics are taken anew. Simplified: the line is
drawn by any criterion and method, where the papers take the same share of every layer by its filters' length (that is
``--criterion l2 --method layerwise``); moments are shares of a training, not epochs; the decay falls in a straight
line. What a norm layer adds to a neuron at zero is not held at zero.
"""

import math
from typing import Any

import torch

from ranp.graph import layer_tensors
from ranp.schedules.entries import may_be_zero, producing
from ranp.schedules.ground import Ground
from ranp.schedules.kinds.scheduled import Scheduled
from ranp.schedules.options import Value
from ranp.schedules.targets import check_no_seconds, part_of
from ranp.training import Ran
from ranp.types import Masks

STEEP = 8 * math.log(4)


def asymptotic(share: float) -> float:
    """The part of all that goes, once so much of the moments is over.

    >>> [round(asymptotic(share), 2) for share in (0, 1 / 8, 1 / 2, 1)]
    [0.0, 0.75, 1.0, 1.0]
    """
    return (1 - math.exp(-share * STEEP)) / (1 - math.exp(-STEEP))


class Soft(Scheduled):
    """``moments`` times until the share ``end`` of the training."""

    def __init__(self, ground: Ground, moments: int, end: float, decay: float, rising: bool) -> None:
        if rising:
            check_no_seconds(ground.config)
        super().__init__(ground)
        self._moments, self._end, self._decay, self._rising = moments, end, decay, rising
        self._over = 0

    def after(self, ran: Ran, norm: float) -> None:
        """Weaken what is below the line now; cut it off at the last moment."""
        over = min(math.floor(self._moments * ran.done / self._end + 1e-9), self._moments)
        if over <= self._over:
            return
        self._over, share = over, over / self._moments
        peak = (self.peak() or 0) if "peak" in dict(self.ground.config.budgets) else 0
        part = asymptotic(share) if self._rising and share < 1 else 1.0
        config = part_of(self.ground.config, part, self.ground.graph, self.graph, (peak, peak))
        kept = None if config is None else self.planned(config)
        if kept is not None and share < 1:
            self._weaken(kept, self._decay * (1 - share))
        if kept is not None and share == 1:
            self.cut(ran, kept)
            self.refresh()
        self.save(ran)

    def own_state(self) -> dict[str, Any]:
        """How many moments are over."""
        return {"over": self._over}

    def take_state(self, state: dict[str, Any]) -> None:
        """The same, given back."""
        self._over = int(state["over"])

    def _weaken(self, kept: Masks, factor: float) -> None:
        """Multiply what produces all other neurons, in place."""
        layers = list(self.graph.layers.values())
        tensors = layer_tensors(self.model, layers)
        with torch.no_grad():
            for layer in layers:
                for name, entries in producing(layer, tensors, ~kept[layer.name]).items():
                    if may_be_zero(self.graph, name):
                        tensors[name][entries] *= factor


def soft(ground: Ground, options: dict[str, Value]) -> Soft:
    """Soft filter pruning with its settings."""
    rising = options["asymptotic"] == "yes"
    return Soft(ground, int(options["moments"]), float(options["end"]), float(options["decay"]), rising)
