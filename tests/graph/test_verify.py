"""The checks that guard the rules can fail: break a rule and they do."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from test_fuzz import check_network
from torch import Tensor, nn

from ranp.graph import VerificationError, trace, verify_shrink
from ranp.graph.call import Call
from ranp.graph.labels import Tracked
from ranp.graph.retrace import opposite_units, random_units
from ranp.graph.rules import RULES
from ranp.graph.smallest import smallest_inputs
from ranp.models.unet3d import UNet3d

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
    assert [tuple(tensor.shape) for tensor in smallest_inputs(model, graph)] == [(2, 1, 16, 16, 16)]
    wide = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.AvgPool2d((64, 1)), nn.Conv2d(4, 1, 1))
    graph = trace(wide, (torch.zeros(1, 1, 64, 128),))
    assert [tuple(tensor.shape) for tensor in smallest_inputs(wide, graph)] == [(2, 1, 64, 16)]
    flat = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.Flatten(), nn.Linear(4 * 32 * 32, 2))
    graph = trace(flat, (torch.zeros(1, 1, 32, 32),))
    assert [tuple(tensor.shape) for tensor in smallest_inputs(flat, graph)] == [(2, 1, 32, 32)]
