"""Allocations of others, against their formulas on networks whose shapes are counted by hand."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ranp.graph import ChannelGraph, trace
from ranp.plan import load_plan, prune
from ranp.selection import PruningConfig, ranked_scores
from tests.selection.test_widths import VOLUME, Tied, scores_of


def chain() -> ChannelGraph:
    """2 -> 4 -> 8 -> 3 channels, kernels of 3, 1 and 1."""
    network = nn.Sequential(nn.Conv3d(2, 4, 3, padding=1), nn.Conv3d(4, 8, 1), nn.Conv3d(8, 3, 1))
    return trace(network, VOLUME)


def test_sensitivity_per_mac_divides_by_what_the_removal_saves() -> None:
    graph, voxels = chain(), 4**3
    scores = {"0": torch.full((4,), 6.0), "1": torch.full((8,), 6.0), "2": torch.ones(3)}
    found = ranked_scores(graph, scores, PruningConfig("vanilla", allocation="3sp"))
    first, second = voxels * (2 * 27 + 8), voxels * (4 + 3)  # made by its inputs, read by the next layer
    assert found["0"].tolist() == pytest.approx([6 / first] * 4)
    assert found["1"].tolist() == pytest.approx([6 / second] * 8)


def test_what_is_tied_is_saved_together() -> None:
    graph = trace(Tied(), VOLUME)
    scores = {name: torch.ones(layer.neurons) for name, layer in graph.layers.items()}
    found = ranked_scores(graph, scores, PruningConfig("vanilla", allocation="3sp"))
    voxels = 4**3
    assert found["a"].tolist() == pytest.approx(
        [1 / (voxels * (3 * 2 + 20))] * 12
    )  # a, b and wide make it, free reads it
    assert torch.equal(found["a"], found["wide"][:12])
    assert found["wide"][12:].tolist() == pytest.approx([1 / (voxels * (2 * 2 + 20))] * 10)


@pytest.mark.parametrize("sparsity", [0.2, 0.5, 0.7])
def test_densities_follow_the_shapes_of_the_layers(sparsity: float) -> None:
    graph = chain()
    plan = prune(graph, scores_of(graph), PruningConfig("vanilla", sparsity, allocation="erk"))
    density = {"0": (4 + 2 + 9) / (4 * 2 * 27), "1": (8 + 4 + 3) / (8 * 4), "2": (3 + 8 + 3) / (3 * 8)}
    neurons, scale = {"0": 4, "1": 8, "2": 3}, 0.0
    while sum(min(n, math.floor(scale * density[name] * n + 1e-9)) for name, n in neurons.items()) < int(
        15 * (1 - sparsity)
    ):
        scale += 0.001
    expected = {name: min(n, math.floor(scale * density[name] * n + 1e-9)) for name, n in neurons.items()}
    assert {name: plan.kept_counts[name] for name in ("0", "1")} == {name: expected[name] for name in ("0", "1")}
    best = scores_of(graph)["1"].argsort(descending=True)[: plan.kept_counts["1"]]
    assert set(plan.kept["1"].nonzero().flatten().tolist()) == set(best.tolist())


@pytest.mark.parametrize(("tied", "of"), [("sum", sum), ("mean", lambda three: sum(three) / 3), ("max", max)])
def test_tied_neurons_have_one_score(tied: str, of: Any) -> None:
    graph = trace(Tied(), VOLUME)
    scores = scores_of(graph)
    found = ranked_scores(graph, scores, PruningConfig("vanilla", tied=tied))  # type: ignore[arg-type]
    for neuron in range(12):
        expected = of([float(scores[name][neuron]) for name in ("a", "b", "wide")])
        assert [float(found[name][neuron]) for name in ("a", "b", "wide")] == pytest.approx([expected] * 3)
    assert torch.equal(found["free"], scores["free"])
    assert torch.equal(found["head"], scores["head"])  # which always stays, and is tied to nothing


def test_by_votes_nothing_changes_and_a_plan_says_which(tmp_path: Path) -> None:
    graph, scores = trace(Tied(), VOLUME), scores_of(trace(Tied(), VOLUME))
    assert ranked_scores(graph, scores, PruningConfig("vanilla"))["a"] is scores["a"]
    prune(graph, scores, PruningConfig("vanilla", 0.4, tied="mean")).save(tmp_path / "plan")
    assert load_plan(tmp_path / "plan").config.tied == "mean"


def test_scores_relative_to_the_norm_of_their_layer() -> None:
    graph, scores = chain(), scores_of(chain())
    found = ranked_scores(graph, scores, PruningConfig("vanilla", allocation="normed"))
    for name, score in scores.items():
        assert torch.allclose(found[name], score / math.sqrt(sum(value**2 for value in score.tolist())))
