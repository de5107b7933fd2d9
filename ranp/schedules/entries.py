"""Which entries of a network's parameters produce which neurons, belong to them, or read them."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ranp.graph import ChannelGraph, NeuronLayer, named_as_written, values_by_neuron
from ranp.types import Masks


def producing(layer: NeuronLayer, parameters: Mapping[str, Tensor], neurons: Tensor) -> dict[str, Tensor]:
    """Parameter -> the entries that produce these ``neurons``, bool of its shape; ``neurons`` is bool ``(neurons,)``.

    >>> from ranp.graph import find_layers
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 3))
    >>> found = producing(find_layers(network)[0], dict(network.named_parameters()), torch.tensor([True, False, True]))
    >>> found["0.weight"].tolist(), found["0.bias"].tolist()
    ([[True, True], [False, False], [True, True]], [True, False, True])
    """
    names = [layer.weight, *([layer.bias] if layer.bias else []), *(name for name, _ in layer.others)]
    numbers, start = {}, 0
    for name in names:
        size = parameters[name].numel()
        numbers[name] = torch.arange(start, start + size).view(parameters[name].shape)
        start += size
    chosen = torch.zeros(start, dtype=torch.bool)
    chosen[values_by_neuron(layer, numbers)[neurons].flatten()] = True
    return {name: chosen[numbers[name]].to(parameters[name].device) for name in names}


def belonging(graph: ChannelGraph, parameters: Mapping[str, Tensor], kept: Masks) -> dict[str, Tensor]:
    """Parameter -> the entries of all neurons but the kept ones, bool of its shape: those that produce them, and the
    scale and shift of their norms. What reads the neurons is left out, and so is what may not be zero.

    >>> from ranp.graph import trace
    >>> network = nn.Sequential(nn.Conv3d(1, 2, 1), nn.BatchNorm3d(2), nn.Conv3d(2, 1, 1))
    >>> graph = trace(network, (torch.empty(2, 1, 2, 2, 2),))
    >>> found = belonging(graph, by_name(network), graph.resolve({"0": torch.tensor([True, False])}))
    >>> {name: chosen.flatten().tolist() for name, chosen in found.items() if chosen.any()}
    {'0.weight': [False, True], '0.bias': [False, True], '1.weight': [False, True], '1.bias': [False, True]}
    """
    found: dict[str, Tensor] = {}
    for layer in graph.layers.values():
        found |= producing(layer, parameters, ~kept[layer.name])
    gone = ~graph.unit_kept(kept)
    for name, units in norms(graph, parameters, found).items():
        found[name] = torch.from_numpy(gone[units]).to(parameters[name].device)
    return {name: chosen for name, chosen in found.items() if may_be_zero(graph, name)}


def touching(graph: ChannelGraph, parameters: Mapping[str, Tensor], kept: Masks) -> dict[str, Tensor]:
    """The same with what reads the neurons: with all of it at zero the full network computes what the kept ones do."""
    found = graph.masked_entries(parameters, graph.unit_kept(kept))
    return {name: gone.to(parameters[name].device) for name, gone in found}


def norms(
    graph: ChannelGraph, parameters: Mapping[str, Tensor], others: Mapping[str, object]
) -> dict[str, NDArray[np.int64]]:
    """Parameter -> the unit of each entry, of those along channels that are no layer's own: norms' scale and shift.

    ``others`` are the parameters of layers.
    """
    return {
        name: dims[0]
        for name, dims in graph.parameter_units.items()
        if name in parameters and name not in others and parameters[name].ndim == 1 and 0 in dims
    }


def by_name(model: nn.Module) -> dict[str, nn.Parameter]:
    """All parameters, by the names that a channel graph knows them by."""
    return named_as_written(dict(model.named_parameters(remove_duplicate=False)))


def may_be_zero(graph: ChannelGraph, name: str) -> bool:
    """Whether entries of the parameter may be zero: what a weight norm divides by may not."""
    return graph.masked_units.get(name) == graph.parameter_units.get(name)
