"""Tied neurons scored as the group that they are: one score for all that stay or go together, before they are ranked.

    s[u] <- sum, mean or maximum over all neurons v that are tied to u of s[v]

By votes, the paper's way, every layer's neurons are ranked for themselves, and `coupling` says whose vote counts. With
one score for a group all of its votes agree. Source of the sum: Fang et al., "DepGraph", CVPR 2023, arXiv 2301.12900,
section 3.3, who add up the importance of a group; simplified: over neurons that produce channels, not over those that
read them.
"""

from typing import Literal

import numpy as np
import torch

from ranp.graph import ChannelGraph
from ranp.types import Scores

Tied = Literal["votes", "sum", "mean", "max"]
TIED: dict[str, str] = {
    "votes": "each layer votes with its own scores",
    "sum": "the sum of their scores",
    "mean": "the mean of their scores",
    "max": "the highest of their scores",
}


def as_groups(graph: ChannelGraph, scores: Scores, tied: Tied) -> Scores:
    """Scores by which neurons that are tied are equal; those that always stay, and are tied to nothing, keep theirs.

    >>> from torch import nn
    >>> from ranp.graph import trace
    >>> graph = trace(nn.Sequential(nn.Conv3d(1, 2, 1), nn.Conv3d(2, 2, 1, groups=2), nn.Conv3d(2, 1, 1)),
    ...     (torch.empty(1, 1, 1, 1, 1),))
    >>> scores = {"0": torch.tensor([1.0, 2.0]), "1": torch.tensor([5.0, 3.0]), "2": torch.ones(1)}
    >>> found = as_groups(graph, scores, "sum")
    >>> found["0"], found["1"]
    (tensor([6., 5.]), tensor([6., 5.]))
    """
    if tied == "votes":
        return scores
    units = np.concatenate([graph.layer_units[name] for name in graph.layers])
    values = torch.cat([scores[name].double() for name in graph.layers]).numpy()
    total = np.zeros(graph.unit_count)
    if tied == "max":
        np.maximum.at(total, units, values)
    else:
        np.add.at(total, units, values)
    if tied == "mean":
        total /= np.maximum(np.bincount(units, minlength=graph.unit_count), 1)
    found = {}
    for name, score in scores.items():
        of = torch.from_numpy(graph.layer_units[name])
        found[name] = torch.where(of > 0, torch.from_numpy(total)[of].to(score.dtype), score)
    return found
