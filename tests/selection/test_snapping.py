"""Fast widths against the formula worked out neuron by neuron from plans alone; what they respect; their record."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import ranp
from ranp.graph import ChannelGraph
from ranp.plan import Plan, load_plan, prune
from ranp.selection import Limits, Pricer, PruningConfig, plan_curve, ranked_scores
from ranp.selection.counts.snapping import snapped
from ranp.types import Lifetimes, Masks, Scores

Counts = Mapping[str, int]


class Tied(nn.Module):
    """Two layers that are tied by an addition, a depthwise one behind a concatenation, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv3d(1, 20, 3, padding=1)
        self.block = nn.Conv3d(20, 20, 3, padding=1)
        self.side = nn.Conv3d(20, 12, 1)
        self.depthwise = nn.Conv3d(32, 32, 3, padding=1, groups=32)
        self.head = nn.Conv3d(32, 3, 1)

    def forward(self, volume: Tensor) -> Tensor:
        stem = self.stem(volume)
        same = torch.relu(stem + self.block(stem))
        both = torch.cat([same, self.side(same)], dim=1)
        return self.head(torch.relu(self.depthwise(both)))  # type: ignore[no-any-return]


@cache
def graph() -> ChannelGraph:
    return ranp.trace(Tied(), (torch.empty(1, 1, 5, 5, 5),))


@cache
def chain() -> ChannelGraph:
    return ranp.trace(nn.Sequential(nn.Conv3d(1, 32, 3), nn.ReLU(), nn.Conv3d(32, 2, 1)), (torch.empty(1, 1, 5, 5, 5),))


def scores_of(one: ChannelGraph, seed: int = 0) -> Scores:
    draw = torch.Generator().manual_seed(seed)
    return {name: torch.rand(layer.neurons, generator=draw) + 0.1 for name, layer in one.layers.items()}


def pricer_of(one: ChannelGraph, seconds: Callable[[Counts], float]) -> Pricer:
    """The seconds of kept counts, one plan at a time."""
    full = {name: layer.neurons for name, layer in one.layers.items()}

    def price(kept: Masks | None) -> float:
        return seconds(full if kept is None else {name: int(mask.sum()) for name, mask in kept.items()})

    def curve(lives: Lifetimes, points: int) -> np.ndarray:
        return np.array([price({name: life > point for name, life in lives.items()}) for point in range(points)])

    return Pricer(price, {"batch": 1}, curve, {name: seconds(full) for name in full})


