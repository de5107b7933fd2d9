"""The checks that guard the rules can fail: break a rule and they do."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import ranp
from ranp.graph import VerificationError, compare_shrunk, trace, verify_shrink
from ranp.graph.call import Call
from ranp.graph.labels import Tracked
from ranp.graph.proof.retrace import opposite_units, random_units
from ranp.graph.proof.smallest import smallest_inputs
from ranp.graph.proof.verify import _randomised
from ranp.graph.rules import RULES
from ranp.models.unet3d import UNet3d
from tests.graph.test_fuzz import check_network

IMAGE = (torch.zeros(2, 2, 8, 8),)


class Dense(nn.Module):
    """Concatenations and an addition of layers of different importance to the result."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.three = nn.Conv2d(2, 6, 1), nn.Conv2d(2, 4, 1), nn.Conv2d(2, 10, 1)
        self.head = nn.Conv2d(10, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        joined = torch.cat([F.relu(self.one(x)), F.relu(self.two(x))], 1)
        return self.head(joined + self.three(x))


def check_dense() -> None:
    """What the suite demands of `Dense`: equal numbers, equal counts, and the couplings that it has."""
    graph = check_network(Dense(), IMAGE, seed=0)
    units = graph.layer_units
    assert units["three"].tolist() == [*units["one"], *units["two"]]
    assert len(np.unique(units["three"])) == 10


def reversed_cat(call: Call) -> Tracked:
    value = RULES_BEFORE["cat"](call)
    return Tracked(value.shape, value.dim, value.labels[::-1].copy())


def untied_addition(call: Call) -> Tracked:
    value = next(value for value in call.tensors if value.dim is not None)
    return Tracked(call.out_shape, value.dim, value.labels)


def shifted_input(call: Call) -> Tracked:
    """A convolution whose input channels are labelled one position off."""
    source = call["input"]
    if source.dim is not None:
        call.flow.values[call.key[0], call.node.args[0].name] = Tracked(
            source.shape, source.dim, np.roll(source.labels, 1)
        )
    return RULES_BEFORE["conv2d"](call)


RULES_BEFORE = dict(RULES)


def test_the_rules_hold_on_the_network_that_the_mutations_are_tried_on() -> None:
    check_dense()


@pytest.mark.parametrize(
    ("operation", "rule"),
    [("cat", reversed_cat), ("add", untied_addition), ("conv2d", shifted_input)],
    ids=["a reversed cat", "an add that does not tie", "a convolution that reads one channel off"],
)
def test_a_broken_rule_turns_the_suite_red(
    operation: str, rule: Callable[[Call], Tracked], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, operation, rule)
    with pytest.raises(AssertionError):
        check_dense()


def test_a_rule_that_fails_freezes_instead_of_guessing(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(call: Call) -> Tracked:
        raise IndexError("no such dim")

    monkeypatch.setitem(RULES, "cat", failing)
    graph = check_network(Dense(), IMAGE, seed=0)
    assert all(not layer.prunable for layer in graph.layers.values())
    assert "its rule does not cover this use (no such dim)" in str(graph.layers["one"].frozen_reason)


def test_a_network_shrunk_by_a_broken_rule_is_not_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two, self.head = nn.Conv2d(2, 6, 1), nn.Conv2d(2, 4, 1), nn.Conv2d(10, 2, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(torch.cat([self.one(x), self.two(x)], 1))

    network = Net()
    monkeypatch.setitem(RULES, "cat", reversed_cat)
    graph = trace(network, IMAGE)
    kept = graph.resolve({"one": torch.arange(6) % 2 == 0})
    with pytest.raises(VerificationError, match="expected the shrunk Net to equal the masked one to 1e-09"):
        verify_shrink(network, graph, kept)


def test_the_random_choices_drop_every_unit_once_and_empty_no_layer() -> None:
    graph = trace(UNet3d(1, 3, base_channels=8, levels=3), (torch.zeros(1, 1, 8, 8, 8),))
    first = random_units(graph, 0)
    second = opposite_units(graph, first)
    for choice in (first, second):
        assert all(choice[units].any() for units in graph.layer_units.values())
    assert (first & second)[1:].mean() < 0.05, "nearly every unit is dropped by one of the two"


def test_the_numeric_check_runs_on_the_smallest_volume_that_the_network_takes() -> None:
    model = UNet3d(1, 3, base_channels=4, levels=3)
    graph = trace(model, (torch.zeros(1, 1, 64, 64, 64),))
    assert smallest_inputs(model, graph).shapes == ((2, 1, 16, 16, 16),)
    wide = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.AvgPool2d((64, 1)), nn.Conv2d(4, 1, 1))
    graph = trace(wide, (torch.zeros(1, 1, 64, 128),))
    assert smallest_inputs(wide, graph).shapes == ((2, 1, 64, 16),)
    flat = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.Flatten(), nn.Linear(4 * 32 * 32, 2))
    graph = trace(flat, (torch.zeros(1, 1, 32, 32),))
    assert smallest_inputs(flat, graph).shapes == ((2, 1, 32, 32),)


class Spectral(nn.Module):
    """Mixes channels by complex weights, in the frequencies of the volume."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.outside = nn.Conv3d(1, 4, 1), nn.Conv3d(4, 2, 1)
        self.weight = nn.Parameter(torch.randn(4, 4, dtype=torch.cfloat))

    def forward(self, volume: torch.Tensor) -> torch.Tensor:
        frequencies = torch.fft.rfftn(self.inside(volume), dim=(-3, -2, -1))
        assert self.weight.is_complex(), "the imaginary parts were dropped"
        mixed = torch.einsum("bixyz,io->boxyz", frequencies, self.weight)
        mixed = torch.cat([mixed.real, mixed.imag * 2], 4)
        return self.outside(torch.relu(mixed))


def test_complex_weights_are_compared_in_double_precision_with_their_imaginary_parts() -> None:
    model, volume = Spectral(), torch.randn(1, 1, 4, 4, 4)
    graph = ranp.trace(model, (volume,))
    plan = ranp.prune(graph, None, ranp.PruningConfig("random", sparsity=0.4))
    found = compare_shrunk(model, graph, plan.kept, (volume,))
    assert found.tolerance == 1e-9
    assert found.difference < 1e-12
    drawn = _randomised(model, 0).get_parameter("weight")
    assert drawn.dtype == torch.complex128
    assert bool((drawn.imag != 0).all())
    assert plan.apply(model).get_parameter("weight").is_complex()


class Dropping(nn.Module):
    """Dropout by functions, in training mode and always, and attention that drops what it looks at."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.wide, self.head = nn.Conv2d(2, 6, 1), nn.Conv2d(6, 8, 1), nn.Conv2d(8, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        features = F.dropout2d(F.relu(self.stem(x)), 0.5, self.training)
        features = F.dropout(F.relu(self.wide(features)), p=0.3)
        tokens = self.head(F.alpha_dropout(features, 0.2, self.training)).flatten(2)
        return F.scaled_dot_product_attention(tokens, tokens, tokens, dropout_p=0.5)


def test_dropout_that_is_a_function_is_no_difference() -> None:
    """Networks of two widths draw different elements; that is no fault of a rule."""
    model = Dropping()
    graph = trace(model, IMAGE)
    kept = {name: torch.ones(layer.neurons, dtype=torch.bool) for name, layer in graph.layers.items()}
    kept["stem"][[0, 3]] = False
    kept["wide"][[1, 2, 5]] = False
    assert verify_shrink(model, graph, kept) < 1e-9
