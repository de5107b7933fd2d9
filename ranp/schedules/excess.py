"""How far a network is above what it may cost, and how much each unit of channels adds to that.

With a budget the cost is that of the resource that is furthest above its limit; with a sparsity it is neurons. Both are
told as shares of what is allowed, so that what is a tenth above it is at 0.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.selection import BUDGETS, PruningConfig, allowed
from ranp.types import Masks

NEURONS = "neurons"


@dataclass(frozen=True)
class Excess:
    """``above`` is the share above what is allowed, negative below it; ``units`` is what each unit adds to it."""

    above: float
    units: NDArray[np.float64]


def check_priced(config: PruningConfig, name: str) -> None:
    """Raise ``ValueError`` for limits of which the channel graph alone cannot tell how much a neuron adds."""
    for kind in dict(config.budgets):
        if kind not in BUDGETS:
            raise ValueError(
                f"the schedule {name} learns under limits of {', '.join(BUDGETS)} or a sparsity, not of {kind}, of "
                "which nothing says how much each neuron adds; limit one of these instead"
            )


def most_allowed(graph: ChannelGraph, config: PruningConfig) -> dict[str, float]:
    """Cost -> how much of it ``config`` allows; with a sparsity how many ``neurons``.

    ``graph`` is that of the full network, which is priced once for all of its training.
    """
    if config.sparsity is not None:
        return {NEURONS: (1 - config.sparsity) * float(graph.unit_members.sum())}
    full, costs = graph.cost(), [(limit, BUDGETS[limit[0]].cost) for limit in config.budgets]
    return {cost: allowed(limit, float(getattr(full, cost))) for limit, cost in costs}


def excess(graph: ChannelGraph, most: Mapping[str, float], kept: Masks) -> Excess:
    """What the kept neurons cost above ``most``, which is that of `most_allowed`.

    >>> import torch
    >>> from torch import nn
    >>> from ranp.graph import trace
    >>> network = nn.Sequential(nn.Conv3d(1, 4, 1), nn.ReLU(), nn.Conv3d(4, 1, 1))
    >>> graph = trace(network, (torch.empty(1, 1, 2, 2, 2),))
    >>> most = most_allowed(graph, PruningConfig(budget=("macs", 0.5)))
    >>> found = excess(graph, most, graph.resolve({}))
    >>> round(found.above, 9), found.units[1:].round(9).tolist()
    (1.0, [0.5, 0.5, 0.5, 0.5])
    """
    if NEURONS in most:
        left = sum(int(mask.sum()) for mask in kept.values())
        return Excess(left / most[NEURONS] - 1, graph.unit_members / most[NEURONS])
    now = graph.cost(kept)
    found = (
        Excess(getattr(now, cost) / limit - 1, graph.cost_by_unit(cost, kept) / limit) for cost, limit in most.items()
    )
    return max(found, key=lambda each: each.above)
