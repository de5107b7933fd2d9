"""The optimal allocation against every choice of widths there is, on networks small enough to try them all."""

from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from ranp.graph import ChannelGraph, trace
from ranp.plan import prune
from ranp.selection import Optimum, PruningConfig, importance_kept, optimal_allocation, reweight
from ranp.selection.optimal import allocation, search
from ranp.selection.optimal.classes import classes_of
from ranp.selection.optimal.elimination import plan_order
from ranp.types import Masks, Scores

BUDGETS = {"macs": "macs", "memory": "activations", "params": "params"}


class Chain(nn.Module):
    """Three layers, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv3d(2, 5, 3, padding=1), nn.Conv3d(5, 4, 1), nn.Conv3d(4, 6, 1)
        self.out = nn.Conv3d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.c(self.b(self.a(x).relu()).relu()).relu())


class Tied(nn.Module):
    """An addition ties two layers, a concatenation makes a third one read both ways."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv3d(2, 4, 1), nn.Conv3d(4, 4, 3, padding=1), nn.Conv3d(4, 3, 1)
        self.d, self.out = nn.Conv3d(7, 4, 1), nn.Conv3d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        one = self.a(x).relu()
        two = (one + self.b(one)).relu()
        return self.out(self.d(torch.cat([two, self.c(two).relu()], 1)).relu())


