"""The independent counters agree with the channel graph, before and after, and a wrong graph would be seen."""

import pytest
import torch
from random_networks import random_network
from torch import nn

from ranp.counting import independent_counts
from ranp.graph import trace
from ranp.models import build, example_inputs
from ranp.shrink import shrink
from ranp.step_time import time_steps


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
    found = time_steps(networks, [(2, 3)], steps=4, warm_up=1, progress=lambda done, of: seen.append((done, of)))
    assert [len(times.seconds) for times in found] == [4, 4]
    assert seen == [(step, 5) for step in range(1, 6)]
    assert all(times.spread[0] <= times.median <= times.spread[1] for times in found)
    assert not any(torch.equal(network.weight, before) for network, before in zip(networks, start, strict=True))
    assert [len(times.seconds) for times in time_steps(networks, [(2, 3)], budget=0)] == [1, 1]
