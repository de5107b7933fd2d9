"""Sensitivity per saved MAC: a neuron is worth its score for what its removal would save.

    s[u] <- s[u] / (MACs of the full network - MACs of the full network without u's unit)

Source: van Amersfoort et al., "Single Shot Structured Pruning Before Training" (3SP), arXiv 2007.00389, who divide by
FLOPs, which orders neurons alike. Simplified: the saving is that of one unit taken from the full network, also where
others have gone, and the score is the criterion's that one chooses, not that of a gate on each channel.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.types import Scores


def per_saved_mac(graph: ChannelGraph, scores: Scores) -> Scores:
    """Scores divided by the MACs that go with the neuron, the channels that are read from it included.

    Of a neuron that cannot go the layer's MACs are shared out evenly: it counts in the pool and stays whatever it
    scores.

    >>> from torch import nn
    >>> from ranp.graph import trace
    >>> graph = trace(nn.Sequential(nn.Conv3d(1, 2, 1), nn.Conv3d(2, 3, 1)), (torch.empty(1, 1, 1, 1, 1),))
    >>> per_saved_mac(graph, {"0": torch.tensor([8.0, 4.0]), "1": torch.ones(3)})["0"]  # 1 MAC makes it, 3 read it
    tensor([2., 1.])
    """
    saved, own = _saved(graph), graph.layer_costs("macs")
    found = {}
    for name, units in graph.layer_units.items():
        each = np.where(units > 0, saved[units], own[name] / len(units))
        found[name] = scores[name] / torch.from_numpy(np.maximum(each, 1.0)).to(scores[name].dtype)
    return found


def _saved(graph: ChannelGraph) -> NDArray[np.float64]:
    """The MACs that go with each unit alone, ``(units,)``; units of a kind cost the same."""
    full, kinds = graph.cost().macs, graph.unit_kinds
    saved = np.zeros(graph.unit_count)
    for unit in np.unique(kinds[1:]).tolist():
        rest = {name: torch.from_numpy(of != unit) for name, of in graph.layer_units.items()}
        saved[kinds == unit] = full - graph.cost(rest).macs
    return saved
