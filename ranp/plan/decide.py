"""A plan from scores or from masks: `prune` is the one place that orders the stages.

scores -> ranked (balance, then resources) -> sparsity (given, or found for a budget) -> selected -> resolved through
the couplings -> filled up to the budget, or other neurons picked, where that is asked for -> priced.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn

from ranp.fingerprint import weights_sha256
from ranp.graph import ChannelGraph, Coupling, as_written
from ranp.plan.files import Origin
from ranp.plan.layer_summary import summarise
from ranp.plan.plan import Plan
from ranp.plan.provenance import Provenance
from ranp.plan.snapped import snapped_from
from ranp.plan.step_cost import step_costs
from ranp.selection import (
    IMPORTED,
    METHODS,
    Limits,
    Pricers,
    PruningConfig,
    equal_scores,
    other_neurons,
    own_sparsities,
    ranked_scores,
    resolved_lifetimes,
    unit_worth,
    with_seconds,
)
from ranp.types import ImportanceScores, Masks, Scores


def prune(
    graph: ChannelGraph,
    scores: Scores | None,
    config: PruningConfig | None = None,
    model: nn.Module | None = None,
    provenance: Provenance | None = None,
    pricers: Pricers | None = None,
) -> Plan:
    """Decide what stays of a traced network, and price it; nothing is built.

    ``scores`` come from `ranp.importance`, and the plan then says by which criterion and reduction, or from other code;
    other code that changes them makes them its own. ``model`` is needed by the method ``magnitude`` alone; it also lets
    the plan record the weights' hash. ``provenance`` says which network this is. ``pricers``, such as ``{"peak":
    ranp.resources.peak_pricer(...)}``, tell what a step takes: a budget of that needs it, as does what weighs layers by
    their seconds, and the plan records it. A sparsity that empties a layer gives a plan that is not feasible. Raises
    ``ValueError`` for scores or protected layers that do not fit the graph, and for a budget that cannot be met.

    >>> import torch
    >>> from ranp.graph import trace
    >>> network = nn.Sequential(nn.Conv3d(1, 8, 3), nn.ReLU(), nn.Conv3d(8, 2, 1))
    >>> graph = trace(network, (torch.empty(1, 1, 8, 8, 8),))
    >>> scores = {"0": torch.arange(1.0, 9.0), "2": torch.ones(2)}
    >>> plan = prune(graph, scores, PruningConfig(sparsity=0.5))
    >>> plan.kept_counts, plan.feasible, round(plan.achieved_sparsity, 2)
    ({'0': 3, '2': 2}, True, 0.5)
    """
    config = with_seconds(PruningConfig() if config is None else config, pricers)
    if provenance is None:
        known = model is not None and not any(parameter.is_meta for parameter in model.parameters())
        provenance = Provenance(weights_sha256=weights_sha256(as_written(model)) if model and known else None)
    scored_by: Origin = _origin(scores, config)
    if scored_by == "importance" and isinstance(scores, ImportanceScores):
        config = replace(config, criterion=scores.criterion, reduce=scores.reduce)
    ranked = ranked_scores(graph, scores, config, model)
    limits = Limits(graph, ranked, config)
    if config.budget is not None:
        sparsity = limits.sparsity_for(config.budget, pricers)
    else:
        assert config.sparsity is not None, "a config without a budget has a sparsity"
        sparsity = config.sparsity
    kept = {name: lives > 0 for name, lives in resolved_lifetimes(graph, ranked, [sparsity], config).items()}
    if config.fill == "yes" and config.budget is not None:
        kept = limits.filled(kept, config.budget, pricers)
    if config.pick != "best":
        kept = other_neurons(graph, kept, unit_worth(graph, ranked, config.coupling), config.pick, config.seed)
    fast = limits.snapped(kept, pricers)
    rule, own = config.rule, own_sparsities(graph, config)
    equal = equal_scores(ranked, sparsity, rule.layerwise, config.plateau, own, rule.up)
    plan = _priced(graph, fast, config, sparsity, limits.first_empty_layer, limits.max_feasible_sparsity, provenance)
    costs = step_costs(pricers or {}, fast, plan.feasible)
    plan = replace(plan, equal_scores=equal, scored_by=scored_by, step_costs=costs)
    if pricers is None or not config.snaps or not plan.feasible:
        return plan
    balanced = ranked_scores(graph, scores, _balanced(config), model)
    return replace(plan, snapped=snapped_from(graph, kept, fast, balanced, pricers["time"]))


def _balanced(config: PruningConfig) -> PruningConfig:
    """The settings by which scores are balanced, and neither costs nor ties weigh."""
    return replace(config, allocation="balanced", layer_costs=(), layer_sparsities=(), tied=PruningConfig.tied)


def _origin(scores: Scores | None, config: PruningConfig) -> Origin:
    start = METHODS[config.method].scores
    if start != "sensitivity":
        return start
    return "importance" if isinstance(scores, ImportanceScores) else "elsewhere"


def plan_from_masks(
    graph: ChannelGraph,
    masks: Masks,
    coupling: Coupling = "any",
    provenance: Provenance | None = None,
) -> Plan:
    """A plan of masks that were made elsewhere: by other code, or read by `ranp.formats.read_masks`.

    ``masks``: layer -> ``(neurons,)`` of bools, or of zeros and ones; True = keep, and a layer that is left out is kept
    whole. Tied layers are made to agree as ``coupling`` says. Raises ``ValueError`` for masks that are something else,
    that do not fit the graph, or that keep nothing.

    >>> import torch
    >>> from ranp.graph import trace
    >>> network = nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.Conv3d(4, 2, 1))
    >>> graph = trace(network, (torch.empty(1, 1, 8, 8, 8),))
    >>> plan_from_masks(graph, {"0": torch.tensor([True, False, True, False])}).kept_counts
    {'0': 2, '2': 2}
    """
    masks = {name: _as_bools(name, mask) for name, mask in masks.items()}
    kept = graph.resolve(masks, coupling)
    neurons = sum(layer.neurons for layer in graph.layers.values())
    sparsity = sum(int((~mask).sum()) for mask in masks.values()) / neurons
    if sparsity == 1:
        raise ValueError("the masks keep no neuron of any layer; there is nothing to build from them")
    config = PruningConfig(IMPORTED, sparsity, coupling=coupling)
    first_empty = next(iter(graph.empty_layers(kept)), None)
    return _priced(graph, kept, config, sparsity, first_empty, sparsity if first_empty is None else 0.0, provenance)


def _as_bools(name: str, mask: Tensor) -> Tensor:
    if not isinstance(mask, Tensor):
        raise ValueError(f"the mask of '{name}' must be a tensor of bools, not {type(mask).__name__}")
    if mask.dtype != torch.bool and not bool(((mask == 0) | (mask == 1)).all()):
        raise ValueError(
            f"the mask of '{name}' must hold bools, or zeros and ones; compare its numbers with a threshold"
        )
    return mask.bool()


def _priced(
    graph: ChannelGraph,
    kept: Masks,
    config: PruningConfig,
    sparsity: float,
    first_empty_layer: str | None,
    max_feasible_sparsity: float,
    provenance: Provenance | None,
) -> Plan:
    feasible = not graph.empty_layers(kept)
    return Plan(
        config=config,
        kept=kept,
        layers=summarise(graph, kept),
        full=graph.cost(),
        pruned=graph.cost(kept),
        requested_sparsity=sparsity,
        feasible=feasible,
        first_empty_layer=None if feasible else first_empty_layer,
        max_feasible_sparsity=max_feasible_sparsity,
        inputs=graph.inputs,
        provenance=provenance or Provenance(),
    )
