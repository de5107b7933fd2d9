"""Criterion and allocation are chosen apart; methods of before are pairs of them, to the bit."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ranp.graph import ChannelGraph, trace
from ranp.plan import load_plan, prune
from ranp.selection import ALLOCATIONS, METHODS, Pricer, Pricers, PruningConfig, plan_curve, ranked_scores
from ranp.types import Scores

PAIRS = {name: (method.scores, method.allocation) for name, method in METHODS.items()}


class _Shared:
    """A small network, traced, with scores; and what its layers cost."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model = nn.Sequential(
            nn.Conv3d(1, 10, 3, padding=1), nn.MaxPool3d(2), nn.Conv3d(10, 20, 3, padding=1), nn.Conv3d(20, 3, 1)
        )
        self.graph: ChannelGraph = trace(self.model, (torch.empty(1, 1, 8, 8, 8),))
        draw = torch.Generator().manual_seed(1)
        self.scores: Scores = {
            name: torch.rand(layer.neurons, generator=draw) for name, layer in self.graph.layers.items()
        }

    def ranked(self, **settings: Any) -> Scores:
        return ranked_scores(self.graph, self.scores, PruningConfig(**settings), self.model)


SECONDS = (("0", 0.03), ("2", 0.01), ("3", 0.002))


def seconds_of(allocation: str) -> tuple[tuple[str, float], ...]:
    return SECONDS if allocation == "time" else ()


@pytest.fixture(scope="module")
def shared() -> _Shared:
    return _Shared()


def test_the_methods_are_the_pairs_that_they_were() -> None:
    assert PAIRS == {
        "ranp-f": ("sensitivity", "macs"),
        "ranp-m": ("sensitivity", "memory"),
        "ranp-t": ("sensitivity", "time"),
        "blend": ("sensitivity", "blend"),
        "weighted": ("sensitivity", "balanced"),
        "vanilla": ("sensitivity", "plain"),
        "layerwise": ("sensitivity", "uniform"),
        "random": ("random", "plain"),
        "magnitude": ("magnitude", "plain"),
    }


@pytest.mark.parametrize("method", [name for name, pair in PAIRS.items() if pair[0] == "sensitivity"])
def test_a_method_is_any_other_with_its_allocation(shared: _Shared, method: str) -> None:
    costs = seconds_of(METHODS[method].allocation)
    own = PruningConfig(method, 0.6, alpha=0.3, layer_costs=costs)
    other = PruningConfig("vanilla", 0.6, alpha=0.3, allocation=METHODS[method].allocation, layer_costs=costs)
    plans = [prune(shared.graph, shared.scores, config) for config in (own, other)]
    assert all(torch.equal(plans[0].kept[name], plans[1].kept[name]) for name in plans[0].kept)


@pytest.mark.parametrize("allocation", sorted({allocation for _, allocation in PAIRS.values()}))
def test_any_start_goes_with_any_allocation(shared: _Shared, allocation: str) -> None:
    size = {name: score * 1.0 for name, score in shared.ranked(method="magnitude").items()}
    settings: dict[str, Any] = {"allocation": allocation, "alpha": 0.3, "layer_costs": seconds_of(allocation)}
    by_size = shared.ranked(method="magnitude", **settings)
    given = ranked_scores(shared.graph, size, PruningConfig("vanilla", **settings))
    assert all(torch.equal(by_size[name], given[name]) for name in given)


def test_measured_costs_weigh_as_macs_do_where_they_are_macs(shared: _Shared) -> None:
    macs = shared.graph.layer_costs("macs")
    by_macs = shared.ranked(method="ranp-f")
    measured = shared.ranked(allocation="measured", layer_costs=tuple(macs.items()))
    assert all(torch.equal(by_macs[name], measured[name]) for name in macs)
    other = shared.ranked(allocation="measured", layer_costs=(("0", 9.0), ("2", 1.0), ("3", 1.0)))
    assert other["0"].mean() < measured["0"].mean()


def test_seconds_weigh_as_the_paper_weighs_macs(shared: _Shared) -> None:
    """By hand: the balanced scores of a layer, times 1 + lambda * softmax(-seconds / the most seconds)."""
    found, balanced = shared.ranked(method="ranp-t", lam=7.0, layer_costs=SECONDS), shared.ranked(method="weighted")
    exponentials = {name: math.exp(-seconds / 0.03) for name, seconds in SECONDS}
    for name, exponential in exponentials.items():
        factor = 1 + 7 * exponential / sum(exponentials.values())
        assert found[name].tolist() == pytest.approx((balanced[name] * factor).tolist())


def pricer(seconds: dict[str, float]) -> Pricer:
    return Pricer(lambda kept: 1.0, {}, layer_costs=seconds)


