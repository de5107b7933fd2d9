"""Budgets of what a training step takes, and several at once: met as tightly as can be, recorded, saved, refused."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import ranp
from ranp.graph import ChannelGraph
from ranp.plan import Plan, StepCost, load_plan, prune
from ranp.resources import peak_pricer, peak_training_bytes
from ranp.selection import Limits, Pricer, PruningConfig, ranked_scores
from ranp.types import Masks, Scores


class Tied(nn.Module):
    """Layers that are tied by an addition and by a concatenation, at two sizes of volume."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv3d(1, 10, 3, padding=1), nn.InstanceNorm3d(10, affine=True), nn.ReLU())
        self.block = nn.Conv3d(10, 10, 3, padding=1)
        self.down = nn.Conv3d(10, 14, 2, stride=2)
        self.up = nn.ConvTranspose3d(14, 6, 2, stride=2)
        self.head = nn.Conv3d(16, 3, 1)

    def forward(self, volume: Tensor) -> Tensor:
        stem = self.stem(volume)
        same = torch.relu(stem + self.block(stem))
        return self.head(torch.cat([same, self.up(torch.relu(self.down(same)))], dim=1))


MODEL = Tied()


@cache
def graph() -> ChannelGraph:
    return ranp.trace(MODEL, (torch.empty(2, 1, 8, 8, 8),))


@cache
def peak(batch: int) -> Pricer:
    return peak_pricer(MODEL, graph(), batch, any_device=True)


def scores(seed: int) -> Scores:
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(layer.neurons, generator=generator) + 0.01 for name, layer in graph().layers.items()}


def before(plan: Plan, drawn: Scores) -> Masks | None:
    """The masks with the neuron back that went last; None where none went."""
    config = replace(plan.config, budget=None, sparsity=plan.requested_sparsity)
    points = Limits(graph(), ranked_scores(graph(), drawn, config), config).sparsities
    earlier = [sparsity for sparsity in points if sparsity < plan.requested_sparsity - 1e-8]
    return prune(graph(), drawn, replace(config, sparsity=earlier[-1])).kept if earlier else None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 99),
    method=st.sampled_from(["ranp-f", "weighted", "layerwise", "random"]),
    batch=st.sampled_from([1, 3]),
    share=st.floats(0.35, 1.0),
)
def test_a_peak_is_met_by_the_smallest_sparsity(seed: int, method: str, batch: int, share: float) -> None:
    drawn, pricer = scores(seed), peak(batch)
    amount = f"{int(share * pricer.price(None))}B"
    config = PruningConfig(method, budget=("peak", amount), min_neurons=1)
    plan = prune(graph(), drawn, config, pricers={"peak": pricer})
    assert pricer.price(plan.kept) <= int(amount[:-1])
    kept = before(plan, drawn)
    if kept is not None and not all(torch.equal(kept[name], mask) for name, mask in plan.kept.items()):
        assert pricer.price(kept) > int(amount[:-1])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 99), coupling=st.sampled_from(["any", "paper", "all"]))
def test_a_peak_never_rises_as_neurons_go(seed: int, coupling: Any) -> None:
    config = PruningConfig("weighted", 0.0, coupling=coupling)
    limits = Limits(graph(), ranked_scores(graph(), scores(seed), config), config)
    held = [peak(2).price(limits._kept(point)) for point in range(len(limits.sparsities))]
    assert held == sorted(held, reverse=True)
    assert held[0] > held[-1]


def test_the_record_is_what_the_shrunk_network_takes() -> None:
    plan = prune(graph(), scores(0), PruningConfig(budget=("peak", 0.6)), MODEL, pricers={"peak": peak(3)})
    [cost] = plan.step_costs
    stepped = partial(peak_training_bytes, example_inputs=graph().inputs.with_batch(3), any_device=True)
    assert (cost.budget, cost.full, cost.pruned) == ("peak", stepped(MODEL), stepped(plan.apply(MODEL)))
    assert cost.pruned is not None
    assert cost.pruned <= 0.6 * cost.full
    assert cost.terms == {"batch": 3, "optimizer": "adamw", "precision": "float32"}
    assert cost.cost == "peak_training_bytes"


def test_of_several_budgets_all_are_met_and_one_tightly() -> None:
    budgets = (("macs", 0.5), ("peak", 0.7), ("params", 0.6))
    make: Callable[..., Plan] = partial(prune, graph(), scores(1), pricers={"peak": peak(2)})
    alone = [make(PruningConfig(budget=budget)) for budget in budgets]
    together = make(PruningConfig(budget=budgets))
    assert together.requested_sparsity == max(plan.requested_sparsity for plan in alone)
    assert len({plan.requested_sparsity for plan in alone}) == 3, "else the test says little"
    [cost] = together.step_costs
    assert cost.pruned is not None
    assert cost.pruned <= 0.7 * cost.full
    assert together.pruned.macs <= 0.5 * together.full.macs
    assert together.pruned.params <= 0.6 * together.full.params
    assert make(PruningConfig(budget=budgets[::-1])).requested_sparsity == together.requested_sparsity


