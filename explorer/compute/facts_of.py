"""From what `ranp` computes to the plain values of `explorer.facts`."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from explorer.facts import (
    ChannelGraphFacts,
    CostFacts,
    CurveFacts,
    Fate,
    LayerFacts,
    NetworkFacts,
    NeuronFacts,
    PlanFacts,
    Snapped,
    Unmet,
)
from ranp.graph import ChannelGraph, Cost, Freeze
from ranp.plan import Plan
from ranp.selection import Curve, Plateau, in_words, ranks
from ranp.types import Scores


def network_facts(graph: ChannelGraph, peak: int | None) -> NetworkFacts:
    """The network before anything is pruned."""
    return NetworkFacts(
        layers=tuple(graph.layers),
        prunable=tuple(name for name, layer in graph.layers.items() if layer.prunable),
        full=cost_facts(graph.cost(), sum(layer.neurons for layer in graph.layers.values()), peak),
        input_shapes=graph.input_shapes,
        held=tuple((freeze.layer, _without_layer(freeze)) for freeze in graph.freezes),
        uncounted=tuple(graph.uncounted),
        notes=tuple(graph.notes),
        least_macs=graph.least["macs"].macs,
        least_params=graph.least["params"].params,
    )


def plan_facts(plan: Plan, graph: ChannelGraph, peak: int | None, unmet: Unmet | None = None) -> PlanFacts:
    """One plan, layer by layer and in total; `unmet` is the budget that cannot be met, where this is the smallest."""
    layers = tuple(
        LayerFacts(
            name=layer.name,
            kind=layer.kind,
            neurons=layer.neurons,
            kept=layer.kept,
            macs_share=layer.macs / plan.full.macs if plan.full.macs else 0.0,
            held=_held(graph, layer.name, plan.config.protect),
            tied=graph.layers[layer.name].coupled,
        )
        for layer in plan.layers
    )
    return PlanFacts(
        layers=layers,
        full=cost_facts(plan.full, sum(layer.neurons for layer in layers), peak),
        pruned=cost_facts(plan.pruned, sum(layer.kept for layer in layers), None),
        requested_sparsity=plan.requested_sparsity,
        achieved_sparsity=plan.achieved_sparsity,
        feasible=plan.feasible,
        first_empty_layer=plan.first_empty_layer,
        max_feasible_sparsity=plan.max_feasible_sparsity,
        unmet=unmet,
        equal=tuple(in_words(plan.equal_scores)),
        snapped=_snapped(plan),
    )


def _snapped(plan: Plan) -> Snapped | None:
    if (found := plan.snapped) is None:
        return None
    macs, seconds = (found.macs_before, found.macs_after), (found.seconds_before, found.seconds_after)
    return Snapped(found.added - found.removed, macs, seconds)


def graph_facts(graph: ChannelGraph, kept: Mapping[str, int] | None = None) -> ChannelGraphFacts:
    """What a drawing of the channel graph shows; `kept` is the number of neurons that stay, all unless it is given."""
    layers = graph.layers
    return ChannelGraphFacts(
        layers=tuple(layers),
        kinds=tuple(layer.kind for layer in layers.values()),
        neurons=tuple(layer.neurons for layer in layers.values()),
        kept=tuple((kept or {}).get(name, layer.neurons) for name, layer in layers.items()),
        held=tuple(layer.frozen_reason for layer in layers.values()),
        tied={name: layer.coupled for name, layer in layers.items()},
        edges=tuple((name, other) for name, others in graph.edges.items() for other in others),
    )


def cost_facts(cost: Cost, neurons: int, peak: int | None) -> CostFacts:
    return CostFacts(neurons, cost.macs, cost.params, cost.activations, peak)


def curve_facts(curve: Curve, full: Cost) -> CurveFacts:
    """The curve as shares of the full network."""
    return CurveFacts(
        sparsities=curve.sparsities,
        macs=_share(curve.macs, full.macs),
        activations=_share(curve.activations, full.activations),
        params=_share(curve.params, full.params),
        feasible=curve.feasible,
        first_empty_layer=curve.first_empty_layer,
        max_feasible_sparsity=curve.max_feasible_sparsity,
    )


def neuron_facts(plan: Plan, ranked: Scores, layerwise: bool) -> NeuronFacts:
    """Every neuron's score as a share of the highest, its fate, and the threshold that the plan's sparsity sets."""
    highest = max(float(scores.max()) for scores in ranked.values()) or 1.0
    scores = {name: values.double().numpy() / highest for name, values in ranked.items()}
    places = _ranks(ranked, layerwise, plan.config.plateau)
    fates = {}
    for name, (own, pool) in places.items():
        kept = plan.kept[name].numpy()
        passes = own < int(pool * (1 - plan.requested_sparsity))
        fates[name] = np.select(
            [kept & passes, kept & ~passes, ~kept & passes], [Fate.KEPT, Fate.RESCUED, Fate.DROPPED], Fate.REMOVED
        ).astype(np.int8)
    thresholds = _thresholds(scores, plan.requested_sparsity, layerwise)
    return NeuronFacts(scores, fates, thresholds, {name: own for name, (own, _) in places.items()})


def _ranks(ranked: Scores, layerwise: bool, plateau: Plateau) -> dict[str, tuple[NDArray[np.int64], int]]:
    """Of each layer its neurons' ranks, and how many neurons are ranked together."""
    found = {}
    for names in [[name] for name in ranked] if layerwise else [list(ranked)]:
        places = ranks([ranked[name] for name in names], plateau)
        parts = places.split([ranked[name].numel() for name in names])
        found.update({name: (part.numpy(), places.numel()) for name, part in zip(names, parts, strict=True)})
    return found


def _thresholds(scores: Mapping[str, NDArray[np.float64]], sparsity: float, layerwise: bool) -> dict[str, float]:
    """The k-th highest score of the pool, k = int(n (1 - sparsity)); a pool of which none may stay has no threshold."""
    found = {}
    for names in [[name] for name in scores] if layerwise else [list(scores)]:
        pool = np.sort(np.concatenate([scores[name] for name in names]))[::-1]
        kept = int(pool.size * (1 - sparsity))
        if kept:
            found.update(dict.fromkeys(names, float(pool[kept - 1])))
    return found


def _held(graph: ChannelGraph, name: str, protect: tuple[str, ...]) -> str | None:
    reasons = [_without_layer(freeze) for freeze in graph.freezes if freeze.layer == name]
    return "; ".join([*reasons, *["protected: kept whole"][: name in protect]]) or None


def _without_layer(freeze: Freeze) -> str:
    """A freeze's sentence starts with its layer, which is told apart."""
    return str(freeze).removeprefix(f"{freeze.layer}: ")


def _share(values: NDArray[np.int64], full: int) -> NDArray[np.float64]:
    return values / full if full else np.zeros(len(values))
