"""What a tied channel is worth: the score by which its neurons decide whether it stays."""

import numpy as np
import torch
from numpy.typing import NDArray

from ranp.graph import ChannelGraph, Coupling
from ranp.types import Scores


def unit_worth(graph: ChannelGraph, ranked: Scores, coupling: Coupling) -> NDArray[np.float64]:
    """Each unit's score, as its neurons decide: ``(units,)``; the highest, or under coupling ``all`` the lowest."""
    scores = torch.cat([ranked[name].double() for name in graph.layers]).numpy()
    of = np.concatenate([graph.layer_units[name] for name in graph.layers])
    if coupling == "all":
        lowest = np.full(graph.unit_count, np.inf)
        np.minimum.at(lowest, of, scores)
        return lowest
    if coupling == "paper":
        scores, of = scores[graph.voters], of[graph.voters]
    highest = np.full(graph.unit_count, -np.inf)
    np.maximum.at(highest, of, scores)
    return highest
