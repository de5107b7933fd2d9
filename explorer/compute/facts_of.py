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
)
from ranp.curve import Curve
from ranp.graph import ChannelGraph, Cost
from ranp.plan import Plan
from ranp.types import Scores


def network_facts(graph: ChannelGraph, peak: int | None) -> NetworkFacts:
    """The network before anything is pruned. A freeze's own sentence starts with the layer, which is listed apart."""
    return NetworkFacts(
        layers=tuple(graph.layers),
        prunable=tuple(name for name, layer in graph.layers.items() if layer.prunable),
        full=cost_facts(graph.cost(), sum(layer.neurons for layer in graph.layers.values()), peak),
        input_shapes=graph.input_shapes,
        held=tuple((freeze.layer, str(freeze).removeprefix(f"{freeze.layer}: ")) for freeze in graph.freezes),
        uncounted=tuple(graph.uncounted),
        notes=tuple(graph.notes),
    )


def plan_facts(plan: Plan, graph: ChannelGraph, peak: int | None, unmet: bool = False) -> PlanFacts:
    """One plan, layer by layer and in total; `unmet` marks the smallest network, shown where a target cannot be met."""
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
    )


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
    thresholds = _thresholds(scores, plan.requested_sparsity, layerwise)
    fates = {}
    for name, values in scores.items():
        kept = plan.kept[name].numpy()
        passes = values >= thresholds.get(name, np.inf)
        fates[name] = np.select(
            [kept & passes, kept & ~passes, ~kept & passes], [Fate.KEPT, Fate.RESCUED, Fate.DROPPED], Fate.REMOVED
        ).astype(np.int8)
    return NeuronFacts(scores, fates, thresholds)


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
    layer = graph.layers[name]
    if layer.frozen_reason is not None:
        return f"{layer.frozen} of {layer.neurons} neurons cannot go: {layer.frozen_reason}"
    return "kept whole, because you protect it" if name in protect else None


def _share(values: NDArray[np.int64], full: int) -> NDArray[np.float64]:
    return values / full if full else np.zeros(len(values))
