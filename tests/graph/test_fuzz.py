"""Random networks: what the channel graph says of them is what they compute, channel by channel and MAC by MAC."""

import io

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from ptflops import get_model_complexity_info
from torch import nn
from torch.nn.utils import prune
from torch.utils.flop_counter import FlopCounterMode

from ranp.graph import ChannelGraph, narrow, plain_copy, trace
from ranp.graph.call import Call
from ranp.graph.labels import Tracked
from ranp.graph.proof.retrace import random_units
from ranp.graph.proof.verify import masked_difference
from ranp.graph.rules import RULES
from tests.graph.computed_layers import ComputedConvolution
from tests.graph.network_strategies import networks
from tests.graph.random_networks import RandomNetwork, random_network

FAST, SLOW, PER_TEST = 100, 1400, 10


def check_network(model: nn.Module, inputs: tuple[torch.Tensor, ...], seed: int, oracles: bool = True) -> ChannelGraph:
    """Shrink at random; outputs must equal the masked network's, and every count what independent counters find."""
    graph = trace(model, inputs)
    units = random_units(graph, seed)
    kept = {name: torch.from_numpy(units[of]) for name, of in graph.layer_units.items()}
    assert masked_difference(model, graph, kept, inputs, seed) <= 1e-9
    small = plain_copy(model)
    narrow(small, graph, units)
    for network, cost in ((model, graph.cost()), (small, graph.cost(kept))):
        assert sum(parameter.numel() for parameter in network.parameters()) == cost.params
        if oracles:
            assert flops(network, inputs) == cost.flops
            assert ptflops_macs(network, inputs) == cost.macs
    return graph


def flops(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> int:
    """What PyTorch's own counter finds, on tensors without storage."""
    empty = plain_copy(model).to("meta").eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        empty(*(tensor.to("meta") for tensor in inputs))
    return counter.get_total_flops()


def ptflops_macs(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> int:
    """What ptflops' `aten` engine finds; it adds one per output for a bias, so the biases are taken away first."""
    empty = plain_copy(model).to("meta").eval()
    for module in empty.modules():
        if isinstance(module, (nn.modules.conv._ConvNd, nn.Linear, ComputedConvolution)):
            if hasattr(module, "bias_mask"):
                prune.remove(module, "bias")
            module.bias = None
    macs, _ = get_model_complexity_info(
        empty,
        tuple(inputs[0].shape[1:]),
        input_constructor=lambda _: inputs[0].to("meta"),
        backend="aten",
        as_strings=False,
        print_per_layer_stat=False,
        ost=io.StringIO(),
    )
    return int(macs)


def check_seeds(seeds: range) -> float:
    """`check_network` for each seed; the share of neurons that can be pruned."""
    prunable = total = 0
    for seed in seeds:
        model: RandomNetwork = random_network(seed)
        try:
            graph = check_network(model, model.inputs, seed)
        except AssertionError as error:
            raise AssertionError(f"random_network({seed}): {error}") from error
        prunable += sum(layer.neurons - layer.frozen for layer in graph.layers.values())
        total += sum(layer.neurons for layer in graph.layers.values())
    return prunable / total


@pytest.mark.parametrize("start", range(0, FAST, PER_TEST))
def test_random_networks(start: int) -> None:
    share = check_seeds(range(start, start + PER_TEST))
    assert share > 0.4, "freezing everything would be safe and useless"


@pytest.mark.slow
@pytest.mark.parametrize("start", range(10_000, 10_000 + SLOW, 50))
def test_many_random_networks(start: int) -> None:
    assert check_seeds(range(start, start + 50)) > 0.5


PATIENT = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@settings(PATIENT, max_examples=25)
@given(networks())
def test_drawn_networks(model: RandomNetwork) -> None:
    check_network(model, model.inputs, seed=0)


@pytest.mark.slow
@settings(PATIENT, max_examples=150)
@given(networks())
def test_many_drawn_networks(model: RandomNetwork) -> None:
    check_network(model, model.inputs, seed=0)


def backwards(call: Call) -> Tracked:
    """A wrong rule: the labels of a concatenation from its end to its beginning."""
    right = RULES["concat"](call)
    return Tracked(right.shape, right.dim, np.ascontiguousarray(right.labels[::-1]))


@pytest.mark.slow
def test_a_wrong_rule_is_refuted_by_a_small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counterexample of a failing test is the last network that fails: as small as Hypothesis could make it."""
    failing: list[RandomNetwork] = []

    @settings(PATIENT, max_examples=60)
    @given(networks())
    def refute(model: RandomNetwork) -> None:
        try:
            check_network(model, model.inputs, seed=0, oracles=False)
        except AssertionError:
            failing.append(model)
            raise

    monkeypatch.setitem(RULES, "cat", backwards)
    with pytest.raises(AssertionError):
        refute()
    smallest = failing[-1]
    assert len(failing) > 1, "the first counterexample was not the last"
    assert len(smallest.blocks) == 1
    assert smallest.dims == 2
    assert sum(isinstance(module, (nn.modules.conv._ConvNd, nn.Linear)) for module in smallest.modules()) <= 4
