"""Every alpha and lambda at one sparsity, point by point against `prune`, and the front against its definition."""

import pytest
import torch
from torch import nn

from ranp.graph import ChannelGraph, trace
from ranp.plan import prune
from ranp.selection import PruningConfig, pareto_front, tradeoff
from ranp.selection.tradeoff import TradeoffPoint
from ranp.types import Scores


@pytest.fixture(scope="module")
def traced() -> tuple[ChannelGraph, Scores]:
    network = nn.Sequential(
        nn.Conv3d(1, 12, 3, padding=1), nn.MaxPool3d(2), nn.Conv3d(12, 24, 3, padding=1), nn.Conv3d(24, 3, 1)
    )
    graph = trace(network, (torch.empty(1, 1, 8, 8, 8),))
    draw = torch.Generator().manual_seed(1)
    return graph, {name: torch.rand(layer.neurons, generator=draw) for name, layer in graph.layers.items()}


def test_every_point_is_the_plan_of_its_alpha_and_lambda(traced: tuple[ChannelGraph, Scores]) -> None:
    graph, scores = traced
    config = PruningConfig(method="vanilla", sparsity=0.6, min_neurons=1)
    found = tradeoff(graph, scores, config, [0.0, 0.3, 1.0], [0.0, 11.0, 150.0])
    assert [(point.lam, point.alpha) for point in found[:4]] == [(0.0, 0.0), (0.0, 0.3), (0.0, 1.0), (11.0, 0.0)]
    for point in found:
        one = PruningConfig(method="blend", sparsity=0.6, alpha=point.alpha, lam=point.lam, min_neurons=1)
        plan = prune(graph, scores, one)
        assert (point.macs, point.activations) == (plan.pruned.macs, plan.pruned.activations)
        assert point.feasible == plan.feasible
    ends = {alpha: [point for point in found if point.alpha == alpha and point.lam == 150] for alpha in (0.0, 1.0)}
    assert ends[0.0][0].activations < ends[1.0][0].activations  # memory weighs on the first


def test_the_front_is_what_no_feasible_point_beats(traced: tuple[ChannelGraph, Scores]) -> None:
    graph, scores = traced
    points = tradeoff(graph, scores, PruningConfig(sparsity=0.6), [0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 5.0, 50.0, 150.0])

    def beaten(one: TradeoffPoint) -> bool:
        costs = (one.macs, one.activations)
        others = [(other.macs, other.activations) for other in points if other.feasible]
        return any(a <= costs[0] and b <= costs[1] and (a, b) != costs for a, b in others)

    expected = sorted({(one.macs, one.activations) for one in points if one.feasible and not beaten(one)})
    assert [(one.macs, one.activations) for one in pareto_front(points)] == expected


def test_a_point_that_cannot_be_built_is_on_no_front() -> None:
    assert pareto_front([TradeoffPoint(1, 1, 1, 1, False), TradeoffPoint(1, 2, 5, 5, True)])[0].lam == 2


def test_a_budget_is_refused(traced: tuple[ChannelGraph, Scores]) -> None:
    with pytest.raises(ValueError, match="at one sparsity"):
        tradeoff(*traced, PruningConfig(budget=("macs", 0.5)), [1.0], [11.0])