class Grouped(nn.Module):
    """A depthwise layer, and an input that every layer of the end reads again."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv3d(2, 6, 1), nn.Conv3d(6, 6, 3, padding=1, groups=6)
        self.c, self.out = nn.Conv3d(8, 5, 1), nn.Conv3d(5, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.c(torch.cat([x, self.b(self.a(x)).relu()], 1)).relu())


NETWORKS: dict[str, Callable[[], nn.Module]] = {"chain": Chain, "tied": Tied, "grouped": Grouped}


def traced(name: str, seed: int = 0) -> tuple[ChannelGraph, Scores]:
    graph = trace(NETWORKS[name](), (torch.empty(1, 2, 4, 4, 4),))
    generator = torch.Generator().manual_seed(seed)
    scores = {layer: torch.rand(one.neurons, generator=generator) for layer, one in graph.layers.items()}
    return graph, reweight(scores, None)


def best_of_all(graph: ChannelGraph, scores: Scores, limits: dict[str, float]) -> float:
    """The most importance of every choice of channels, priced by the channel graph itself."""
    kinds: dict[int, list[int]] = {}
    of = torch.cat([torch.from_numpy(graph.layer_units[name]) for name in graph.layers])
    for unit in sorted(set(of.tolist()) - {0}):
        kinds.setdefault(int(graph.unit_kinds[unit]), []).append(unit)
    values = torch.cat([scores[name].double() for name in graph.layers])
    worth = {unit: float(values[of == unit].sum()) for units in kinds.values() for unit in units}
    best = -1.0
    for counts in product(*(range(1, len(units) + 1) for units in kinds.values())):
        chosen = {0}
        for units, count in zip(kinds.values(), counts, strict=True):
            chosen |= set(sorted(units, key=lambda unit: -worth[unit])[:count])
        kept = {
            name: torch.tensor([int(unit) in chosen for unit in units]) for name, units in graph.layer_units.items()
        }
        cost = graph.cost(kept)
        if all(getattr(cost, BUDGETS[name]) <= limit for name, limit in limits.items()):
            best = max(best, importance_kept(graph, scores, kept))
    return best


def shares(graph: ChannelGraph, **limits: float) -> dict[str, float]:
    full = graph.cost()
    return {name: share * getattr(full, BUDGETS[name]) for name, share in limits.items()}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    "limits", [{"macs": 0.5}, {"macs": 0.3}, {"macs": 0.5, "memory": 0.6}, {"memory": 0.6, "params": 0.4}]
)
def test_no_choice_of_widths_keeps_more(name: str, limits: dict[str, float]) -> None:
    graph, scores = traced(name)
    absolute = shares(graph, **limits)
    found = optimal_allocation(graph, scores, absolute)
    assert found.proven
    assert found.all_widths
    assert found.importance == pytest.approx(best_of_all(graph, scores, absolute), abs=1e-6)
    assert found.importance == pytest.approx(importance_kept(graph, scores, found.kept), abs=1e-6)
    cost = graph.cost(found.kept)
    for budget, limit in absolute.items():
        assert getattr(cost, BUDGETS[budget]) == pytest.approx(found.used[budget])
        assert found.used[budget] <= limit * (1 + 1e-9)
    assert found.importance <= found.bound + 1e-9
    assert found.gap == 0


def test_equal_scores_change_nothing() -> None:
    graph, scores = traced("tied")
    level = {name: torch.ones_like(score) for name, score in scores.items()}
    limits = shares(graph, macs=0.4)
    found = optimal_allocation(graph, level, limits)
    assert found.proven
    assert found.importance == pytest.approx(best_of_all(graph, level, limits), abs=1e-6)


def test_costs_of_counts_are_the_graphs() -> None:
    for name in NETWORKS:
        graph, scores = traced(name)
        classes = classes_of(graph, scores, list(BUDGETS))
        generator = torch.Generator().manual_seed(3)
        for _ in range(5):
            counts = [int(torch.randint(1, size + 1, (), generator=generator)) for size in classes.sizes]
            kept = classes.masks(counts)
            assert classes.counts(kept) == counts
            cost = graph.cost(kept)
            assert {each: classes.cost(each, counts) for each in BUDGETS} == pytest.approx(
                {each: getattr(cost, field) for each, field in BUDGETS.items()}
            )


def test_the_bound_holds_and_prices_are_what_more_of_a_resource_buys() -> None:
    """A line of this slope through the bound lies above the optimum at every other limit (concave envelope)."""
    graph, scores = traced("chain")
    [limit] = shares(graph, macs=0.4).values()
    found = optimal_allocation(graph, scores, {"macs": limit})
    assert found.prices["macs"] > 0
    for share in (0.3, 0.35, 0.45, 0.6, 1.0):
        [other] = shares(graph, macs=share).values()
        line = found.bound + found.prices["macs"] * (other - limit)
        assert best_of_all(graph, scores, {"macs": other}) <= line + 1e-6


def test_what_is_not_scarce_costs_nothing() -> None:
    graph, scores = traced("chain")
    found = optimal_allocation(graph, scores, shares(graph, macs=0.3, memory=1.0))
    assert found.prices["memory"] == pytest.approx(0, abs=1e-12)
    everything = optimal_allocation(graph, scores, shares(graph, macs=1.0))
    assert (everything.importance, everything.bound) == (pytest.approx(1), pytest.approx(1))
    assert all(mask.all() for mask in everything.kept.values())


def plan_at(graph: ChannelGraph, scores: Scores) -> Masks:
    return prune(graph, scores, PruningConfig("ranp-f", budget=("macs", 0.5), min_neurons=1)).kept


@pytest.mark.parametrize("levels", [2, 3, 12])
def test_with_few_widths_a_plan_beside_it_is_never_better(levels: int) -> None:
    graph, scores = traced("tied", seed=1)
    kept = plan_at(graph, scores)
    found: Optimum = optimal_allocation(graph, scores, {"macs": graph.cost(kept).macs}, [kept], levels)
    assert found.importance >= importance_kept(graph, scores, kept) - 1e-9
    assert found.all_widths is (levels == 12)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"macs": 1.0}, "the macs limit must be at least"),
        ({"time": 1.0}, "limits must be of macs, memory, params"),
        ({}, "not of nothing"),
        ({"macs": float("nan")}, "a limit must be a number above 0, not nan"),
    ],
)
def test_a_mistake_is_one_sentence(limits: dict[str, float], said: str) -> None:
    graph, scores = traced("chain")
    with pytest.raises(ValueError, match=said):
        optimal_allocation(graph, scores, limits)
    with pytest.raises(ValueError, match="layer 'a' needs 5 scores, and has none"):
        optimal_allocation(graph, {}, {"macs": 1e9})
    with pytest.raises(ValueError, match="levels must be at least 2"):
        optimal_allocation(graph, scores, {"macs": 1e9}, levels=1)


def test_the_unit_of_scores_changes_nothing() -> None:
    """Sums of gradients can be a billionth, and what cannot go can be worth more than all that can."""
    graph, scores = traced("tied")
    limits = shares(graph, macs=0.5, memory=0.6)
    expected = optimal_allocation(graph, scores, limits)
    small = {name: 1e-9 * score for name, score in scores.items()}
    heavy = {**small, "out": torch.ones_like(small["out"])}
    for each in (small, heavy):
        found = optimal_allocation(graph, each, limits)
        assert (found.importance, found.bound) == pytest.approx((expected.importance, expected.bound), abs=1e-6)
        assert found.prices == pytest.approx(expected.prices, rel=1e-3)
        assert found.proven


def test_a_network_in_which_nothing_can_go_keeps_all() -> None:
    graph = trace(nn.Sequential(nn.Conv3d(2, 3, 1)), (torch.empty(1, 2, 1, 1, 1),))
    scores, whole = {"0": torch.ones(3)}, float(graph.cost().macs)
    found = optimal_allocation(graph, scores, {"macs": whole})
    assert (found.importance, found.bound, found.proven, found.classes) == (1, 1, True, 0)
    assert found.importance == importance_kept(graph, scores, found.kept)
    with pytest.raises(ValueError, match=f"at least {whole:.0f}, what the narrowest network that is tried takes, not"):
        optimal_allocation(graph, scores, {"macs": whole / 2})


def test_where_nothing_is_worth_anything_nothing_is_lost() -> None:
    graph, scores = traced("chain")
    scores = {name: torch.zeros_like(score) for name, score in scores.items()}
    found = optimal_allocation(graph, scores, shares(graph, macs=0.5))
    assert (found.importance, found.bound, found.gap) == (1, 1, 0)
    assert importance_kept(graph, scores, found.kept) == 1


def test_no_more_widths_are_tried_than_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, scores = traced("tied")
    planned: list[list[int]] = []
    monkeypatch.setattr(allocation, "plan_order", lambda *given: planned.append(given[2]) or plan_order(*given))
    found = optimal_allocation(graph, scores, shares(graph, macs=0.5), levels=10**9)
    assert found.all_widths
    assert len(planned) == 1
    monkeypatch.setattr(allocation, "MOST", 1)
    with pytest.raises(
        ValueError, match="even with the fewest widths that can be tried of each, where there is room for"
    ):
        optimal_allocation(graph, scores, shares(graph, macs=0.5), levels=10**9)
    assert len(planned) == 1 + 3, "of four channels 4, 3 and 2 widths"


def test_where_tables_are_too_large_fewer_widths_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, scores = traced("chain")
    limits = shares(graph, macs=0.5)
    best = best_of_all(graph, scores, limits)
    monkeypatch.setattr(allocation, "MOST", 16)
    kept = prune(graph, scores, PruningConfig("ranp-f", budget=("macs", 0.5), min_neurons=1)).kept
    found = optimal_allocation(graph, scores, limits, [kept])
    assert 2 <= found.widths <= 6
    assert not found.all_widths
    assert importance_kept(graph, scores, kept) - 1e-9 <= found.importance <= best + 1e-9
    assert found.importance == pytest.approx(importance_kept(graph, scores, found.kept))


def test_a_search_that_ends_early_says_how_far_it_may_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "NODES", 0)
    gaps = []
    for seed in range(4):
        graph, scores = traced("tied", seed)
        limits = shares(graph, macs=0.35, memory=0.5)
        found, best = optimal_allocation(graph, scores, limits), best_of_all(graph, scores, limits)
        assert not found.proven
        assert found.importance <= best + 1e-9
        assert best <= found.bound + 1e-9
        assert found.gap == found.bound - found.importance
        gaps.append(found.gap)
    assert max(gaps) > 1e-3


class Partly(nn.Module):
    """Half of the first layer always stays: the network returns what it makes of that half alone."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.out = nn.Conv3d(2, 6, 1), nn.Conv3d(3, 2, 1), nn.Conv3d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        found = self.a(x)
        return torch.cat([self.out(found), self.b(found[:, :3])], 1)