def stairs(width: int, step: int) -> int:
    """How many steps a width pays for."""
    return -(-width // step)


def by_steps(counts: Counts) -> float:
    """Each layer takes a second for every 8 neurons begun, and a hundredth for each."""
    return sum(stairs(count, 8) + 0.01 * count for count in counts.values())


def planned(one: ChannelGraph, config: PruningConfig, seconds: Callable[[Counts], float], seed: int = 0) -> Plan:
    return prune(one, scores_of(one, seed), config, pricers={"time": pricer_of(one, seconds)})


def test_neurons_come_back_up_to_the_edge_of_a_step_and_go_down_to_it() -> None:
    """The head stays whole: of 34 neurons, a sparsity of 23/34 leaves 9 of the 32 in the first layer."""
    scores = {"0": torch.arange(1.0, 33.0), "2": torch.full((2,), 99.0)}
    widths = {}
    for kept in (9, 12, 14, 16, 17):
        for how in ("off", "add", "drop"):
            config = PruningConfig("vanilla", (32 - kept) / 34 - 1e-9, snap=how)
            plan = prune(chain(), scores, config, pricers={"time": pricer_of(chain(), by_steps)})
            widths[kept, how] = plan.kept_counts["0"]
            assert plan.kept["0"][-widths[kept, how] :].all(), "the best ones"
    assert [widths[kept, "off"] for kept in (9, 12, 14, 16, 17)] == [9, 12, 14, 16, 17]
    assert [widths[kept, "add"] for kept in (9, 12, 14, 16, 17)] == [16, 16, 16, 16, 24]
    # A neuron costs (4.32 - 1.01) / 31 = 0.107: 1.04 seconds are more than twice what four cost, 1.06 less than six.
    assert [widths[kept, "drop"] for kept in (9, 12, 14, 16, 17)] == [8, 8, 14, 16, 16]


def test_where_wider_is_faster_neurons_come_back_and_none_goes() -> None:
    def seconds(counts: Counts) -> float:
        return 10 - 0.1 * counts["0"]

    assert planned(chain(), PruningConfig("vanilla", 0.5, snap="add"), seconds).kept_counts["0"] == 32
    plain, thin = (planned(chain(), PruningConfig("vanilla", 0.5, snap=how), seconds) for how in ("off", "drop"))
    assert thin.kept_counts == plain.kept_counts


@pytest.mark.parametrize("first", ["0", "1"])
def test_the_group_of_the_best_neuron_comes_back_first(first: str) -> None:
    """Both layers keep 9 of their 16 neurons, and the budget has room for the other 7 of one of them."""
    network = nn.Sequential(nn.Conv3d(1, 16, 3), nn.Conv3d(16, 16, 1), nn.Conv3d(16, 2, 1))
    one = ranp.trace(network, (torch.empty(1, 1, 5, 5, 5),))
    scores = {name: torch.arange(float(layer.neurons), 0, -1) for name, layer in one.layers.items()}
    scores[first][9] += 0.5
    limits = Limits(one, scores, PruningConfig("vanilla"))
    kept = {name: torch.arange(layer.neurons) < 9 for name, layer in one.layers.items()}
    curve = pricer_of(one, by_steps).curve
    assert curve is not None
    lives, order = limits._best_first()

    def within(masks: Masks) -> bool:
        return sum(int(mask.sum()) for mask in masks.values()) <= 9 + 9 + 2 + 7

    found = snapped(one, lives, len(limits.sparsities), order, kept, curve, within, "add")
    assert {name: int(mask.sum()) for name, mask in found.items()} == {"0": 9, "1": 9, "2": 2, first: 16}


def slow(one: ChannelGraph, config: PruningConfig, seed: int, seconds: Callable[[Counts], float]) -> dict[str, int]:
    """The counts by the definition, from plans at every sparsity and prices of single counts."""
    scores, plain = scores_of(one, seed), replace(config, snap="off")
    limits = Limits(one, ranked_scores(one, scores, plain), plain)
    every = [prune(one, scores, replace(plain, sparsity=each, budget=None)).kept for each in limits.sparsities]
    start = prune(one, scores, plain, pricers={"time": pricer_of(one, seconds)}).kept
    members: dict[int, list[tuple[str, int]]] = {}
    for name, units in one.layer_units.items():
        for neuron, unit in enumerate(units.tolist()):
            members.setdefault(unit, []).append((name, neuron))
    ranked = ranked_scores(one, scores, plain)

    def rank(unit: int) -> tuple[float, float, int]:
        name, neuron = members[unit][0]
        voting = {layer for layer, _ in members[unit]} - ({"depthwise"} if config.coupling == "paper" else set())
        decisive = [float(ranked[layer][index]) for layer, index in members[unit] if layer in voting]
        worth = min(decisive) if config.coupling == "all" else max(decisive)
        return -sum(bool(kept[name][neuron]) for kept in every), -worth, unit

    alive = {unit: bool(start[of[0][0]][of[0][1]]) for unit, of in members.items()}
    groups: dict[frozenset[str], list[int]] = {}
    for unit in sorted(set(members) - {0}, key=rank):
        groups.setdefault(frozenset(layer for layer, _ in members[unit]), []).append(unit)

    def price(now: Mapping[int, bool]) -> float:
        counts = dict.fromkeys(one.layers, 0)
        for unit, of in members.items():
            for layer, _ in of:
                counts[layer] += now[unit] or unit == 0
        return seconds(counts)

    def turn(units: list[int]) -> Any:
        waiting = [unit for unit in units if alive[unit] is (config.snap == "drop")]
        ends = sorted(map(rank, waiting))
        return ends[0] if config.snap == "add" else tuple(-part for part in ends[-1])

    turns = {
        tuple(units): turn(units)
        for units in groups.values()
        if any(alive[u] is (config.snap == "drop") for u in units)
    }
    for units in sorted(turns, key=lambda units: turns[units]):
        kept = sum(alive[unit] for unit in units)
        least = min(kept, max(1, sum(-rank(unit)[0] == len(every) for unit in units)))
        most = sum(rank(unit)[0] < 0 for unit in units)
        taken = {
            width: price({**alive, **{u: i < width for i, u in enumerate(units)}}) for width in range(least, most + 1)
        }
        if most == least:
            continue
        each = max(0.0, (taken[most] - taken[least]) / (most - least))
        factor = 0.5 if config.snap == "add" else 2.0
        widths = range(kept + 1, most + 1) if config.snap == "add" else range(least, kept)
        gains = {width: factor * each * (width - kept) - (taken[width] - taken[kept]) for width in widths}
        best = max(gains, key=lambda width: (gains[width], width), default=kept)
        if gains.get(best, 0) > 0:
            alive.update({unit: index < best for index, unit in enumerate(units)})
    return {name: sum(alive[unit] or unit == 0 for unit in of.tolist()) for name, of in one.layer_units.items()}


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 99),
    how=st.sampled_from(["add", "drop"]),
    coupling=st.sampled_from(["any", "paper", "all"]),
    sparsity=st.sampled_from([0.2, 0.35, 0.5]),
    step=st.sampled_from([3, 4, 8]),
    more=st.sampled_from(
        [{}, {"min_neurons": 3}, {"protect": ("side",)}, {"caps": (("stem", 0.25),)}, {"plateau": "keep"}]
    ),
)
def test_counts_are_those_of_the_definition(
    seed: int, how: str, coupling: Any, sparsity: float, step: int, more: dict[str, Any]
) -> None:
    def seconds(counts: Counts) -> float:
        return sum((1 + number) * stairs(count, step) * 1.03**count for number, count in enumerate(counts.values()))

    config = PruningConfig("weighted", sparsity, coupling=coupling, snap=how, **more)
    plan = planned(graph(), config, seconds, seed)
    plain = planned(graph(), replace(config, snap="off"), seconds, seed)
    assert plan.feasible == plain.feasible
    if not plain.feasible:
        assert plan.snapped is None
        return
    assert plan.kept_counts == slow(graph(), config, seed, seconds)
    graph().cost(plan.kept)  # refuses what tied layers do not share
    for name, mask in plain.kept.items():
        assert bool((plan.kept[name] & mask == (mask if how == "add" else plan.kept[name])).all())


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 99), how=st.sampled_from(["add", "drop"]), macs=st.sampled_from([0.3, 0.5]))
def test_no_budget_is_exceeded(seed: int, how: str, macs: float) -> None:
    config = PruningConfig("weighted", budget=(("macs", macs), ("time", 0.8), ("params", 0.6)), min_neurons=1, snap=how)
    plan = planned(graph(), config, by_steps, seed)
    assert plan.pruned.macs <= macs * plan.full.macs
    assert plan.pruned.params <= 0.6 * plan.full.params
    [cost] = plan.step_costs
    assert cost.pruned is not None
    assert cost.pruned <= 0.8 * cost.full