def test_a_pricer_tells_the_seconds_and_the_plan_keeps_them(shared: _Shared, tmp_path: Path) -> None:
    told = {"time": pricer(dict(SECONDS))}
    plan = prune(shared.graph, shared.scores, PruningConfig("ranp-t", 0.6), pricers=told)
    assert plan.config.layer_costs == SECONDS
    plan.save(tmp_path / "plan")
    again = prune(shared.graph, shared.scores, load_plan(tmp_path / "plan").config)
    assert all(torch.equal(again.kept[name], mask) for name, mask in plan.kept.items())
    curve = plan_curve(shared.graph, shared.scores, PruningConfig("ranp-t"), [0.6], pricers=told)
    assert curve.kept[0].tolist() == list(plan.kept_counts.values())
    given = PruningConfig("ranp-t", 0.6, layer_costs=SECONDS)
    other = {"time": pricer({"0": 1.0, "2": 9.0, "3": 1.0})}
    assert prune(shared.graph, shared.scores, given, pricers=other).config == given, "what is given is not replaced"


@pytest.mark.parametrize("pricers", [None, {}, {"peak": pricer({"0": 1.0})}, {"time": Pricer(lambda kept: 1.0, {})}])
def test_without_seconds_it_says_where_they_come_from(shared: _Shared, pricers: Pricers | None) -> None:
    for config, name in ((PruningConfig("ranp-t"), "ranp-t"), (PruningConfig("random", allocation="time"), "time")):
        with pytest.raises(ValueError, match=rf"'{name}' weighs layers by their seconds.*ranp\.timing\.TimePrices"):
            prune(shared.graph, shared.scores, config, pricers=pricers)


def test_layers_set_by_hand_lose_their_share_and_the_others_the_sparsity(shared: _Shared) -> None:
    config = PruningConfig("layerwise", 0.5, allocation="by-hand", layer_sparsities=(("2", 0.875),))
    plan = prune(shared.graph, shared.scores, config)
    assert plan.kept_counts == {"0": 5, "2": 2, "3": 3}  # the last is the output and stays
    best = shared.scores["2"].argsort(descending=True)[:2]
    assert sorted(plan.kept["2"].nonzero().flatten().tolist()) == sorted(best.tolist())
    curve = plan_curve(shared.graph, shared.scores, config, [0.0, 0.3, 0.8])
    assert curve.kept[:, 1].tolist() == [2, 2, 2]
    assert curve.kept[:, 0].tolist() == [10, 7, 1]


def test_a_budget_is_met_by_the_layers_that_are_not_set(shared: _Shared) -> None:
    config = PruningConfig(budget=("params", 0.2), allocation="by-hand", layer_sparsities=(("2", 0.5),))
    plan = prune(shared.graph, shared.scores, config)
    assert plan.kept_counts["2"] == 10
    assert plan.pruned.params <= 0.2 * plan.full.params
    fewer = replace(config, budget=None, sparsity=plan.requested_sparsity - 1e-8)
    assert prune(shared.graph, shared.scores, fewer).pruned.params > 0.2 * plan.full.params


def test_a_plan_keeps_what_was_given(shared: _Shared, tmp_path: Path) -> None:
    costs = tuple(shared.graph.layer_costs("macs").items())
    for config in (
        PruningConfig(allocation="measured", layer_costs=costs),
        PruningConfig("magnitude", allocation="by-hand", layer_sparsities=(("2", 0.25),)),
    ):
        prune(shared.graph, shared.scores, config, shared.model).save(tmp_path / "plan")
        assert load_plan(tmp_path / "plan").config.rule == config.rule
        assert load_plan(tmp_path / "plan").config.layer_costs == config.layer_costs
        assert load_plan(tmp_path / "plan").config.layer_sparsities == config.layer_sparsities


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"allocation": "fair"}, "allocation must be one of plain, balanced"),
        ({"allocation": "measured"}, "measured needs layer_costs"),
        ({"allocation": "by-hand"}, "by-hand needs layer_sparsities"),
        ({"layer_costs": (("0", 1.0),)}, "layer_costs go with the allocation measured"),
        ({"allocation": "macs", "layer_sparsities": (("0", 0.5),)}, "go with the allocation by-hand"),
        ({"allocation": "by-hand", "layer_sparsities": (("0", 1.0),)}, "sparsity of layer '0' must be at least 0"),
        ({"allocation": "measured", "layer_costs": (("0", -1.0),)}, "cost of layer '0' must be a number of at least 0"),
        ({"allocation": "measured", "layer_costs": {"0": 1.0}}, "layer_costs must be pairs of a layer and a cost"),
    ],
)
def test_what_does_not_go_together_is_said(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PruningConfig(**settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"allocation": "measured", "layer_costs": (("0", 1.0), ("2", 1.0))}, "'3'"),
        ({"allocation": "measured", "layer_costs": (("first", 1.0),)}, "cannot weigh layer 'first'"),
        ({"allocation": "by-hand", "layer_sparsities": (("first", 0.5),)}, "cannot set the sparsity of layer 'first'"),
    ],
)
def test_layers_that_lack_or_are_unknown_are_named(shared: _Shared, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        prune(shared.graph, shared.scores, PruningConfig(**settings))


def test_every_allocation_is_told() -> None:
    assert all(allocation.title for allocation in ALLOCATIONS.values())
