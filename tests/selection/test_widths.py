"""Widths by hand and channels in steps: exact counts, ties, budgets, and the same plan however it is asked for."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from ranp.graph import ChannelGraph, trace
from ranp.plan import Plan, prune
from ranp.selection import PruningConfig, plan_curve
from ranp.types import Scores

VOLUME = torch.empty(1, 2, 4, 4, 4)


class Tied(nn.Module):
    """``a`` and ``b`` are added, and so are ``wide`` and the two of them beside ``c``; ``free`` is tied to nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv3d(2, 12, 1), nn.Conv3d(2, 12, 1)
        self.c, self.wide = nn.Conv3d(2, 10, 1), nn.Conv3d(2, 22, 1)
        self.free, self.head = nn.Conv3d(22, 20, 1), nn.Conv3d(20, 3, 1)

    def forward(self, volume: Tensor) -> Tensor:
        tied = torch.relu(self.a(volume) + self.b(volume))
        both = torch.cat([tied, torch.relu(self.c(volume))], dim=1)
        return self.head(torch.relu(self.free(torch.relu(both + self.wide(volume)))))


def grouped() -> nn.Module:
    """The 16 neurons of the first layer stay or go in fours."""
    return nn.Sequential(nn.Conv3d(2, 16, 1), nn.GroupNorm(4, 16), nn.ReLU(), nn.Conv3d(16, 3, 1))


@pytest.fixture(scope="module")
def graph() -> ChannelGraph:
    return trace(Tied(), VOLUME)


def scores_of(graph: ChannelGraph, seed: int = 0) -> Scores:
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(layer.neurons, generator=generator) for name, layer in graph.layers.items()}


def best(scores: Tensor, count: int) -> set[int]:
    return set(scores.argsort(descending=True)[:count].tolist())


def test_a_layer_keeps_its_best_whatever_the_sparsity(graph: ChannelGraph) -> None:
    scores = scores_of(graph)
    for sparsity in (0.0, 0.4, 0.9):
        plan = prune(graph, scores, PruningConfig("vanilla", sparsity, widths=(("free", 7),)))
        assert set(plan.kept["free"].nonzero().flatten().tolist()) == best(scores["free"], 7)
    without, others = (
        prune(graph, scores, PruningConfig("vanilla", 0.4)),
        prune(graph, scores, PruningConfig("vanilla", 0.4, widths=(("free", 7),))),
    )
    assert all(torch.equal(without.kept[name], others.kept[name]) for name in graph.layers if name != "free")


@pytest.mark.parametrize(("coupling", "decides"), [("any", torch.maximum), ("all", torch.minimum)])
def test_tied_layers_keep_the_same_by_the_rule_of_ties(graph: ChannelGraph, coupling: str, decides: object) -> None:
    scores = scores_of(graph)
    plan = prune(graph, scores, PruningConfig("vanilla", 0.5, coupling=coupling, widths=(("a", 5),)))
    assert torch.equal(plan.kept["a"], plan.kept["b"])
    assert torch.equal(plan.kept["wide"][:12], plan.kept["a"])
    assert plan.kept_counts["a"] == 5
    pair = decides(decides(scores["a"], scores["b"]), scores["wide"][:12])  # type: ignore[operator]
    assert set(plan.kept["a"].nonzero().flatten().tolist()) == best(pair, 5)


def test_the_smaller_layer_of_two_decides_first(graph: ChannelGraph) -> None:
    plan = prune(graph, scores_of(graph), PruningConfig("vanilla", 0.5, widths=(("wide", 9), ("a", 4))))
    assert (plan.kept_counts["wide"], plan.kept_counts["a"], plan.kept_counts["c"]) == (9, 4, 5)