@pytest.mark.parametrize("how", ["add", "drop"])
def test_what_is_set_stays_as_it_is_set(how: str) -> None:
    """Widths by hand, protected layers, caps and the fewest of a layer, whatever would be faster."""
    settings: dict[str, Any] = {"widths": (("side", 5),), "protect": ("stem",), "min_neurons": 2}
    plan = planned(graph(), PruningConfig("weighted", 0.5, snap=how, **settings), by_steps)
    assert (plan.kept_counts["side"], plan.kept_counts["stem"]) == (5, 20)
    capped = planned(graph(), PruningConfig("weighted", 0.5, snap=how, caps=(("side", 0.25),)), by_steps)
    assert capped.kept_counts["side"] >= 9
    by_hand = PruningConfig("weighted", 0.3, snap=how, allocation="by-hand", layer_sparsities=(("0", 0.72),))
    assert planned(chain(), by_hand, by_steps).kept_counts["0"] == 8


@pytest.mark.parametrize("more", [{}, {"tied": "sum"}, {"allocation": "macs"}])
def test_the_plan_says_what_it_cost_and_gave(more: dict[str, Any], tmp_path: Path) -> None:
    """Importance is told by the same scores whatever the method weighs, so that plans can be compared."""
    config = PruningConfig("weighted", 0.45, snap="add", **more)
    plan, plain = (planned(graph(), each, by_steps) for each in (config, replace(config, snap="off")))
    found = plan.snapped
    assert found is not None
    assert plain.snapped is None
    assert found.added == sum(plan.kept_counts.values()) - sum(plain.kept_counts.values()) > 0
    assert found.removed == 0
    pricer = pricer_of(graph(), by_steps)
    assert (found.macs_before, found.macs_after) == (plain.pruned.macs, plan.pruned.macs)
    assert (found.seconds_before, found.seconds_after) == (pricer.price(plain.kept), pricer.price(plan.kept))
    balanced = ranked_scores(graph(), scores_of(graph()), PruningConfig("weighted"))
    total = sum(float(score.sum()) for score in balanced.values())
    for kept, share in ((plain.kept, found.importance_before), (plan.kept, found.importance_after)):
        assert share == pytest.approx(sum(float(balanced[name][mask].sum()) for name, mask in kept.items()) / total)
    plan.save(tmp_path / "plan")
    assert load_plan(tmp_path / "plan").snapped == found
    assert load_plan(tmp_path / "plan").config == plan.config
    assert f"{found.added} neurons came back" in str(found)


