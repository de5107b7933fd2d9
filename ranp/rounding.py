"""Channel counts in even steps, which some processors compute faster: rounded up, never down.

A layer gets back its best neurons among those that were to go; layers that are tied to it follow. So the network is a
little larger than planned, and its costs are counted again.
"""

import torch

from ranp.graph import ChannelGraph
from ranp.types import Masks, Scores


def rounded_up(graph: ChannelGraph, kept: Masks, ranked: Scores, multiple: int) -> Masks:
    """Consistent masks in which each layer keeps a multiple of ``multiple`` neurons, or all it has; empty ones stay so.

    ``ranked`` are the scores that were selected by. Layers that are tied in part, by a concatenation, may end above
    the next multiple.

    >>> from torch import nn
    >>> from ranp.graph import trace
    >>> graph = trace(nn.Sequential(nn.Conv3d(1, 8, 3), nn.Conv3d(8, 2, 1)), (torch.empty(1, 1, 4, 4, 4),))
    >>> kept = graph.resolve({"0": torch.arange(8) > 4})
    >>> rounded_up(graph, kept, {"0": torch.arange(8.0), "1": torch.ones(2)}, multiple=4)["0"].int().tolist()
    [0, 0, 0, 0, 1, 1, 1, 1]
    """
    while True:
        wanted = {name: _filled(mask, ranked[name], multiple) for name, mask in kept.items()}
        resolved = graph.resolve(wanted, "any")
        if all(torch.equal(resolved[name], kept[name]) for name in kept):
            return resolved
        kept = resolved


def _filled(mask: torch.Tensor, scores: torch.Tensor, multiple: int) -> torch.Tensor:
    count = int(mask.sum())
    missing = min(-count % multiple, mask.numel() - count)
    best = scores.masked_fill(mask, -torch.inf).argsort(descending=True, stable=True)[:missing]
    return mask.index_fill(0, best, True)
