"""A rule of ties of one's own: as the library's where it says the same, the same along whole grids, and checked."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from ranp.graph import ChannelGraph, trace
from ranp.plan import load_plan, plan_from_masks, prune
from ranp.selection import PruningConfig, plan_curve
from ranp.types import Scores


class Sum(nn.Module):
    """Three layers of eight neurons are added, and one of them is alone beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = (nn.Conv3d(2, 8, 1) for _ in range(3))
        self.free, self.head = nn.Conv3d(8, 6, 1), nn.Conv3d(6, 2, 1)

    def forward(self, volume: Tensor) -> Tensor:
        return self.head(torch.relu(self.free(torch.relu(self.a(volume) + self.b(volume) + self.c(volume)))))


GRAPH: ChannelGraph = trace(Sum(), torch.empty(1, 2, 3, 3, 3))


def scores_of(seed: int = 0) -> Scores:
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(layer.neurons, generator=generator) for name, layer in GRAPH.layers.items()}


def majority(votes: Tensor, layers: tuple[str, ...]) -> Tensor:
    return 2 * votes.sum(dim=1) > votes.shape[1]


def first_decides(votes: Tensor, layers: tuple[str, ...]) -> Tensor:
    return votes[:, layers.index("a")]


def some(votes: Tensor, _: tuple[str, ...]) -> Tensor:
    return votes.any(dim=1)


def every(votes: Tensor, _: tuple[str, ...]) -> Tensor:
    return votes.all(dim=1)


@pytest.mark.parametrize(("rule", "name"), [(some, "any"), (every, "all")])
@pytest.mark.parametrize("sparsity", [0.2, 0.5, 0.7])
def test_rules_that_say_the_same_keep_the_same(rule: Any, name: str, sparsity: float) -> None:
    ours, own = (prune(GRAPH, scores_of(), PruningConfig("vanilla", sparsity, coupling=each)) for each in (name, rule))
    assert all(torch.equal(ours.kept[layer], own.kept[layer]) for layer in GRAPH.layers)
    assert ours.pruned == own.pruned


def test_the_majority_decides() -> None:
    masks = {name: torch.zeros(8, dtype=torch.bool) for name in "abc"}
    for name, kept in (("a", [0, 1, 2]), ("b", [1, 2, 3]), ("c", [2, 3, 4])):
        masks[name][kept] = True
    kept = GRAPH.resolve(masks, majority)
    assert all(kept[name].nonzero().flatten().tolist() == [1, 2, 3] for name in "abc")
    assert plan_from_masks(GRAPH, masks, majority).kept_counts["a"] == 3
    assert torch.equal(GRAPH.resolve(masks, first_decides)["c"], masks["a"])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 99), low=st.floats(0, 0.9), rule=st.sampled_from([majority, first_decides]))
def test_a_curve_says_what_single_plans_do(seed: int, low: float, rule: Any) -> None:
    scores = {name: (score * 4).round() for name, score in scores_of(seed).items()}
    grid = [low / 3, low / 2, low]
    curve = plan_curve(GRAPH, scores, PruningConfig("vanilla", coupling=rule), grid)
    plans = [prune(GRAPH, scores, PruningConfig("vanilla", point, coupling=rule)) for point in grid]
    assert curve.kept.tolist() == [list(plan.kept_counts.values()) for plan in plans]


def test_budgets_are_met() -> None:
    plan = prune(GRAPH, scores_of(), PruningConfig("ranp-f", budget=("macs", 0.6), coupling=majority, min_neurons=1))
    assert plan.pruned.macs <= 0.6 * plan.full.macs
    assert np.unique([plan.kept_counts[name] for name in "abc"]).size == 1


def test_the_plan_records_its_name_and_still_applies(tmp_path: Any) -> None:
    network = Sum()
    prune(GRAPH, scores_of(), PruningConfig("vanilla", 0.4, coupling=majority)).save(tmp_path / "plan")
    plan = load_plan(tmp_path / "plan")
    assert plan.config.coupling == f"{__name__}:majority"
    assert plan.apply(network).a.out_channels == plan.kept_counts["a"]
    with pytest.raises(ValueError, match=r"the coupling '.*:majority' is code of somebody's own, .* pass the function"):
        prune(GRAPH, scores_of(), plan.config)


def gets_worse(votes: Tensor, _: tuple[str, ...]) -> Tensor:
    count = votes.sum(dim=1)
    return (count == votes.shape[1]) | (count == 1)


def broken(votes: Tensor, _: tuple[str, ...]) -> Tensor:
    raise RuntimeError("no\nquorum")


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        (lambda votes, _: votes.sum(dim=1), r"must return one bool for each of the 8 tied channels, .* torch.int64"),
        (lambda votes, _: votes, r"must return one bool for each of the 8 tied channels, .* not \[8, 3\]"),
        (lambda votes, _: True, "must return one bool for each of the 8 tied channels, .* not bool"),
        (lambda votes, _: ~votes.any(dim=1), r"drops a channel all of whose neurons are kept \(of 'a', 'b', 'c'\)"),
        (lambda votes, _: ~votes.any(dim=1) | votes.all(dim=1), "keeps a channel none of whose neurons is"),
        (gets_worse, "drops a channel of 'a', 'b', 'c' and takes it back when fewer of its neurons are kept"),
        (broken, r"the coupling '.*:broken' failed with RuntimeError: no$"),
        ("none", "coupling must be one of any, paper, all, not 'none'"),
        (3, "coupling must be one of any, paper, all, not 3"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(rule: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        prune(GRAPH, scores_of(), PruningConfig("vanilla", 0.5, coupling=rule))
    assert "\n" not in str(caught.value)
