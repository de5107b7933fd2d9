"""The method taken apart, as plain values: what each step does to each layer, and one neuron's way through it."""

from dataclasses import dataclass

import torch

from explorer.facts import Fate, NeuronFacts
from ranp.graph import ChannelGraph
from ranp.plan import Plan
from ranp.selection import PruningConfig, balance_factors, blend_costs, reweight
from ranp.types import Costs, Scores


@dataclass(frozen=True)
class LayerSteps:
    """One layer: the mean of its neurons' scores, what that is multiplied with, and what is kept."""

    name: str
    mean: float
    balance: float
    relative_cost: float | None  # R, 1 for the costliest layer; None where the method knows no costs
    resources: float
    final: float
    neurons: int
    kept: int


@dataclass(frozen=True)
class NeuronSteps:
    """One neuron: its score after each step, its rank (1 is the highest) and how many of its pool stay."""

    layer: str
    neuron: int
    score: float
    balanced: float
    final: float
    rank: int
    neurons: int
    kept: int
    fate: Fate
    equal: bool  # its score is the threshold's own


def layer_steps(
    graph: ChannelGraph, start: Scores, ranked: Scores, config: PruningConfig, plan: Plan
) -> list[LayerSteps]:
    """What each step does to each layer; `start` is what the method starts from, `ranked` its final scores."""
    rule = config.rule
    balance = balance_factors(start) if rule.balance else dict.fromkeys(start, 1.0)
    relative = _relative_costs(graph, config)
    ones = {name: torch.ones(1, dtype=torch.float64) for name in start}
    resources = ones if relative is None else reweight(ones, relative, config.lam, balance=False, largest=1.0)
    return [
        LayerSteps(
            name=name,
            mean=float(start[name].double().mean()),
            balance=balance[name],
            relative_cost=None if relative is None else relative[name],
            resources=float(resources[name]),
            final=float(ranked[name].double().mean()),
            neurons=layer.neurons,
            kept=int(plan.kept[name].sum()),
        )
        for name, layer in graph.layers.items()
    ]


def neuron_steps(
    start: Scores, ranked: Scores, facts: NeuronFacts, config: PruningConfig, plan: Plan, layer: str, neuron: int
) -> NeuronSteps:
    """One neuron's way through the method."""
    rule = config.rule
    pool = sum(scores.numel() for name, scores in ranked.items() if name == layer or not rule.layerwise)
    balanced = reweight(start, None, balance=rule.balance)[layer][neuron]
    return NeuronSteps(
        layer=layer,
        neuron=neuron,
        score=float(start[layer][neuron]),
        balanced=float(balanced),
        final=float(ranked[layer][neuron]),
        rank=1 + int(facts.ranks[layer][neuron]),
        neurons=pool,
        kept=int(pool * (1 - plan.requested_sparsity)),
        fate=Fate(int(facts.fates[layer][neuron])),
        equal=float(facts.scores[layer][neuron]) == facts.thresholds.get(layer),
    )


def _relative_costs(graph: ChannelGraph, config: PruningConfig) -> Costs | None:
    cost = config.rule.cost
    if cost is None:
        return None
    alpha = {"macs": 1.0, "activations": 0.0}.get(cost, config.alpha)
    share = {"seconds": 1.0, "blend": config.time_share}.get(cost, 0.0)
    two = graph.layer_costs("macs"), graph.layer_costs("activations")
    return blend_costs(*two, alpha, dict(config.layer_costs) if share else None, share)
