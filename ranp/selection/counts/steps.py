"""Channel counts in even steps, which some processors compute faster: rounded up, never down.

A layer gets back those of its neurons that would have gone last; layers that are tied to it follow. So at a sparsity
the network is a little larger than without, and within a budget it is as large as the budget allows: what counts there
is the rounded network. As a neuron's lifetime, its block of ``multiple`` neurons lives as long as the first of them.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence

import numpy as np
import torch

from ranp.graph import ChannelGraph
from ranp.types import Lifetimes, Scores


def in_steps(
    graph: ChannelGraph, lives: Lifetimes, points: int, ranked: Scores, multiple: int, fixed: Collection[str] = ()
) -> Lifetimes:
    """Consistent lifetimes by which each layer keeps a multiple of ``multiple`` neurons, all it has, or none.

    ``lives`` are consistent, and on a grid with every sparsity at which something changes; of neurons that go together
    those of the highest score in ``ranked`` stay longest. The layers in ``fixed`` are left as they are. Layers that are
    tied in part, by a concatenation, may end above the next multiple.

    >>> from torch import nn
    >>> from ranp.graph import trace
    >>> graph = trace(nn.Sequential(nn.Conv3d(1, 8, 3), nn.Conv3d(8, 2, 1)), (torch.empty(1, 1, 4, 4, 4),))
    >>> lives = graph.resolve_lifetimes({"0": torch.arange(8)}, 8)
    >>> in_steps(graph, lives, 8, {"0": torch.arange(8.0), "1": torch.ones(2)}, multiple=4)["0"].tolist()
    [3, 3, 3, 3, 7, 7, 7, 7]
    """
    units = graph.unit_lifetimes(lives, points)
    scores = {name: ranked[name].double().numpy() for name in graph.layers if name not in fixed}
    while True:
        before = units.copy()
        for name, score in scores.items():
            of = graph.layer_units[name]
            order = np.lexsort((-score, -units[of]))
            heads = units[of[order[::multiple]]]
            np.maximum.at(units, of[order], np.repeat(heads, multiple)[: len(order)])
        if np.array_equal(units, before):
            return {name: torch.from_numpy(units[of]) for name, of in graph.layer_units.items()}


def on_grid(lives: Lifetimes, every: Sequence[float], sparsities: Sequence[float]) -> Lifetimes:
    """Lifetimes on a grid of ``sparsities``, of those on the grid of ``every`` sparsity at which something changes.

    >>> on_grid({"a": torch.tensor([1, 2, 4])}, [0.0, 0.25, 0.5, 0.75], [0.1, 0.6])
    {'a': tensor([0, 1, 2])}
    """
    points = torch.tensor([bisect_left(every, sparsity) for sparsity in sparsities])
    return {name: torch.searchsorted(points, life) for name, life in lives.items()}
