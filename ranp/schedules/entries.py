"""Which entries of a network's parameters produce which neurons."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ranp.graph import ChannelGraph, NeuronLayer, values_by_neuron


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


def may_be_zero(graph: ChannelGraph, name: str) -> bool:
    """Whether entries of the parameter may be zero: what a weight norm divides by may not."""
    return graph.masked_units.get(name) == graph.parameter_units.get(name)
