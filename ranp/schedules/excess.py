"""How far a network is above what it may cost, and how much each unit of channels adds to that.

With a budget the cost is that of the resource that is furthest above its limit; with a sparsity it is neurons. Both are
told as shares of what is allowed, so that what is a tenth above it is at 0.1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.selection import BUDGETS, PruningConfig, allowed
from ranp.types import Masks


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


def excess(graph: ChannelGraph, config: PruningConfig, kept: Masks) -> Excess:
    """What the kept neurons cost above the limits of ``config``.

    >>> import torch
    >>> from torch import nn
    >>> from ranp.graph import trace
    >>> network = nn.Sequential(nn.Conv3d(1, 4, 1), nn.ReLU(), nn.Conv3d(4, 1, 1))
    >>> graph = trace(network, (torch.empty(1, 1, 2, 2, 2),))
    >>> found = excess(graph, PruningConfig(budget=("macs", 0.5)), graph.resolve({}))
    >>> round(found.above, 9), found.units[1:].round(9).tolist()
    (1.0, [0.5, 0.5, 0.5, 0.5])
    """
    if config.sparsity is not None:
        members = members_of(graph)
        most = (1 - config.sparsity) * members.sum()
        return Excess(sum(int(mask.sum()) for mask in kept.values()) / most - 1, members / most)
    found = []
    full, now = graph.cost(), graph.cost(kept)
    for limit in config.budgets:
        cost = BUDGETS[limit[0]].cost
        most = allowed(limit, float(getattr(full, cost)))
        found.append(Excess(getattr(now, cost) / most - 1, graph.cost_by_unit(cost, kept) / most))
    return max(found, key=lambda each: each.above)


def members_of(graph: ChannelGraph) -> NDArray[np.float64]:
    """How many neurons each unit ties together, ``(units,)``."""
    units = np.concatenate([np.empty(0, dtype=np.int64), *graph.layer_units.values()])
    return np.bincount(units, minlength=graph.unit_count).astype(np.float64)
