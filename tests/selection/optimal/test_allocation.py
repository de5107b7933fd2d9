"""The optimal allocation against every choice of widths there is, on networks small enough to try them all."""

from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from ranp.graph import ChannelGraph, trace
from ranp.plan import prune
from ranp.selection import Optimum, PruningConfig, importance_kept, optimal_allocation, reweight
from ranp.selection.optimal.classes import classes_of
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