def test_the_shrunk_network_has_the_widths(graph: ChannelGraph) -> None:
    plan = prune(graph, scores_of(graph), PruningConfig("vanilla", 0.5, widths=(("free", 7), ("a", 4)), multiple=4))
    smaller = plan.apply(Tied())
    assert (smaller.free.out_channels, smaller.a.out_channels, smaller.b.out_channels) == (7, 4, 4)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"widths": (("a", 5), ("b", 6))}, r"the widths of 'a' \(5\) and 'b' \(6\) contradict each other"),
        ({"widths": (("a", 5), ("wide", 4))}, r"the widths of 'a' \(5\) and 'wide' \(4\) contradict each other"),
        ({"widths": (("a", 5), ("wide", 16))}, r"the widths of 'a' \(5\) and 'wide' \(16\) contradict each other"),
        ({"widths": (("free", 21),)}, "layer 'free' cannot keep 21 neurons, it has 20; give a smaller width"),
        ({"widths": (("fre", 2),)}, "cannot set the width of layer 'fre', .* did you mean 'free'"),
        ({"widths": (("head", 2),)}, "layer 'head' cannot keep 2 neurons: it makes the network's output"),
        ({"widths": (("a", 2),), "protect": ("b",)}, "layer 'a' cannot keep 2 neurons: 12 of its 12 stay in any case"),
        ({"widths": (("a", 2),), "caps": (("b", 0.5),)}, "the cap of layer 'b' keeps 6 of its neurons at least"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(graph: ChannelGraph, changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        prune(graph, scores_of(graph), PruningConfig("vanilla", 0.5, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"widths": (("a", 0),)}, "the width of layer 'a' must be a whole number of neurons of at least 1, not 0"),
        ({"widths": (("a", 2.5),)}, "must be a whole number of neurons of at least 1, not 2.5"),
        ({"widths": (("a", True),)}, "must be a whole number of neurons of at least 1, not True"),
        ({"widths": (("a", 2), ("a", 3))}, "widths must name each layer once"),
        ({"widths": {"a": 2}}, "widths must be pairs of a layer and a number of neurons"),
        ({"widths": (("a", 2),), "caps": (("a", 0.5),)}, "layer 'a' has a width .2. and is in caps, too"),
        ({"widths": (("a", 2),), "protect": ("a",)}, "layer 'a' has a width .2. and is in protect, too"),
        ({"widths": (("a", 2),), "equal_widths": (("c", "free"),)}, "equal_widths do not go with widths or multiple"),
        ({"multiple": 2, "equal_widths": (("c", "free"),)}, "equal_widths do not go with widths or multiple"),
        ({"multiple": 0}, "multiple must be a whole number of at least 1, not 0"),
        ({"multiple": 2.0}, "multiple must be a whole number of at least 1, not 2.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        PruningConfig(**changes)  # type: ignore[arg-type]


def test_neurons_that_go_in_groups() -> None:
    graph = trace(grouped(), VOLUME)
    plan = prune(graph, scores_of(graph), PruningConfig("vanilla", 0.5, widths=(("0", 8),)))
    assert plan.kept_counts["0"] == 8
    with pytest.raises(
        ValueError, match="cannot keep 6 neurons: they stay or go in groups; the next smaller width is 4"
    ):
        prune(graph, scores_of(graph), PruningConfig("vanilla", 0.5, widths=(("0", 6),)))


@pytest.mark.parametrize("multiple", [2, 4, 8, 64])
@pytest.mark.parametrize("sparsity", [0.1, 0.5, 0.8])
def test_counts_are_rounded_up_to_a_multiple(graph: ChannelGraph, multiple: int, sparsity: float) -> None:
    scores = scores_of(graph)
    plain = prune(graph, scores, PruningConfig("ranp-f", sparsity))
    plan = prune(graph, scores, PruningConfig("ranp-f", sparsity, multiple=multiple))
    for layer in plan.layers:
        assert layer.kept % multiple == 0 or layer.kept in (0, layer.neurons)
        assert bool((plan.kept[layer.name] | ~plain.kept[layer.name]).all()), "nothing goes that stayed"
    untied = plain.kept_counts["free"]
    assert plan.kept_counts["free"] == min(-(-untied // multiple) * multiple, 20)


def test_a_layer_gets_back_those_that_would_have_gone_last(graph: ChannelGraph) -> None:
    scores = scores_of(graph)
    plan = prune(graph, scores, PruningConfig("vanilla", 0.5, multiple=4))
    kept = plan.kept_counts["free"]
    assert set(plan.kept["free"].nonzero().flatten().tolist()) == best(scores["free"], kept)


@pytest.mark.parametrize("kind", ["macs", "memory", "params"])
@pytest.mark.parametrize("share", [0.5, 0.75])
def test_a_budget_is_met_by_the_rounded_network(graph: ChannelGraph, kind: str, share: float) -> None:
    """And the next lower sparsity at which anything changes does not meet it."""
    scores, cost = scores_of(graph), {"memory": "activations"}.get(kind, kind)
    config = PruningConfig("vanilla", budget=(kind, share), multiple=4)
    plan = prune(graph, scores, config)

    def left(one: Plan) -> float:
        return float(getattr(one.pruned, cost) / getattr(one.full, cost))

    assert left(plan) <= share
    grid = np.linspace(0, plan.requested_sparsity, 200, endpoint=False)
    before = prune(graph, scores, PruningConfig("vanilla", float(grid[-1]), multiple=4))
    assert plan.requested_sparsity == 0 or left(before) > share


def test_a_budget_that_steps_cannot_meet_is_said_with_the_least(graph: ChannelGraph) -> None:
    with pytest.raises(ValueError, match=r"a budget of macs=0.01 cannot be met .*; the least is macs="):
        prune(graph, scores_of(graph), PruningConfig("ranp-f", budget=("macs", 0.01), multiple=8))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 99),
    multiple=st.integers(1, 9),
    coupling=st.sampled_from(["any", "paper", "all"]),
    method=st.sampled_from(["vanilla", "ranp-f", "layerwise"]),
    plateau=st.sampled_from(["cut", "keep"]),
    width=st.integers(1, 12),
    low=st.floats(0, 0.98),
)
def test_a_curve_says_what_single_plans_do(
    seed: int, multiple: int, coupling: str, method: str, plateau: str, width: int, low: float
) -> None:
    graph = GRAPH
    scores = {name: (score * 8).round() for name, score in scores_of(graph, seed).items()}
    grid = [low / 2, low]
    changes = {"multiple": multiple, "coupling": coupling, "plateau": plateau, "widths": (("a", width),)}
    curve = plan_curve(graph, scores, PruningConfig(method, **changes), grid)  # type: ignore[arg-type]
    plans = [prune(graph, scores, PruningConfig(method, point, **changes)) for point in grid]  # type: ignore[arg-type]
    assert curve.kept.tolist() == [list(plan.kept_counts.values()) for plan in plans]
    assert curve.macs.tolist() == [plan.pruned.macs for plan in plans]
    assert all(bool((plans[0].kept[name] | ~plans[1].kept[name]).all()) for name in graph.layers), "nested"
    assert plans[0].kept_counts["a"] == plans[1].kept_counts["b"] == width


GRAPH = trace(Tied(), VOLUME)
