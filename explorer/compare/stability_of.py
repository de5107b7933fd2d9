"""How stable a plan is: the same importance from other examples and from other initial weights.

Each variation is a job of its own in the common queue, so that other visitors' work comes between two of them; its
scores are read from the disk where the same were computed before.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import combinations

import numpy as np

from explorer import compute
from explorer.compare.facts import Spread, StabilityFacts
from explorer.compute import QUEUE, TRAINED, Job, Own, Report, Scored, heavy
from explorer.state import MAX_SEED, ExplorerState, decisive
from ranp.importance import CRITERIA
from ranp.plan import Provenance, prune
from ranp.selection import overlap, pooled
from ranp.subject import compute_scores
from ranp.types import Masks

MOST_MACS = 1_000_000_000
"""A network with more MACs a forward pass is too long for this: it is scored many times over."""

DRAWS = (3, 5, 8)

Variation = tuple[int, int]
"""The seed of the initial weights and the seed of the examples."""


def obstacle(state: ExplorerState) -> str | None:
    """Why there is nothing to measure: `method` looks at no data, `trained`, `size` too long, `memory` too large."""
    if not compute.needs_importance(state):
        return "method"
    if state.preset == TRAINED:
        return "trained"
    if compute.network(state).full.macs > MOST_MACS:
        return "size"
    return "memory" if compute.refusal(state) else None


def varies_examples(state: ExplorerState) -> bool:
    """Whether other examples can be drawn: not where the criterion looks at none, nor from one's own data function."""
    mine = heavy.own(state)
    return CRITERIA[state.criterion].needs_data and not (mine and mine.data)


def variations(state: ExplorerState, draws: int) -> list[Variation]:
    """The present seed, then other examples for the same weights, then other weights on the same examples."""
    others = [(state.seed + step) % (MAX_SEED + 1) for step in range(1, draws)]
    examples = [(state.seed, seed) for seed in others] if varies_examples(state) else []
    return [(state.seed, state.seed), *examples, *((seed, state.seed) for seed in others)]


def job(state: ExplorerState, variation: Variation) -> Job[Scored]:
    """The job that scores one variation. Needs the trace."""
    weights, examples = variation
    if weights == examples == state.seed:
        return heavy.scoring(state)
    graph, mine = heavy.tracing(state).result().graph, heavy.own(state)
    settings = replace(heavy.settings_of(state), seed=examples)
    data, loss = (mine.data, mine.loss) if mine else (None, None)

    def compute_one(report: Report) -> Scored:
        network = heavy.network_of(replace(state, seed=weights))
        with heavy.stoppable(graph, report):
            return Scored(*compute_scores(network, graph, settings, data, loss, report))

    return QUEUE.ask(_key(state, variation), compute_one)


def is_measured(state: ExplorerState, draws: int) -> bool:
    """Whether all that it takes has been computed since the server started."""
    own = (state.seed, state.seed)
    return all(one == own or QUEUE.has_result(_key(state, one)) for one in variations(state, draws))


def measured(state: ExplorerState, draws: int) -> StabilityFacts:
    """What the variations agree on, at the present plan's sparsity. Needs all their jobs."""
    sparsity = compute.results(state).plan.requested_sparsity
    free = decisive(replace(state, target="sparsity", sparsity=sparsity))
    return _measured(free, draws, heavy.own(state))


@lru_cache(maxsize=64)
def _measured(state: ExplorerState, draws: int, _own: Own | None) -> StabilityFacts:
    kept = {one: _kept(state, one) for one in variations(state, draws)}
    examples = [masks for (weights, _), masks in kept.items() if weights == state.seed]
    weights = [masks for (_, seed), masks in kept.items() if seed == state.seed]
    return StabilityFacts(tuple(weights[0]), state.sparsity, _spread(examples), _spread(weights))


def _kept(state: ExplorerState, variation: Variation) -> Masks:
    graph, scores = heavy.tracing(state).result().graph, job(state, variation).result().scores
    return prune(graph, scores, compute.plan(state).config, None, Provenance(), compute.pricers_of(state)).kept


def _spread(plans: list[Masks]) -> Spread:
    pairs = [overlap(first, second) for first, second in combinations(plans, 2)] or [overlap(plans[0], plans[0])]
    whole = [pooled(pair.values()) for pair in pairs]
    jaccard = np.array([[one.jaccard for one in pair.values()] for pair in pairs])
    chance = np.array([[one.by_chance for one in pair.values()] for pair in pairs])
    # By chance, each layer keeping as many as it does: neurons of other layers are not exchangeable.
    shared = np.array([sum(_shared_by_chance(one.both, one.only_first, one.only_second, one.neither)
                           for one in pair.values()) for pair in pairs])  # fmt: skip
    kept = np.array([2 * one.both + one.only_first + one.only_second for one in whole])
    kept_shares = np.array([[float(mask.float().mean()) for mask in plan.values()] for plan in plans])
    in_all = np.array([one.jaccard for one in whole])
    return Spread(
        plans=len(plans),
        jaccard_mean=jaccard.mean(axis=0),
        jaccard_std=jaccard.std(axis=0),
        chance=chance.mean(axis=0),
        kept_mean=kept_shares.mean(axis=0),
        kept_std=kept_shares.std(axis=0),
        in_all_mean=float(in_all.mean()),
        in_all_std=float(in_all.std()),
        in_all_chance=float((shared / (kept - shared)).mean()),
    )


def _shared_by_chance(both: int, only_first: int, only_second: int, neither: int) -> float:
    """How many of a layer's neurons two random choices of as many have in common, on average."""
    return (both + only_first) * (both + only_second) / (both + only_first + only_second + neither)


def _key(state: ExplorerState, variation: Variation) -> str:
    weights, examples = variation
    return f"{heavy.scoring_key(replace(state, seed=weights))} examples {examples}"
