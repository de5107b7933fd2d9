"""From kept neurons to masks in the shape of the parameters, as other tools have them.

A pruned neuron loses the weights that produce it, the weights that read it, and its norms' entries. With those at zero
the full network computes what the smaller one computes, whatever the values of the others are.
"""

from torch import Tensor, nn

from ranp.graph import ChannelGraph
from ranp.types import Masks


def parameter_masks(model: nn.Module, graph: ChannelGraph, kept: Masks) -> Masks:
    """Bool masks, True = keep, of the parameters that lose an entry; qualified name -> mask of the parameter's shape.

    Modules that share a parameter each have it under their own name. ``kept`` is consistent (see
    `ChannelGraph.resolve`); ``ValueError`` where it is not.

    >>> import torch
    >>> network = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    >>> from ranp.graph import trace
    >>> kept = {"0": torch.tensor([True, False, True]), "1": torch.tensor([True])}
    >>> parameter_masks(network, trace(network, (torch.empty(1, 2),)), kept)["1.weight"]
    tensor([[ True, False,  True]])
    """
    parameters = dict(model.named_parameters(remove_duplicate=False))  # no tool masks buffers
    masks: dict[int, Tensor] = {}
    for name, gone in graph.masked_entries(parameters, graph.unit_kept(kept)):
        if gone.any():
            masks[id(parameters[name])] = ~gone
    return {name: masks[id(parameter)] for name, parameter in parameters.items() if id(parameter) in masks}
