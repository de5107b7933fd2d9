"""Reweighting and selection: where the line is drawn.

In: scores, a channel graph and a `PruningConfig`. Out: scores that are worth their costs, the neurons that stay, and at
which sparsity a layer empties; whole curves of that. `METHODS` joins a start and one of `ALLOCATIONS`; `SETTINGS` tells
every setting. Nothing here touches a network.
Test: `pytest tests/selection`
"""

from ranp.selection.advice import allowance, at_least, at_most
from ranp.selection.allocations import ALLOCATIONS, Allocation
from ranp.selection.amounts import Amount, Limit, allowed, checked_amount, limit_text, limits_of
from ranp.selection.budgets import BUDGETS, PRICED_LIVE, STEP_BUDGETS, Budget, Price, Pricer, Pricers
from ranp.selection.config import DEFAULT_SPARSITY, PruningConfig
from ranp.selection.counts.filling import NEAR, Fill
from ranp.selection.counts.other_neurons import other_neurons
from ranp.selection.counts.worth import unit_worth
from ranp.selection.curve import Curve, plan_curve
from ranp.selection.forms import Form, Number, OneOf, OneOfOrOwn, Whole, number_text
from ranp.selection.layer_forms import LayerCounts, LayerGroups, LayerNumbers, Layers
from ranp.selection.limits import Limits, resolved_lifetimes
from ranp.selection.methods import IMPORTED, METHODS, Start
from ranp.selection.optimal import LEVELS, UNHELD, Optimum, importance_kept, optimal_allocation, unheld
from ranp.selection.overlap import Overlap, overlap, pooled
from ranp.selection.plateau import PLATEAUS, EqualScores, Plateau, equal_scores, in_words, ranks
from ranp.selection.ranking import (
    check_layers,
    kept_whole,
    least_kept,
    own_sparsities,
    ranked_scores,
    with_seconds,
)
from ranp.selection.reweighting import balance_factors, blend_costs, reweight
from ranp.selection.select import magnitude_scores, random_scores, select
from ranp.selection.settings import NEVER_EMPTY, SETTINGS, Chosen, Setting, spelling
from ranp.selection.tradeoff import pareto_front, tradeoff

__all__ = [
    "ALLOCATIONS",
    "BUDGETS",
    "DEFAULT_SPARSITY",
    "IMPORTED",
    "LEVELS",
    "METHODS",
    "NEAR",
    "NEVER_EMPTY",
    "PLATEAUS",
    "PRICED_LIVE",
    "SETTINGS",
    "STEP_BUDGETS",
    "UNHELD",
    "Allocation",
    "Amount",
    "Budget",
    "Chosen",
    "Curve",
    "EqualScores",
    "Fill",
    "Form",
    "LayerCounts",
    "LayerGroups",
    "LayerNumbers",
    "Layers",
    "Limit",
    "Limits",
    "Number",
    "OneOf",
    "OneOfOrOwn",
    "Optimum",
    "Overlap",
    "Plateau",
    "Price",
    "Pricer",
    "Pricers",
    "PruningConfig",
    "Setting",
    "Start",
    "Whole",
    "allowance",
    "allowed",
    "at_least",
    "at_most",
    "balance_factors",
    "blend_costs",
    "check_layers",
    "checked_amount",
    "equal_scores",
    "importance_kept",
    "in_words",
    "kept_whole",
    "least_kept",
    "limit_text",
    "limits_of",
    "magnitude_scores",
    "number_text",
    "optimal_allocation",
    "other_neurons",
    "overlap",
    "own_sparsities",
    "pareto_front",
    "plan_curve",
    "pooled",
    "random_scores",
    "ranked_scores",
    "ranks",
    "resolved_lifetimes",
    "reweight",
    "select",
    "spelling",
    "tradeoff",
    "unheld",
    "unit_worth",
    "with_seconds",
]
