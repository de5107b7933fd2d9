"""From a network and what one has to a smaller network, in one call."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import ranp
from ranp.fitting import Fitted, plan_within
from ranp.resources import peak_training_bytes
from tests.cases import CASES
from tests.resources.test_moments import Attention, Padded

BUDGET = 150_000
INPUTS = torch.empty(2, 2, 6, 6, 6)


def fitted(**settings: Any) -> Fitted:
    case = CASES["unet3d"]()
    return ranp.fit(case.model, INPUTS, **{"batches": case.batches, "loss": case.loss, **settings})


def stepped(network: nn.Module, batch: int, optimizer: str = "adamw") -> int:
    return peak_training_bytes(network, torch.empty(batch, *INPUTS.shape[1:]), optimizer)


def test_a_network_is_cut_down_to_a_card_with_the_proof() -> None:
    case = CASES["unet3d"]()
    before = {name: value.clone() for name, value in case.model.state_dict().items()}
    found = ranp.fit(
        case.model, INPUTS, peak=f"{BUDGET}B", batch=3, optimizer="momentum", batches=case.batches, loss=case.loss
    )
    assert (found.peak_before, found.peak_after) == (
        stepped(case.model, 3, "momentum"),
        stepped(found.network, 3, "momentum"),
    )
    assert found.peak_after is not None
    assert found.peak_after <= BUDGET < 1.15 * found.peak_after
    assert found.verified
    assert found.difference is not None
    assert found.difference < 1e-9
    assert found.plan.config.budgets == (("peak", f"{BUDGET}B"),)
    assert found.plan.scored_by == "importance"
    for name, mask in found.plan.kept.items():  # the surviving weights, carried over
        bias = f"{name}.bias"
        if bias in before:
            assert torch.equal(found.network.state_dict()[bias], before[bias][mask])
    assert all(torch.equal(before[name], value) for name, value in case.model.state_dict().items())
    assert found.network(torch.randn(1, 2, 6, 6, 6)).shape == (1, 3, 6, 6, 6)


def test_what_came_of_it_is_said() -> None:
    found = fitted(peak=0.8, macs=0.9)
    said = str(found)
    assert "a training step at batch 2 (adamw, float32) holds" in said
    assert f"{found.peak_after / found.peak_before:.1%}" in said  # type: ignore[operator]
    assert "by ranp-f" in said
    assert f"({found.plan.pruned.macs / found.plan.full.macs:.1%})" in said
    assert "verified: its outputs differ from those of the masked full network by at most" in said
    assert any("output" in one for one in found.frozen)
    assert all(one in said for one in found.frozen)


def test_every_budget_is_met() -> None:
    found = fitted(peak=0.9, macs=0.5, memory=0.7, params=0.4, batch=1)
    full, pruned = found.plan.full, found.plan.pruned
    assert pruned.macs <= 0.5 * full.macs
    assert pruned.activations <= 0.7 * full.activations
    assert pruned.params <= 0.4 * full.params
    assert found.peak_after is not None
    assert found.peak_before is not None
    assert found.peak_after <= 0.9 * found.peak_before


def test_a_budget_of_counts_tells_the_peak_as_well() -> None:
    found = fitted(macs=0.5, batch=4)
    assert found.peak_after == stepped(found.network, 4)
    assert found.step is not None
    assert found.step.terms["batch"] == 4


def test_no_layer_is_emptied_unless_that_is_asked_for() -> None:
    found = fitted(macs=0.1, method="vanilla")
    assert min(found.plan.kept_counts.values()) == 1
    assert any("a single neuron is left of '" in note for note in found.notes)
    with pytest.raises(ValueError, match="cannot be met without emptying"):
        fitted(macs=0.1, method="vanilla", min_neurons=0)


def test_weights_are_drawn_anew_where_that_is_asked() -> None:
    found = fitted(macs=0.5, init="xavier", seed=1)
    again = found.plan.apply(CASES["unet3d"]().model, init="xavier", seed=1)
    kept = found.plan.apply(CASES["unet3d"]().model)
    weights = [network.get_parameter("final.weight") for network in (found.network, again, kept)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_without_batches_the_sizes_of_weights_rank() -> None:
    found = fitted(macs=0.5, batches=None, loss=None)
    assert found.plan.config.criterion == "l2"
    assert found.verified
    assert any("no batches" in note for note in found.notes)


def test_scores_of_ones_own_and_settings_are_taken() -> None:
    case = CASES["unet3d"]()
    scores = ranp.importance(case.model, case.batches, case.loss, criterion="taylor")
    found = fitted(macs=0.5, batches=None, loss=None, scores=scores, method="weighted", min_neurons=2)
    assert (found.plan.config.method, found.plan.config.criterion) == ("weighted", "taylor")
    assert min(found.plan.kept_counts.values()) >= 2
    assert found.notes == ()


def test_batches_without_end_are_looked_at_in_part() -> None:
    case = CASES["unet3d"]()
    seen: list[int] = []

    def endless() -> Iterator[Any]:
        for batch in repeat(case.batches[0]):
            seen.append(1)
            yield batch

    found = fitted(macs=0.5, batches=endless(), most_batches=3)
    assert found.verified
    assert len(seen) == 3


def on_meta() -> nn.Module:
    return CASES["unet3d"]().model.to("meta")


def test_a_network_without_weights_is_cut_evenly_and_says_what_is_missing() -> None:
    found = ranp.fit(on_meta(), INPUTS, peak=0.7)
    assert found.peak_after == stepped(found.network, 2)
    assert found.peak_before == stepped(on_meta(), 2)
    assert found.peak_after <= 0.7 * found.peak_before
    assert all(parameter.is_meta for parameter in found.network.parameters())
    assert not found.verified
    shares = [layer.kept / layer.neurons for layer in found.plan.layers if layer.name != "final"]
    assert max(shares) - min(shares) < 0.26, "layers of four neurons and more lose the same share, to a neuron"
    assert any("need its weights" in note for note in found.notes)
    assert "has no weights to compute with" in str(found)
    with_scores = ranp.fit(on_meta(), INPUTS, macs=0.5, scores=_random_scores(), method="ranp-f")
    assert with_scores.plan.config.method == "ranp-f"
    assert ranp.fit(on_meta(), INPUTS, macs=0.5, method="random").plan.scored_by == "random"


def _random_scores() -> dict[str, Tensor]:
    graph = ranp.trace(on_meta(), INPUTS)
    return {name: torch.rand(layer.neurons) for name, layer in graph.layers.items()}


@pytest.mark.parametrize("method", ["magnitude", "ranp-f"])
def test_a_method_that_needs_weights_says_so(method: str) -> None:
    with pytest.raises(ValueError, match=f"the method {method} ranks neurons by weights, and the network lies on meta"):
        ranp.fit(on_meta(), INPUTS, peak=0.5, method=method)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "say what may be left, for instance peak='8GiB'"),
        ({"peak": "8XB"}, "the peak budget must be"),
        ({"peak": 0}, "the peak budget must be"),
        ({"peak": "-8GiB"}, "the peak budget must be"),
        ({"macs": 1.5}, "the macs budget must be"),
        ({"peak": "1kB", "min_neurons": 0}, r"a budget of peak=1kB cannot be met .* the least is peak="),
        ({"peak": 0.5, "batch": 0}, "the batch of a training step must be"),
        ({"peak": 0.5, "optimizer": "lion"}, "unknown optimizer 'lion'"),
        ({"peak": 0.5, "method": "ranp"}, "method must be one of"),
        ({"peak": 0.5, "protected": ("a",)}, "a setting that ranp.PruningConfig does not take"),
        ({"peak": 0.5, "loss": None}, "batches needs loss, too"),
        ({"peak": 0.5, "batches": None}, "loss needs batches, too"),
        ({"peak": 0.5, "scores": {}}, "batches to rank neurons by, or scores, not both"),
        ({"macs": 0.5, "most_batches": 0}, "most_batches must be a whole number of at least 1"),
    ],
)
def test_bad_input_gets_a_sentence(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said) as told:
        fitted(**settings)
    assert "\n" not in str(told.value)


def test_a_step_that_follows_no_counts_cannot_be_limited() -> None:
    graph = ranp.trace(Padded(), (torch.empty(2, 1, 4, 4, 4),), check=False)
    scores = {name: torch.rand(layer.neurons) for name, layer in graph.layers.items()}
    with pytest.raises(ValueError, match="makes other tensors at other widths"):
        plan_within(graph, scores, ranp.PruningConfig(budget=("peak", 0.6)), Padded())


def test_a_step_that_cannot_be_run_is_said_to_be_unknown() -> None:
    network = nn.Sequential(nn.Conv3d(1, 8, 3), nn.BatchNorm3d(8), nn.ReLU(), nn.Conv3d(8, 2, 1))
    fit: Callable[..., Fitted] = partial(ranp.fit, network, torch.empty(2, 1, 3, 3, 3), batch=1)
    found = fit(macs=0.6)
    assert (found.step, found.peak_before, found.peak_after) == (None, None, None)
    assert found.verified
    assert "the peak memory of a training step is unknown" in str(found)
    assert any("more than 1 value per channel" in note for note in found.notes)
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        fit(peak=0.6)


class Choosy(nn.Module):
    """Holds one tensor more where it runs on no device: the quick reading is wrong of it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv3d(1, 12, 1), nn.Conv3d(12, 2, 1)

    def forward(self, volume: Tensor) -> Tensor:
        features = self.first(volume)
        more = torch.cat([features, features]).chunk(2)[0] if volume.device.type == "meta" else features
        return self.second(F.gelu(more))


@pytest.mark.parametrize("model", [Choosy(), Attention()], ids=["choosy", "attention"])
def test_the_peak_is_the_one_of_a_device_where_the_quick_reading_is_another(model: nn.Module) -> None:
    inputs = torch.empty(2, 1, 6, 6, 6)
    graph = ranp.trace(model, inputs)
    draw = torch.Generator().manual_seed(0)
    scores = {name: torch.rand(layer.neurons, generator=draw) for name, layer in graph.layers.items()}
    plan = plan_within(graph, scores, ranp.PruningConfig("weighted", budget=("peak", 0.85)), model)
    [cost] = plan.step_costs
    assert cost.full == peak_training_bytes(model, inputs)
    assert cost.pruned == peak_training_bytes(plan.apply(model, verify=False), inputs)
    assert cost.pruned <= 0.85 * cost.full
