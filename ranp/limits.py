"""How far a network can be pruned: where its first layer empties, and which sparsity meets a budget.

Masks are nested in sparsity, so kept sets only shrink and costs only fall along it. A selection changes at finitely
many sparsities; over those, each neuron's lifetime is one number, and both questions are searches. Everything is judged
on the resolved (coupled) kept sets, the ones that would be built.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

from ranp.config import BUDGETS, METHODS, PruningConfig
from ranp.graph import ChannelGraph
from ranp.ranking import kept_whole, least_kept
from ranp.selection import distinct_sparsities, lifetimes
from ranp.types import Lifetimes, Masks, Scores

_JUST_PAST = 1e-9
"""More than the rounding error of a sparsity, less than one neuron of any network."""


class Limits:
    """The whole range of sparsities of one ranking of a graph's neurons.

    Attributes:
        sparsities: every sparsity at which the kept neurons can change, ascending; each is the largest that keeps as
            many neurons as it does.
        max_feasible_sparsity: the largest at which every layer has a neuron left.
        first_empty_layer: the layer that empties beyond it; ``None`` where none ever does.
    """

    def __init__(self, graph: ChannelGraph, ranked: Scores, config: PruningConfig) -> None:
        layerwise = METHODS[config.method].layerwise
        self.sparsities = [*distinct_sparsities(ranked, layerwise), math.nextafter(1, 0)]
        self._graph = graph
        self._lifetimes = resolved_lifetimes(graph, ranked, self.sparsities, config)
        ends = {name: int(lives.max()) for name, lives in self._lifetimes.items()}
        first = min(ends, key=lambda name: ends[name])
        empties = ends[first] < len(self.sparsities)
        self.first_empty_layer = first if empties else None
        self.max_feasible_sparsity = self.sparsities[max(ends[first] - 1, 0)]

    def sparsity_for(self, budget: tuple[str, float]) -> float:
        """The smallest sparsity at which the network costs at most that fraction of the full one.

        Raises ``ValueError`` where it takes more than the largest feasible sparsity, naming the least that can be had.
        """
        kind, fraction = budget
        allowed = fraction * self._cost(None, kind)
        index = bisect_left(range(len(self.sparsities)), True, key=lambda point: self._cost(point, kind) <= allowed)
        feasible = self.sparsities.index(self.max_feasible_sparsity)
        if index > feasible:
            least = self._cost(feasible, kind) / self._cost(None, kind)
            emptied = f"without emptying '{self.first_empty_layer}'" if self.first_empty_layer else "at any sparsity"
            raise ValueError(
                f"a budget of {kind}={fraction:g} cannot be met {emptied}; the least is {kind}={_rounded_up(least)} "
                f"at sparsity {self.max_feasible_sparsity:.4f}"
            )
        # A point is the largest sparsity with its masks; the smallest lies just past the point before.
        return self.sparsities[index - 1] + _JUST_PAST if index else 0.0

    def _cost(self, point: int | None, kind: str) -> int:
        kept: Masks | None = None
        if point is not None:
            kept = {name: lives > point for name, lives in self._lifetimes.items()}
        return int(getattr(self._graph.cost(kept), BUDGETS[kind]))


def resolved_lifetimes(
    graph: ChannelGraph, ranked: Scores, sparsities: Sequence[float], config: PruningConfig
) -> Lifetimes:
    """At how many points of an ascending grid of sparsities each neuron is kept, ties between layers respected."""
    keep = kept_whole(graph, config.protect, config.coupling)
    layerwise = METHODS[config.method].layerwise
    floors = least_kept(graph, config.caps)
    selected = lifetimes(ranked, sparsities, keep, config.min_neurons, layerwise, floors)
    return graph.resolve_lifetimes(selected, len(sparsities), config.coupling)


def _rounded_up(fraction: float) -> str:
    """Four decimals, upwards: a budget of the number that is printed can be met."""
    return f"{math.ceil(fraction * 10_000) / 10_000:.4f}"
