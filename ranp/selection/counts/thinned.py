"""Thin: every layer loses the same share of its width, the plainest way to a smaller network.

At a sparsity s each kind of interchangeable units keeps ceil(n * (1 - s)) of its n, the best by score, so tied layers
keep the same channels and no layer is ever empty. What is protected, capped or makes the output stays as it is told to.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.selection.counts.line import kept_count
from ranp.types import Lifetimes


def thinned(
    graph: ChannelGraph,
    worth: NDArray[np.float64],
    sparsities: Sequence[float],
    whole: Collection[str],
    least: Mapping[str, int],
) -> Lifetimes:
    """At how many points of an ascending grid of sparsities each neuron is kept; layer -> ``(neurons,)``.

    ``worth`` is each unit's, ``(units,)``; ``whole`` names layers that lose none, ``least`` how many neurons others
    keep.

    >>> from torch import nn
    >>> from ranp.graph import trace
    >>> graph = trace(nn.Sequential(nn.Conv3d(1, 3, 1), nn.Conv3d(3, 2, 1)), (torch.empty(1, 1, 4, 4, 4),))
    >>> thinned(graph, np.arange(graph.unit_count, dtype=float), [0.0, 0.4, 0.7], ["1"], {})["0"]
    tensor([1, 2, 3])
    """
    places, sizes = _places(graph, worth)
    counts = {size: [kept_count(size, sparsity, up=True) for sparsity in sparsities] for size in set(sizes.tolist())}
    lives = np.zeros(graph.unit_count, dtype=np.int64)
    for size, kept in counts.items():
        mine = sizes == size
        lives[mine] = np.searchsorted(-np.asarray(kept), -places[mine])
    for name, units in graph.layer_units.items():
        share = 1.0 if name in whole else least.get(name, 0) / len(units)
        stay = units[places[units] < np.ceil(share * sizes[units] - 1e-9)]
        lives[stay] = len(sparsities)
    lives[0] = len(sparsities)
    return {name: torch.from_numpy(lives[units]) for name, units in graph.layer_units.items()}


def kind_sizes(graph: ChannelGraph) -> list[int]:
    """How many units there are of each kind; unit 0, which always stays, is of none."""
    sizes: list[int] = np.unique(graph.unit_kinds[1:], return_counts=True)[1].tolist()
    return sizes


def _places(graph: ChannelGraph, worth: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each unit's place within its kind, the best first, and the number of units of that kind."""
    kinds = graph.unit_kinds.copy()
    kinds[0] = -1  # of none: what always stays
    order = np.lexsort((np.arange(len(kinds)), -worth, kinds))
    _, starts, sizes = np.unique(kinds[order], return_index=True, return_counts=True)
    places, of = np.empty_like(order), np.empty_like(order)
    places[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    of[order] = np.repeat(sizes, sizes)
    return places, of
