"""Controls: one factor for every layer, layer-wise rounded up, and the same widths with other neurons."""

import math

import numpy as np
import pytest
import torch

from ranp.graph import ChannelGraph, trace
from ranp.models import build, example_inputs
from ranp.plan import Plan, prune
from ranp.plan.shrink import shrink
from ranp.selection import PruningConfig, plan_curve
from tests.selection.test_widths import VOLUME, Tied, best, grouped, scores_of


@pytest.fixture(scope="module")
def graph() -> ChannelGraph:
    return trace(Tied(), VOLUME)


def thin(graph: ChannelGraph, sparsity: float, **settings: object) -> Plan:
    return prune(graph, None, PruningConfig("random", sparsity, allocation="thin", **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("sparsity", [0.0, 0.1, 0.5, 0.75, 0.9, 0.99])
def test_thin_gives_every_layer_one_factor_rounded_up(graph: ChannelGraph, sparsity: float) -> None:
    kept = thin(graph, sparsity).kept_counts
    twelve, ten, twenty = (math.ceil(round(n * (1 - sparsity), 6)) for n in (12, 10, 20))
    assert kept == {"a": twelve, "b": twelve, "c": ten, "wide": twelve + ten, "free": twenty, "head": 3}


def test_thin_never_empties_a_layer_and_respects_ties_protection_and_caps(graph: ChannelGraph) -> None:
    plan = thin(graph, 0.99, protect=("c",), caps=(("free", 0.5),), min_neurons=2)
    assert plan.feasible
    assert plan.first_empty_layer is None
    assert plan.kept_counts == {"a": 2, "b": 2, "c": 10, "wide": 12, "free": 10, "head": 3}
    assert torch.equal(plan.kept["a"], plan.kept["wide"][:12])
    tied = trace(grouped(), VOLUME)
    assert thin(tied, 0.6).kept_counts["0"] == 8  # two of four groups


def test_thin_keeps_the_best_where_neurons_are_scored(graph: ChannelGraph) -> None:
    scores = scores_of(graph)
    plan = prune(graph, scores, PruningConfig("vanilla", 0.7, allocation="thin"))
    assert set(plan.kept["free"].nonzero().flatten().tolist()) == best(scores["free"], 6)


@pytest.mark.parametrize("allocation", ["thin", "uniform-up"])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.26, 0.5])
def test_a_budget_is_met_by_the_smallest_sparsity(graph: ChannelGraph, allocation: str, share: float) -> None:
    config = PruningConfig("vanilla", budget=("macs", share), allocation=allocation)
    plan = prune(graph, scores_of(graph), config)
    assert plan.pruned.macs <= share * plan.full.macs
    before = PruningConfig("vanilla", max(plan.requested_sparsity - 2e-9, 0.0), allocation=allocation)
    assert prune(graph, scores_of(graph), before).pruned.macs > share * plan.full.macs


@pytest.mark.parametrize("allocation", ["thin", "uniform-up"])
def test_a_curve_is_made_of_the_same_plans(graph: ChannelGraph, allocation: str) -> None:
    config = PruningConfig("vanilla", allocation=allocation)
    grid = [0.0, 0.3, 0.5, 0.55, 0.8, 0.95]
    curve = plan_curve(graph, scores_of(graph), config, grid)
    for place, sparsity in enumerate(grid):
        plan = prune(graph, scores_of(graph), PruningConfig("vanilla", sparsity, allocation=allocation))
        assert plan.pruned.macs == curve.macs[place]
        assert list(plan.kept_counts.values()) == curve.kept[place].tolist()


@pytest.mark.parametrize("sparsity", [0.05, 0.5, 0.7, 0.8, 0.9, 0.95])
def test_layer_wise_as_in_the_original_code_rounds_up(sparsity: float) -> None:
    """``int(math.ceil(n * (1 - sparsity)))`` of every layer but the last, in the code's "Layer-wise neuron pruning"."""
    network = trace(torch.nn.Sequential(*(torch.nn.Conv3d(a, b, 1) for a, b in ((2, 7), (7, 16), (16, 3)))), VOLUME)
    plan = prune(network, scores_of(network), PruningConfig("layerwise", sparsity, allocation="uniform-up"))
    assert plan.kept_counts == {
        "0": math.ceil(round(7 * (1 - sparsity), 6)), "1": math.ceil(round(16 * (1 - sparsity), 6)), "2": 3
    }  # fmt: skip
    down = prune(network, scores_of(network), PruningConfig("layerwise", sparsity))
    assert down.kept_counts["1"] == int(16 * (1 - sparsity))


@pytest.mark.parametrize("pick", ["worst", "shuffled"])
@pytest.mark.parametrize("coupling", ["any", "all", "paper"])
def test_other_neurons_cost_exactly_the_same(graph: ChannelGraph, pick: str, coupling: str) -> None:
    config = {"coupling": coupling, "protect": ("c",)}
    usual = prune(graph, scores_of(graph), PruningConfig("vanilla", 0.4, **config))  # type: ignore[arg-type]
    other = prune(graph, scores_of(graph), PruningConfig("vanilla", 0.4, pick=pick, **config))  # type: ignore[arg-type]
    assert other.kept_counts == usual.kept_counts
    assert other.pruned == usual.pruned
    assert any(not torch.equal(other.kept[name], usual.kept[name]) for name in graph.layers)
    assert bool(other.kept["c"].all())
    assert torch.equal(other.kept["a"], other.kept["wide"][:12])


def test_the_worst_are_the_lowest_scores_and_shuffled_follows_the_seed(graph: ChannelGraph) -> None:
    scores = scores_of(graph)
    worst = prune(graph, scores, PruningConfig("vanilla", 0.4, pick="worst"))
    lowest = scores["free"].argsort()[: worst.kept_counts["free"]]
    assert set(worst.kept["free"].nonzero().flatten().tolist()) == set(lowest.tolist())
    shuffled = [prune(graph, scores, PruningConfig("vanilla", 0.4, pick="shuffled", seed=seed)) for seed in (1, 1, 2)]
    assert torch.equal(shuffled[0].kept["free"], shuffled[1].kept["free"])
    assert not torch.equal(shuffled[0].kept["free"], shuffled[2].kept["free"])


def test_with_new_weights_only_the_counts_matter() -> None:
    """The networks are equal bit for bit, so every later step of a training is, too."""
    model = build("unet3d", "classroom", seed=0, base_channels=4)
    network = trace(model, example_inputs("unet3d", "classroom"))
    states = [
        shrink(model, network, prune(network, scores_of(network), config).kept, "xavier", 500).state_dict()
        for config in (PruningConfig("ranp-f", 0.3, pick=pick) for pick in ("best", "worst"))
    ]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_units_of_a_kind_are_in_the_same_layers_and_sums(graph: ChannelGraph) -> None:
    kinds = [set(graph.unit_kinds[units].tolist()) for units in graph.layer_units.values()]
    assert [len(each) for each in kinds] == [1, 1, 1, 2, 1, 1]
    full = graph.cost().macs
    for kind in np.unique(graph.unit_kinds[1:]).tolist():
        units = 1 + np.flatnonzero(graph.unit_kinds[1:] == kind)
        masks = [{name: torch.from_numpy(of != unit) for name, of in graph.layer_units.items()} for unit in units]
        assert len({full - graph.cost(mask).macs for mask in masks}) == 1
