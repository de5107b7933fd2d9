"""What the Compare page asks for: plans beside each other, who ranks a neuron how, and the plane of costs.

As in `explorer.compute`, the trace and the importance must be there; the page waits for them first.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import combinations

import numpy as np

from explorer import compute
from explorer.compare.facts import Entry, FlipFacts, Flips, MethodRanks, PlaneFacts, PlanePoint, StepTime
from explorer.facts import Fate
from explorer.state import Choices, ExplorerState, at_equal, decisive, known_layers, settle
from ranp.selection import BUDGETS, METHODS, Overlap, overlap, pareto_front, pooled, tradeoff

RANKED = ("vanilla", "weighted", "ranp-f", "ranp-m")
"""The methods of the rank-flip view: each adds one step to the one before, the last two differ in the resource."""

ALPHAS = tuple(step / 10 for step in range(11))
LAMBDAS = (0.0, 1.0, 2.0, 5.0, 11.0, 25.0, 50.0, 100.0, 150.0)


def fitting(state: ExplorerState) -> ExplorerState:
    """The state without layers that its network does not have; a stranger's link may name any. Needs the trace.

    It keeps the time table that prices its network, also where its plan needs none.
    """
    network = compute.network(state)
    return replace(known_layers(decisive(state), network.prunable, network.layers)[0], table=state.table)


def entry(name: str, slot: int, state: ExplorerState, choices: Choices, step: StepTime | None = None) -> Entry:
    """One plan for the table and the charts."""
    outcome, method = compute.results(fitting(state)), METHODS[state.method]
    architecture = choices.architectures[state.architecture]
    return Entry(
        name=name,
        slot=slot,
        network=architecture.title,
        size=architecture.presets[state.preset].title,
        method=state.method,
        alpha=None if method.rule.cost is None else state.alpha,
        lam=None if method.rule.cost is None else state.lam,
        plan=outcome.plan,
        curve=outcome.curve,
        step=step,
    )


def left(state: ExplorerState, target: str) -> float:
    """Where the present plan stands: the share of the resource that is left, or its sparsity."""
    plan = compute.results(fitting(state)).plan
    if target == "sparsity":
        return plan.requested_sparsity
    name = BUDGETS[target].cost
    if plan.feasible:
        return float(getattr(plan.pruned, name) / getattr(plan.full, name))
    least = compute.results(_at(state, plan.max_feasible_sparsity)).plan
    return float(getattr(least.pruned, name) / getattr(least.full, name))


def _at(state: ExplorerState, sparsity: float) -> ExplorerState:
    """The same method and settings at this sparsity."""
    return settle(replace(fitting(state), target="sparsity", sparsity=sparsity))


def at_equal_sparsity(state: ExplorerState, first: str, second: str, choices: Choices) -> tuple[float, float, float]:
    """The present sparsity, or the largest at which both methods give a network, and the MACs that each leaves."""
    sparsity = compute.results(fitting(state)).plan.requested_sparsity
    states = at_equal(fitting(state), "sparsity", sparsity, choices)
    curves = [compute.results(states[method]).curve for method in (first, second)]
    shared = min(sparsity, *(curve.max_feasible_sparsity for curve in curves))
    vanilla, own = (compute.results(_at(states[method], shared)).plan for method in (first, second))
    return shared, vanilla.pruned.macs / vanilla.full.macs, own.pruned.macs / own.full.macs


def flips(state: ExplorerState, target: str, level: float, choices: Choices) -> FlipFacts:
    """How vanilla, weighted, RANP-f and RANP-m rank the same neurons, at equal cost or equal sparsity."""
    states = at_equal(fitting(state), target, level, choices)
    return _flips(tuple(decisive(states[method]) for method in RANKED))


@lru_cache(maxsize=64)
def _flips(states: tuple[ExplorerState, ...]) -> FlipFacts:
    plans = {state.method: compute.plan(state) for state in states}
    in_all, by_layer = {}, {}
    for first, second in combinations(plans, 2):
        layers = overlap(plans[first].kept, plans[second].kept)
        by_layer[first, second] = {name: _changes(one) for name, one in layers.items()}
        in_all[first, second] = _changes(pooled(layers.values()))
    methods = {state.method: _ranks(state) for state in states}
    return FlipFacts(tuple(plans[states[0].method].kept), methods, in_all, by_layer)


def _changes(one: Overlap) -> Flips:
    return Flips(one.both, one.only_first, one.only_second, one.neither, one.jaccard)


def _ranks(state: ExplorerState) -> MethodRanks:
    outcome = compute.results(state)
    facts, plan = outcome.neurons, outcome.plan
    neurons = plan.full.neurons
    return MethodRanks(
        title=METHODS[state.method].title,
        ranks={name: ranks / neurons for name, ranks in facts.ranks.items()},
        kept={name: np.isin(fates, (Fate.KEPT, Fate.RESCUED)) for name, fates in facts.fates.items()},
        threshold=int(neurons * (1 - plan.requested_sparsity)) / neurons,
        sparsity=plan.requested_sparsity,
        macs_left=plan.pruned.macs / plan.full.macs,
        memory_left=plan.pruned.activations / plan.full.activations,
        unmet=plan.unmet is not None,
    )


def plane(state: ExplorerState) -> PlaneFacts:
    """Every alpha and lambda at the sparsity of the present plan, with the front and the present plan."""
    one = fitting(state)
    plan = compute.results(one).plan
    sparsity = plan.requested_sparsity
    # The seed, the resource and its target have done their part once the sparsity is known.
    alone = decisive(
        replace(
            one, method="blend", target="sparsity", sparsity=sparsity, alpha=0.5, lam=11.0, time_share=0, snap="off"
        )
    )
    at = (plan.pruned.macs / plan.full.macs, plan.pruned.activations / plan.full.activations)
    return PlaneFacts(sparsity, _plane(alone), at if plan.feasible else None)


@lru_cache(maxsize=64)
def _plane(state: ExplorerState) -> tuple[PlanePoint, ...]:
    plan = compute.plan(state)
    graph = compute.tracing(state).result().graph
    scores = compute.importance(state).result().scores
    found = tradeoff(graph, scores, plan.config, ALPHAS, LAMBDAS[1:])
    found += tradeoff(graph, scores, plan.config, [0.5], LAMBDAS[:1])  # without lambda, alpha changes nothing
    best = {(point.macs, point.activations) for point in pareto_front(found)}
    return tuple(
        PlanePoint(
            alpha=point.alpha,
            lam=point.lam,
            macs=point.macs / plan.full.macs,
            memory=point.activations / plan.full.activations,
            feasible=point.feasible,
            best=point.feasible and (point.macs, point.activations) in best,
        )
        for point in found
    )
