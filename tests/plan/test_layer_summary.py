"""What a plan says of each layer, counted anew by the modules of the network and of the smaller one."""

from typing import Any

import pytest
import torch
from torch import nn

from ranp.graph import ChannelGraph, trace
from ranp.plan import prune
from ranp.selection import PruningConfig
from tests.cases import CASES


def counted(model: nn.Module, layers: list[str], inputs: Any) -> dict[str, tuple[int, int, int]]:
    """MACs, parameters and output elements of each layer, met in a forward pass of one example."""
    found: dict[str, tuple[int, int, int]] = {}

    def note(name: str, layer: nn.Module, given: Any, output: Any) -> None:
        elements = (given[0] if isinstance(layer, nn.ConvTranspose3d) else output).numel()
        params = sum(parameter.numel() for parameter in layer.parameters())
        found[name] = (elements * layer.weight[0].numel(), params, output.numel())

    for name in layers:
        model.get_submodule(name).register_forward_hook(lambda *seen, name=name: note(name, *seen))
    with torch.no_grad():
        model.eval()(inputs)
    return found


@pytest.mark.parametrize("name", ["unet3d", "upsampler"])
def test_a_layer_s_costs_before_and_after_are_its_modules(name: str) -> None:
    case = CASES[name]()
    inputs = case.batches[0][0][:1]
    graph: ChannelGraph = trace(case.model, (inputs,))
    plan = prune(graph, None, PruningConfig("random", sparsity=0.6, min_neurons=1, seed=1), case.model)
    small = counted(plan.apply(case.model), list(graph.layers), inputs)
    full = counted(case.model, list(graph.layers), inputs)
    for layer in plan.layers:
        assert (layer.macs, layer.params, layer.activations) == full[layer.name]
        assert (layer.pruned_macs, layer.pruned_params, layer.pruned_activations) == small[layer.name]
    assert any(layer.pruned_params < layer.params for layer in plan.layers)
