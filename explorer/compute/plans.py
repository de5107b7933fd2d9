"""What the pages ask for: every number that they show comes from `ranp` through here.

Heavy work is a job of `explorer.compute.heavy`, and what needs its result says so: the page waits for the job first.
Selecting and pricing take milliseconds; the last few hundred states are remembered, for whoever asks.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.compute import facts_of, heavy
from explorer.compute.job import Job
from explorer.compute.needs import graph_of, model_of, provenance_of, scores_of, tracing
from explorer.compute.pricers import pricers_of
from explorer.compute.steps import LayerSteps, NeuronSteps, layer_steps, neuron_steps
from explorer.compute.time_tables import layer_seconds
from explorer.facts import ChannelGraphFacts, CurveFacts, NeuronFacts, PlanFacts, Unmet
from explorer.state import MAX_SPARSITY, Choices, ExplorerState, decisive, default_state, only_plan, weighs_seconds
from ranp.plan import Plan, Provenance, prune, stale_attributes
from ranp.selection import (
    BUDGETS,
    METHODS,
    STEP_BUDGETS,
    Chosen,
    Curve,
    Pricer,
    Pricers,
    PruningConfig,
    allowance,
    at_most,
    plan_curve,
    ranked_scores,
)
from ranp.types import Masks

GRID = np.arange(round(200 * MAX_SPARSITY) + 1) / 200  # to the bit the one that the browser draws
"""Sparsities of the resource curves: every half per cent."""


@dataclass(frozen=True)
class Outcome:
    """All that the charts and figures of one state need."""

    plan: PlanFacts
    neurons: NeuronFacts
    curve: CurveFacts


def results(state: ExplorerState) -> Outcome:
    """The plan of this state with its curve and every neuron's fate."""
    return _results(only_plan(state))


def masks_of(state: ExplorerState) -> Masks | None:
    """Which neurons the plan keeps; `None` where there is no network to build."""
    found = _plan(state)
    return found.kept if found.feasible else None


def is_feasible(state: ExplorerState) -> bool:
    """Whether every layer keeps a neuron."""
    return _plan(state).feasible


def opening(state: ExplorerState, choices: Choices) -> ExplorerState:
    """The state to open a network with: at the largest feasible sparsity where it stands at a default that is above."""
    default = default_state(choices, state.architecture, state.preset).sparsity
    if state.target != "sparsity" or state.sparsity != default or is_feasible(state):
        return state
    return replace(state, sparsity=at_most(_curve_of(only_plan(state)).max_feasible_sparsity))


def steps(state: ExplorerState, layer: str, neuron: int) -> tuple[list[LayerSteps], NeuronSteps]:
    """What each step of the method does to each layer, and one neuron's way through it."""
    decisive = only_plan(state)
    plan, graph, facts = _plan(state), graph_of(state), _results(decisive).neurons
    first = {"sensitivity": "vanilla"}.get(METHODS[state.method].scores, METHODS[state.method].scores)
    start, ranked = (
        ranked_scores(graph, scores_of(state), replace(plan.config, method=name), model_of(state))
        for name in (first, state.method)
    )
    layers = layer_steps(graph, start, ranked, plan.config, plan)
    return layers, neuron_steps(start, ranked, facts, plan.config, plan, layer, neuron)


def drawing(state: ExplorerState) -> ChannelGraphFacts:
    """What the drawing of the channel graph shows: layers, the ways between them, and what the plan keeps."""
    return facts_of.graph_facts(graph_of(state), _plan(state).kept_counts)


def thinning(state: ExplorerState, points: Sequence[float]) -> list[list[int]]:
    """How many neurons of each layer stay at each of these sparsities, ascending."""
    curve = _curve_of(only_plan(state))
    places = np.searchsorted(curve.sparsities, np.array(points) - 1e-9)
    found: list[list[int]] = curve.kept[places].tolist()
    return found


def finished_peak(state: ExplorerState) -> Job[int | None] | None:
    """The job of `peak_after`, if it is over already."""
    over = heavy.QUEUE.has_result(heavy.peak_key(state, _plan(state).kept))
    return peak_after(state) if over else None


def peak_after(state: ExplorerState) -> Job[int | None]:
    """The job that estimates the peak memory of training the pruned network."""
    return heavy.peak_after(state, _plan(state).kept)


def plan(state: ExplorerState) -> Plan:
    """The plan of this state, with which network it is for and what that was scored on."""
    return replace(_plan(state), provenance=provenance_of(state))


