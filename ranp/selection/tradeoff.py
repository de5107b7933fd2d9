"""The trade-off between MACs and memory: where every alpha and lambda of RANP lands at one sparsity.

As many neurons go at every point; which ones decides what the rest costs. Alpha = 1 is RANP-f, alpha = 0 RANP-m, and
lambda = 0 is weighted pruning whatever alpha is (`ranp.selection.reweighting`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ranp.graph import ChannelGraph
from ranp.pareto import unbeaten
from ranp.selection.config import PruningConfig
from ranp.selection.limits import resolved_lifetimes
from ranp.selection.ranking import ranked_scores
from ranp.types import Scores


@dataclass(frozen=True)
class TradeoffPoint:
    """What one alpha and lambda leave: MACs and activations (elements), of one input; whether it can be built."""

    alpha: float
    lam: float
    macs: int
    activations: int
    feasible: bool


def tradeoff(
    graph: ChannelGraph,
    scores: Scores,
    config: PruningConfig,
    alphas: Sequence[float],
    lams: Sequence[float],
) -> list[TradeoffPoint]:
    """The costs of ``config`` at its sparsity under every pair of ``alphas`` and ``lams``; its method is not looked at.

    Points come by lambda, then alpha. Point for point the same as `ranp.plan.prune` with the method ``blend``. Raises
    ``ValueError`` as that does, and for a config with a budget, at which no two points would remove as many neurons.

    >>> from torch import empty, nn, tensor
    >>> from ranp.graph import trace
    >>> network = nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.Conv3d(4, 2, 1))
    >>> scores = {"0": tensor([1.0, 2.0, 3.0, 4.0]), "2": tensor([1.0, 2.0])}
    >>> graph = trace(network, (empty(1, 1, 4, 4, 4),))
    >>> [point.macs for point in tradeoff(graph, scores, PruningConfig(sparsity=0.5), [0.0, 1.0], [11.0])]
    [464, 232]
    """
    if config.sparsity is None:
        raise ValueError("a trade-off is at one sparsity; give a config with a sparsity instead of a budget")
    costs = config.layer_costs if config.time_share > 0 else ()
    found = []
    for lam in lams:
        for alpha in alphas:
            one = replace(config, method="blend", alpha=alpha, lam=lam, layer_costs=costs)
            lives = resolved_lifetimes(graph, ranked_scores(graph, scores, one), [config.sparsity], one)
            kept = {name: life > 0 for name, life in lives.items()}
            cost = graph.cost(kept)
            found.append(TradeoffPoint(alpha, lam, cost.macs, cost.activations, not graph.empty_layers(kept)))
    return found


def pareto_front(points: Sequence[TradeoffPoint]) -> list[TradeoffPoint]:
    """The feasible points that no other beats in MACs and activations at once, by ascending MACs, one a place.

    >>> points = [TradeoffPoint(0, 1, 5, 1, True), TradeoffPoint(1, 1, 1, 5, True), TradeoffPoint(1, 2, 5, 5, True)]
    >>> [(point.macs, point.activations) for point in pareto_front(points)]
    [(1, 5), (5, 1)]
    """
    places = {(point.macs, point.activations): point for point in reversed(points) if point.feasible}
    ordered = sorted(places)
    return [places[place] for place, best in zip(ordered, unbeaten(ordered), strict=True) if best]
