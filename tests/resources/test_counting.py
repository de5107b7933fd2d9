"""The independent counters agree with the channel graph, before and after, and a wrong graph would be seen."""

import pytest
import torch
from torch import nn
from torch.ao.nn.qat import Conv3d as FakeQuantised
from torch.ao.quantization import get_default_qat_qconfig

from ranp.graph import trace
from ranp.inputs import InputSpec
from ranp.models import build, example_inputs
from ranp.plan import shrink
from ranp.resources import independent_counts, time_steps
from tests.graph.random_networks import random_network
from tests.graph.test_computed_weights import FREE, INPUT
from tests.graph.test_computed_weights import network as three_layers


@pytest.mark.parametrize(("name", "preset"), [("unet3d", "classroom"), ("mobilenetv2", "classroom")])
def test_every_figure_is_found_again_before_and_after(name: str, preset: str) -> None:
    model, inputs = build(name, preset, device="meta"), example_inputs(name, preset)
    graph = trace(model, inputs)
    half = {layer.name: torch.arange(layer.neurons) % 2 == 0 for layer in graph.layers.values()}
    kept = graph.resolve(half)
    for network, cost in ((model, graph.cost()), (shrink(model, graph, kept), graph.cost(kept))):
        counted = independent_counts(network, inputs)
        assert counted.ptflops_macs_without_bias == cost.macs
        assert counted.torch_flops == cost.flops
        assert counted.params == cost.params
        assert counted.activations == cost.activations
        assert counted.paper_macs == cost.paper_macs
        assert counted.ptflops_macs == cost.macs + counted.bias


def fake_quantised() -> nn.Module:
    config = get_default_qat_qconfig("fbgemm")
    return three_layers(lambda _: None, FakeQuantised(6, 8, 3, padding=1, qconfig=config))


MADE = {**FREE, "fake quantisation": fake_quantised}


@pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated:FutureWarning")
@pytest.mark.parametrize("name", MADE)
def test_what_makes_weights_puts_out_no_activations_and_no_layer_lacks_its_own(name: str) -> None:
    model = MADE[name]()
    graph = trace(model, INPUT)
    cost, counted = graph.cost(), independent_counts(model, INPUT)
    assert counted.ptflops_macs_without_bias == cost.macs
    assert counted.ptflops_macs == cost.macs + counted.bias == cost.paper_macs
    assert counted.params == cost.params
    assert counted.activations == cost.activations == 2 * 6 * 125 + 2 * 8 * 125 + 2 * 125
    layers = graph.cost_by_layer()
    assert [layers[name].activations for name in graph.layers] == [6 * 125, 8 * 125, 2 * 125]
    assert sum(layers[name].params for name in graph.layers) == cost.params


def test_the_counted_network_is_left_as_it_is() -> None:
    model = random_network(3)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    training = model.training
    independent_counts(model, model.inputs)
    assert model.training is training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_network_with_two_inputs_is_counted() -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv3d(1, 3, 1)

        def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
            return self.conv(left) + self.conv(right)

    counted = independent_counts(Both(), (torch.empty(1, 1, 2, 2, 2), torch.empty(1, 1, 2, 2, 2)))
    assert counted.ptflops_macs_without_bias == 2 * 3 * 8
    assert counted.activations == 2 * 3 * 8


def test_steps_are_timed_in_turn_and_the_budget_ends_them() -> None:
    networks = [nn.Linear(3, 2), nn.Linear(3, 2)]
    start = [network.weight.clone() for network in networks]
    seen: list[tuple[int, int]] = []
    inputs = InputSpec.of_shapes([(2, 3)])
    calls: list[int] = []
    for place, network in enumerate(networks):
        network.register_forward_hook(lambda *_, place=place: calls.append(place))
    found = time_steps(networks, inputs, steps=4, warm_up=1, progress=lambda done, of: seen.append((done, of)))
    assert [len(times.seconds) for times in found] == [4, 4]
    assert calls == [0, 0, 1, 1] * 5, "what is timed comes after a step of the same network"
    assert seen == [(step, 5) for step in range(1, 6)]
    assert all(times.spread[0] <= times.median <= times.spread[1] for times in found)
    assert not any(torch.equal(network.weight, before) for network, before in zip(networks, start, strict=True))
    assert [len(times.seconds) for times in time_steps(networks, InputSpec.of_shapes([(2, 3)]), budget=0)] == [1, 1]