def planned_state(state: ExplorerState) -> ExplorerState:
    """The state whose plan is shown: another one where the target cannot be met, and the smallest network is."""
    return _smallest(state) if _plan_or_smallest(only_plan(state))[1] else state


def plan_zip(state: ExplorerState) -> bytes:
    """The plan as a file for `ranp.load_plan`."""
    return plan(state).zip_bytes()


def stale(state: ExplorerState) -> list[str]:
    """Attributes of the network's modules that will still say a width from before, in words."""
    full = heavy.network_of(state).shapes()
    return [str(entry) for entry in stale_attributes(full, graph_of(state), _plan(state).kept)]


def masks_csv(state: ExplorerState) -> bytes:
    """The masks as a table: one row a neuron."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["layer", "neuron", "keep"])
    for layer, mask in _plan(state).kept.items():
        table.writerows([layer, neuron, int(kept)] for neuron, kept in enumerate(mask.tolist()))
    return text.getvalue().encode()


@lru_cache(maxsize=256)
def _results(state: ExplorerState) -> Outcome:
    plan, unmet = _plan_or_smallest(state)
    graph, peak = graph_of(state), tracing(state).result().peak_training_bytes
    ranked = ranked_scores(graph, scores_of(state), plan.config, model_of(state))
    return Outcome(
        facts_of.plan_facts(plan, graph, peak, unmet),
        facts_of.neuron_facts(plan, ranked, METHODS[state.method].rule.layerwise),
        facts_of.curve_facts(_curve_of(state), plan.full),
    )


def _plan(state: ExplorerState) -> Plan:
    return _plan_or_smallest(only_plan(state))[0]


@lru_cache(maxsize=256)
def _plan_or_smallest(state: ExplorerState) -> tuple[Plan, Unmet | None]:
    """The plan, and the budget that cannot be met, if there is one: it is then the smallest network there is."""
    pricers = pricers_of(state)
    try:
        return _prune(state), None
    except ValueError:
        smallest = _prune(_smallest(state))
        unmet = first_unmet(smallest, state.limits, pricers)
        if unmet is None:  # it is another mistake
            raise
        return smallest, unmet


def first_unmet(plan: Plan, limits: Sequence[tuple[str, float]], pricers: Pricers) -> Unmet | None:
    """The first of the limits that the plan, the smallest there is, does not meet."""
    for kind, share in limits:
        least, full = _price(plan, kind, pricers)
        if least > allowance(share, full):
            return Unmet(kind, share, least / full)
    return None


def _price(plan: Plan, kind: str, pricers: Pricers) -> tuple[float, float]:
    """What the plan's network takes of what is limited, and the full one."""
    if kind in pricers:
        return pricers[kind].price(plan.kept), pricers[kind].price(None)
    return getattr(plan.pruned, BUDGETS[kind].cost), getattr(plan.full, BUDGETS[kind].cost)


def _smallest(state: ExplorerState) -> ExplorerState:
    sparsity = _curve_of(state).max_feasible_sparsity
    return replace(state, target="sparsity", sparsity=sparsity, snap="off")


def _prune(state: ExplorerState) -> Plan:
    return prune(graph_of(state), scores_of(state), config(state), model_of(state), Provenance(), pricers_of(state))


def _curve_of(state: ExplorerState) -> Curve:
    """What is selected at every sparsity, before counts are moved to fast ones."""
    return _curve(along(state))


def along(state: ExplorerState) -> ExplorerState:
    """What all sparsities of the state's method have in common: equal ones have one curve."""
    return decisive(replace(state, target="sparsity", sparsity=0.0, snap="off"))


def curve_seconds(state: ExplorerState, pricer: Pricer) -> NDArray[np.float64]:
    """What a training step takes at every sparsity of `GRID`, as shares of the full network's."""
    found = plan_curve(graph_of(state), scores_of(state), config(along(state)), GRID, model_of(state), {"time": pricer})
    return found.step_costs[STEP_BUDGETS["time"].cost] / pricer.price(None)


@lru_cache(maxsize=256)
def _curve(state: ExplorerState) -> Curve:
    return plan_curve(graph_of(state), scores_of(state), config(state), GRID, model_of(state))


def config(state: ExplorerState) -> PruningConfig:
    """The settings of the state, as the library takes them; where layers are weighed by seconds, those are in it."""
    chosen = {field.name: getattr(state, field.name) for field in fields(Chosen)}
    if weighs_seconds(state):
        chosen["layer_costs"] = tuple(layer_seconds(state).items())
    if not state.limits:
        return PruningConfig(sparsity=state.sparsity, **chosen)
    return PruningConfig(budget=state.limits, **chosen)