def test_a_budget_that_cannot_be_met_is_named_with_the_least() -> None:
    make: Callable[..., Plan] = partial(prune, graph(), scores(2), pricers={"peak": peak(2)})
    with pytest.raises(
        ValueError, match=r"^a budget of peak=1kB cannot be met without emptying '[\w.]+'; the least is peak="
    ) as told:
        make(PruningConfig(budget=(("macs", 0.9), ("peak", "1kB"))))
    least = re.findall(r"the least is peak=(\S+)", str(told.value))[0]
    assert make(PruningConfig(budget=("peak", least))).feasible
    with pytest.raises(ValueError, match=r"the least is peak=0\.") as told:
        make(PruningConfig(budget=("peak", 0.001)))
    share = float(re.findall(r"the least is peak=([0-9.]+)", str(told.value))[0])
    assert make(PruningConfig(budget=("peak", share))).feasible
    with pytest.raises(
        ValueError, match=r"^budgets of macs=0.0001 and peak=1B cannot .* the least is macs=\S+ and peak=\S+kB|KiB|B at"
    ):
        make(PruningConfig(budget=(("macs", 0.0001), ("peak", "1B"))))


def test_a_peak_budget_without_a_pricer_says_what_is_missing() -> None:
    with pytest.raises(ValueError, match=r"pass pricers=\{'peak': "):
        prune(graph(), scores(0), PruningConfig(budget=("peak", 0.5)))


def test_a_plan_keeps_its_budgets_and_what_a_step_takes(tmp_path: Path) -> None:
    config = PruningConfig(budget=(("macs", 0.6), ("peak", "1MiB")))
    plan = prune(graph(), scores(3), config, pricers={"peak": peak(2)})
    plan.save(tmp_path / "plan")
    document = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert document["budget"] == {"macs": 0.6, "peak": "1MiB"}
    again = load_plan(tmp_path / "plan")
    assert again.config == plan.config
    assert (
        again.step_costs
        == plan.step_costs
        == (StepCost("peak", peak(2).price(None), peak(2).price(plan.kept), dict(peak(2).terms)),)
    )


def test_a_plan_of_before_has_no_record_and_still_loads(tmp_path: Path) -> None:
    prune(graph(), scores(3), PruningConfig(budget=("macs", 0.6))).save(tmp_path / "plan")
    file = tmp_path / "plan" / "plan.json"
    document = json.loads(file.read_text())
    assert document.pop("step_costs") == []
    file.write_text(json.dumps(document))
    plan = load_plan(tmp_path / "plan")
    assert (plan.config.budget, plan.step_costs) == (("macs", 0.6), ())


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("budget", {}, "'budget' in plan.json"),
        ("budget", {"peak": "8XB"}, "the peak budget must be"),
        ("budget", {"peak": 0}, "the peak budget must be"),
        (
            "step_costs",
            [{"budget": "luck", "full": 1, "pruned": 1, "terms": {}}],
            "must be one of peak, time, inference, not",
        ),
        ("step_costs", [{"budget": "peak", "full": "1", "pruned": 1, "terms": {}}], "must be a number"),
        ("step_costs", [{"budget": "peak", "full": 1, "terms": {}}], "lacks the key 'pruned'"),
    ],
)
def test_a_damaged_record_is_refused(tmp_path: Path, key: str, value: Any, said: str) -> None:
    prune(graph(), scores(3), PruningConfig(budget=("peak", 0.6)), pricers={"peak": peak(2)}).save(tmp_path / "plan")
    file = tmp_path / "plan" / "plan.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), key: value}))
    with pytest.raises(ValueError, match=said):
        load_plan(tmp_path / "plan")


def test_a_plan_that_cannot_be_built_takes_nothing(tmp_path: Path) -> None:
    plan = prune(graph(), scores(0), PruningConfig("vanilla", 0.99), pricers={"peak": peak(1)})
    assert not plan.feasible
    plan.save(tmp_path / "plan")
    [cost] = load_plan(tmp_path / "plan").step_costs
    assert cost.pruned is None
    assert cost.full == peak(1).price(None)


@pytest.mark.parametrize("batch", [0, -1, 1.5, True, "2"])
def test_a_batch_that_is_none_is_refused(batch: Any) -> None:
    with pytest.raises(ValueError, match="the batch of a training step must be a whole number of at least 1, not"):
        peak_pricer(MODEL, graph(), batch)
