"""Densities of layers by their shape (Erdős-Rényi-Kernel): a layer keeps the more, the fewer weights a neuron has.

    share of layer l that stays  ~  (out + in + sum of kernel sides) / (out * in * product of kernel sides)

Source: Evci et al., "Rigging the Lottery" (RigL), ICML 2020, arXiv 1911.11134, section 3, for single weights.
Simplified: the density is that of a layer's neurons. Within a layer the score decides who stays.
"""

import math

import torch

from ranp.graph import ChannelGraph
from ranp.selection.plateau import ranks
from ranp.types import Scores


def by_density(graph: ChannelGraph, scores: Scores) -> Scores:
    """Scores of which one line keeps of every layer its share, at any sparsity; layers that are full stay full.

    The r-th best of a layer's n neurons (r from 1) scores density * n / r, so that a line at t keeps density * n / t.
    """
    found = {}
    for name, layer in graph.layers.items():
        density = sum(layer.shape) / math.prod(layer.shape)
        place = 1 + ranks([scores[name]]).double()
        found[name] = (density * layer.neurons / place).to(torch.float64)
    return found