def test_a_plan_beside_may_keep_nothing_of_a_class() -> None:
    graph = trace(Partly(), (torch.empty(1, 2, 1, 1, 1),))
    scores = {name: torch.ones(layer.neurons) for name, layer in graph.layers.items()}
    kept = {"a": torch.arange(6) < 3, "b": torch.ones(2, dtype=torch.bool), "out": torch.ones(2, dtype=torch.bool)}
    limit = float(graph.cost(kept).macs)
    found = optimal_allocation(graph, scores, {"macs": limit}, [kept])
    assert (int(found.kept["a"].sum()), found.importance) == (3, 0)
    with pytest.raises(ValueError, match=f"at least {limit:.0f}, what the narrowest network that is tried takes"):
        optimal_allocation(graph, scores, {"macs": limit - 1}, [kept])
    with pytest.raises(ValueError, match="what the narrowest network that is tried takes"):
        optimal_allocation(graph, scores, {"macs": limit})


def test_a_plan_beside_that_empties_a_layer_does_not_empty_it() -> None:
    graph, scores = traced("chain")
    kept = {name: torch.arange(layer.neurons) < (0 if name == "b" else 2) for name, layer in graph.layers.items()}
    found = optimal_allocation(graph, scores, shares(graph, macs=0.4), [kept])
    assert all(mask.any() for mask in found.kept.values())
