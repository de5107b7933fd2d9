"""Scores relative to their layer: divided by the Euclidean norm of all that the layer's neurons score.

    s[u] <- s[u] / sqrt(sum over the layer's neurons v of s[v]^2)

Source: Molchanov et al., "Pruning Convolutional Neural Networks for Resource Efficient Inference", ICLR 2017, arXiv
1611.06440, section 2.2; Verdenius et al., "Pruning via Iterative Ranking of Sensitivity Statistics" (SNAP), arXiv
2006.00896, compare the sensitivities of neurons across layers. Simplified: nothing is ranked again between removals.
"""

from torch import linalg

from ranp.graph import ChannelGraph
from ranp.types import Scores


def by_norm(graph: ChannelGraph, scores: Scores) -> Scores:
    """Scores of norm one in each layer; a layer whose neurons all score zero stays at zero.

    >>> import torch
    >>> by_norm(None, {"a": torch.tensor([3.0, 4.0]), "b": torch.zeros(2)})
    {'a': tensor([0.6000, 0.8000]), 'b': tensor([0., 0.])}
    """
    sizes = {name: float(linalg.vector_norm(score.double())) for name, score in scores.items()}
    return {name: score / (sizes[name] or 1.0) for name, score in scores.items()}
