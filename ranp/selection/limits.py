"""How far a network can be pruned: where its first layer empties, and which sparsity meets a budget.

Masks are nested in sparsity, so kept sets only shrink and costs only fall along it. A selection changes at finitely
many sparsities; over those, each neuron's lifetime is one number, and both questions are searches. Everything is judged
on the resolved (coupled) kept sets, the ones that would be built.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.selection.advice import at_most
from ranp.selection.amounts import Limit, allowed, least_text, limit_text, limits_of
from ranp.selection.budgets import BUDGETS, Price, Pricers
from ranp.selection.config import PruningConfig
from ranp.selection.counts.by_hand import Fates, fates, fixed_layers, with_fates
from ranp.selection.counts.filling import filled
from ranp.selection.counts.line import distinct_sparsities
from ranp.selection.counts.snapping import snapped
from ranp.selection.counts.steps import in_steps, on_grid
from ranp.selection.counts.thinned import kind_sizes, thinned
from ranp.selection.counts.worth import unit_worth
from ranp.selection.equal_widths import equalised
from ranp.selection.ranking import kept_whole, least_kept, own_sparsities
from ranp.selection.select import check_grid, lifetimes
from ranp.selection.settings import NEVER_EMPTY
from ranp.types import Lifetimes, Masks, Scores

_JUST_PAST = 1e-9
"""More than the rounding error of a sparsity, less than one neuron of any network."""

_ONE_EACH = ", ".join(f"{name}={value}" for name, value in NEVER_EMPTY.items())

_PRICERS = {
    "peak": "ranp.resources.peak_pricer(network, graph, batch=2)",
    **dict.fromkeys(("time", "inference"), "ranp.timing.TimePrices(graph, work, table).pricer()"),
}


class Limits:
    """The whole range of sparsities of one ranking of a graph's neurons.

    Attributes:
        sparsities: every sparsity at which the kept neurons can change, ascending; each is the largest that keeps as
            many neurons as it does.
        max_feasible_sparsity: the largest at which every layer has a neuron left.
        first_empty_layer: the layer that empties beyond it; ``None`` where none ever does.
    """

    def __init__(self, graph: ChannelGraph, ranked: Scores, config: PruningConfig) -> None:
        self.sparsities = _every_sparsity(graph, ranked, config)
        self._graph, self._ranked, self._config = graph, ranked, config
        self._lifetimes = resolved_lifetimes(graph, ranked, self.sparsities, config)
        ends = {name: int(lives.max()) for name, lives in self._lifetimes.items()}
        first = min(ends, key=lambda name: ends[name])
        empties = ends[first] < len(self.sparsities)
        self.first_empty_layer = first if empties else None
        self.max_feasible_sparsity = self.sparsities[max(ends[first] - 1, 0)]

    def sparsity_for(self, budget: Limit | tuple[Limit, ...], pricers: Pricers | None = None) -> float:
        """The smallest sparsity at which the network takes no more than the budget, or than any of several, allows.

        ``pricers`` tell what the graph alone does not know: those of `ranp.selection.budgets.STEP_BUDGETS`. Raises
        ``ValueError`` where it takes more than the largest feasible sparsity, naming the least that can be had.
        """
        limits, pricers = limits_of(budget), pricers or {}
        met = {limit: self._met(limit, pricers) for limit in limits}
        feasible = self.sparsities.index(self.max_feasible_sparsity)
        within = np.flatnonzero(np.logical_and.reduce(list(met.values()))[: feasible + 1])
        if not len(within):
            unmet = [limit for limit in limits if not met[limit][: feasible + 1].any()] or limits
            prices = {limit: self._price(limit[0], pricers) for limit in unmet}
            raise ValueError(self._told(prices, feasible, self._is_met_by_never_emptying(limits, pricers)))
        index = int(within[0])
        # A point is the largest sparsity with its masks; the smallest lies just past the point before.
        return self.sparsities[index - 1] + _JUST_PAST if index else 0.0

    def filled(self, kept: Masks, budget: Limit | tuple[Limit, ...], pricers: Pricers | None = None) -> Masks:
        """``kept``, which meets the budget, with single tied channels given back as long as it does.

        Those come back first that would have gone last; what a width by hand removes stays away. Under several budgets
        the one that is nearest to its end counts.
        """
        prices = {limit: self._price(limit[0], pricers or {}) for limit in limits_of(budget)}
        most = {limit: allowed(limit, price(None)) for limit, price in prices.items()}
        lives, order = self._best_first()
        order = order[lives[order] > 0]  # what is kept at no sparsity is not wanted

        def share(units: NDArray[np.bool_]) -> float:
            masks = self._masks(units)
            return max(price(masks) / most[limit] for limit, price in prices.items())

        return self._masks(filled(self._graph.unit_kept(kept), order, self._graph.unit_kinds, share))

    def _best_first(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """At how many points each unit is kept, and all units, those first that go last: both ``(units,)``."""
        lives = self._graph.unit_lifetimes(self._lifetimes, len(self.sparsities))
        worth = unit_worth(self._graph, self._ranked, self._config.coupling)
        return lives, np.lexsort((np.arange(len(lives)), -worth, -lives))

    def _masks(self, units: NDArray[np.bool_]) -> Masks:
        return {name: torch.from_numpy(units[of]) for name, of in self._graph.layer_units.items()}

    def snapped(self, kept: Masks, pricers: Pricers | None = None) -> Masks:
        """What this ranking keeps at some sparsity, with counts moved as the settings say, within their budgets.

        ``kept`` itself where they say nothing, and where a layer is empty. Raises ``ValueError`` without a pricer of
        ``time`` that prices whole curves.
        """
        if not self._config.snaps:
            return kept
        curve = None if pricers is None or "time" not in pricers else pricers["time"].curve
        if pricers is None or curve is None:
            raise ValueError(
                "snap needs to know the seconds of other widths; pass pricers={'time': ...}, for instance of "
                f"{_PRICERS['time']}"
            )
        if self._graph.empty_layers(kept):
            return kept
        lives, order = self._best_first()
        prices = [(limit, self._price(limit[0], pricers)) for limit in self._config.budgets]
        most = [(price, allowed(limit, price(None))) for limit, price in prices]

        def within(masks: Masks) -> bool:
            return all(price(masks) <= limit for price, limit in most)

        return snapped(self._graph, lives, len(self.sparsities), order, kept, curve, within, self._config.snap)

    def _is_met_by_never_emptying(self, limits: tuple[Limit, ...], pricers: Pricers) -> bool:
        """Whether a neuron kept in every layer would help: layers that are tied may then keep more than without."""
        config = replace(self._config, **NEVER_EMPTY)
        if self.first_empty_layer is None or config == self._config:  # Ties can empty a layer that keeps one neuron.
            return False
        try:
            Limits(self._graph, self._ranked, config).sparsity_for(limits, pricers)
        except ValueError:
            return False
        return True

    def _met(self, limit: Limit, pricers: Pricers) -> NDArray[np.bool_]:
        """At which of the points the limit is met: from one on, unless the price can rise again."""
        price, points = self._price(limit[0], pricers), len(self.sparsities)
        most = allowed(limit, price(None))
        curve = pricers[limit[0]].curve if limit[0] in pricers else None
        if curve is not None:
            return curve(self._lifetimes, points) <= most
        first = bisect_left(range(points), True, key=lambda point: price(self._kept(point)) <= most)
        return np.arange(points) >= first

    def _told(self, unmet: Mapping[Limit, Price], feasible: int, advised: bool) -> str:
        smallest = self._kept(feasible)
        asked = " and ".join(limit_text(*limit) for limit in unmet)
        least = " and ".join(least_text(limit, price(smallest), price(None)) for limit, price in unmet.items())
        emptied = f"without emptying '{self.first_empty_layer}'" if self.first_empty_layer else "at any sparsity"
        more = f"; with {_ONE_EACH} every layer keeps a neuron, and it can be met" if advised else ""
        return (
            f"{'budgets' if len(unmet) > 1 else 'a budget'} of {asked} cannot be met {emptied}; the least is {least} "
            f"at sparsity {at_most(self.max_feasible_sparsity):.4f}{more}"
        )

    def _price(self, kind: str, pricers: Pricers) -> Price:
        if kind in BUDGETS:
            return lambda kept: float(getattr(self._graph.cost(kept), BUDGETS[kind].cost))
        if kind not in pricers:
            raise ValueError(
                f"a budget of {kind} needs to know what a training step takes; pass pricers={{'{kind}': ...}}, for "
                f"instance of {_PRICERS[kind]}"
            )
        return pricers[kind].price

    def _kept(self, point: int) -> Masks:
        return {name: lives > point for name, lives in self._lifetimes.items()}


def resolved_lifetimes(
    graph: ChannelGraph, ranked: Scores, sparsities: Sequence[float], config: PruningConfig
) -> Lifetimes:
    """At how many points of an ascending grid of sparsities each neuron is kept: ties, widths and steps respected."""
    check_grid(sparsities)
    found = fates(graph, ranked, config) if config.widths else None
    if not config.equal_widths and config.multiple == 1:
        return _tied(graph, ranked, sparsities, config, found)
    every = _every_sparsity(graph, ranked, config)
    lives = _tied(graph, ranked, every, config, found)
    if config.equal_widths:
        lives = equalised(graph, lives, len(every), ranked, config.equal_widths)
    if config.multiple > 1:
        fixed = () if found is None else fixed_layers(graph, found)
        lives = in_steps(graph, lives, len(every), ranked, config.multiple, fixed)
    return on_grid(lives, every, sparsities)


def _tied(
    graph: ChannelGraph, ranked: Scores, sparsities: Sequence[float], config: PruningConfig, found: Fates | None
) -> Lifetimes:
    keep = kept_whole(graph, config.protect, config.coupling)
    rule, fewest = config.rule, config.min_neurons
    floors = least_kept(graph, config.caps)
    if rule.line == "widths":
        least = {name: max(floors.get(name, 0), min(fewest, layer.neurons)) for name, layer in graph.layers.items()}
        selected = thinned(graph, unit_worth(graph, ranked, config.coupling), sparsities, keep, least)
    else:
        own = own_sparsities(graph, config)
        selected = lifetimes(ranked, sparsities, keep, fewest, rule.layerwise, floors, config.plateau, own, rule.up)
    if found is not None:
        selected = with_fates(graph, selected, found, len(sparsities))
    return graph.resolve_lifetimes(selected, len(sparsities), config.coupling)


def _every_sparsity(graph: ChannelGraph, ranked: Scores, config: PruningConfig) -> list[float]:
    """Every sparsity at which a selection can change, and one that keeps nothing, or the least."""
    rule, sizes = config.rule, [score.numel() for score in ranked.values()]
    pools = kind_sizes(graph) if rule.line == "widths" else sizes if rule.layerwise else [sum(sizes)]
    return [*distinct_sparsities(pools, rule.up), math.nextafter(1, 0)]