def test_a_plan_file_whose_record_is_wrong_is_refused(tmp_path: Path) -> None:
    planned(graph(), PruningConfig("weighted", 0.45, snap="add"), by_steps).save(tmp_path / "plan")
    path = tmp_path / "plan" / "plan.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "snapped": {**document["snapped"], "added": -1}}))
    with pytest.raises(ValueError, match=r"'snapped\.added' in plan\.json .* must be a whole number"):
        load_plan(tmp_path / "plan")
    without = {key: value for key, value in document.items() if key not in ("snap", "snapped", "time_share")}
    path.write_text(json.dumps(without))
    assert load_plan(tmp_path / "plan").snapped is None, "a plan of before there was snapping"


def test_a_curve_is_its_plans() -> None:
    config, pricers = PruningConfig("weighted", snap="drop"), {"time": pricer_of(graph(), by_steps)}
    grid = [0.0, 0.2, 0.45, 0.6, 0.97]
    curve = plan_curve(graph(), scores_of(graph()), config, grid, pricers=pricers)
    for point, sparsity in enumerate(grid):
        plan = planned(graph(), replace(config, sparsity=sparsity), by_steps)
        assert curve.kept[point].tolist() == list(plan.kept_counts.values())
        assert (curve.macs[point], curve.params[point]) == (plan.pruned.macs, plan.pruned.params)
        assert curve.feasible[point] == plan.feasible
        assert plan.step_costs[0].pruned in (None, curve.step_costs["step_seconds"][point])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"snap": "up"}, "snap must be one of off, add, drop"),
        ({"snap": "add", "multiple": 4}, "snap does not go with equal_widths, multiple, fill or pick"),
        ({"snap": "add", "equal_widths": (("stem", "side"),)}, "snap does not go with equal_widths"),
        ({"snap": "drop", "fill": "yes"}, "snap does not go with equal_widths"),
        ({"snap": "drop", "pick": "worst"}, "snap does not go with equal_widths"),
    ],
)
def test_what_does_not_go_together_is_said(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PruningConfig("weighted", 0.5, **change)


def test_without_seconds_of_other_widths_it_says_what_is_missing() -> None:
    config = PruningConfig("weighted", 0.5, snap="add")
    for pricers in (None, {}, {"time": Pricer(lambda kept: 1.0, {})}):
        with pytest.raises(ValueError, match=r"snap needs to know the seconds of other widths.*ranp\.timing"):
            prune(graph(), scores_of(graph()), config, pricers=pricers)
