"""From what the visitor chose to what a worker is asked for: checks of the present plan, races and sweeps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from explorer import background, compute
from explorer.state import MAX_SEED, MAX_SPARSITY, ExplorerState, settle
from ranp.check import WEIGHTS, Check, Contestant
from ranp.config import METHODS, PruningConfig
from ranp.models import Recipe, find_preset
from ranp.races import RACED as RACED
from ranp.sweep import Grid, Search

MOST_SEEDS = 5
MOST_STEPS = 1000
WEIGHT_CHOICES = tuple(WEIGHTS)


@dataclass(frozen=True)
class Length:
    """How long everything is trained, from how many seeds, and what is the same for all."""

    steps: int
    seeds: int = 1
    equal: str = "steps"

    def all_seeds(self, first: int) -> tuple[int, ...]:
        """The seeds, from this one on."""
        return tuple(range(first, first + self.seeds))


def trainable(state: ExplorerState) -> bool:
    """Whether there is a recipe and data for this network: not for one's own."""
    return state.architecture != background.OWN


def recipe_steps(state: ExplorerState) -> int:
    """How long the size's own recipe trains."""
    return find_preset(state.architecture, state.preset).recipe.steps


def plan_check(state: ExplorerState, length: Length, weights: str = "new") -> Check:
    """The full network and the present plan."""
    pruned = Contestant(_config(state), weights)
    return _check(state, length, (Contestant(), pruned))


def race_check(state: ExplorerState, length: Length, methods: Sequence[str], terms: str, share: float) -> Check:
    """The full network and one of each method on equal terms: ``share`` is left of a resource, or goes of neurons."""
    target: dict[str, Any] = {"sparsity": share} if terms == "sparsity" else {"budget": (terms, share)}
    config = _config(state)
    pruned = tuple(
        Contestant(replace(config, **{"sparsity": None, "budget": None, **target, "method": method}))
        for method in methods
        if method in METHODS
    )
    return _check(state, length, (Contestant(), *pruned))


def grid(state: ExplorerState, length: Length, methods: Sequence[str], sparsities: Sequence[float]) -> Grid:
    """Every method at every sparsity from every seed, and the full network."""
    seeds = length.all_seeds(state.seed)
    return Grid(
        state.architecture, tuple(methods), tuple(sorted(sparsities)), seeds, state.preset, _recipe(state, length)
    )


def search(state: ExplorerState, length: Length, trials: int) -> Search:
    """So many networks whose sparsity, alpha and lambda a sampler chooses."""
    seeds = length.all_seeds(state.seed)
    return Search(state.architecture, trials, seeds, state.preset, _recipe(state, length))


def trial_state(
    state: ExplorerState,
    network: tuple[str, str],
    method: str,
    seed: int,
    sparsity: float | None,
    alpha: float | None,
    lam: float | None,
) -> ExplorerState:
    """The state in which Explore shows what a trial trained; the full network is a sparsity of 0."""
    place = replace(
        state,
        architecture=network[0],
        preset=network[1],
        method=method if method in METHODS else "ranp-f",
        target="sparsity",
        sparsity=state.sparsity if sparsity is None else min(sparsity, MAX_SPARSITY),
        alpha=state.alpha if alpha is None else alpha,
        lam=find_preset(*network).lam if lam is None else lam,
        seed=min(seed, MAX_SEED),
        protect=(),
        caps=(),
        layer="",
        neuron=-1,
        min_neurons=0,
        coupling="any",
        criterion="mpmg",
        reduce="sum",
    )
    return settle(place)


def _check(state: ExplorerState, length: Length, contestants: tuple[Contestant, ...]) -> Check:
    return Check(
        state.architecture,
        contestants,
        state.preset,
        seeds=length.all_seeds(state.seed),
        equal=length.equal,
        recipe=_recipe(state, length),
    )


def _recipe(state: ExplorerState, length: Length) -> Recipe:
    recipe = find_preset(state.architecture, state.preset).recipe
    return replace(recipe, steps=length.steps, evaluations=min(recipe.evaluations, length.steps))


def _config(state: ExplorerState) -> PruningConfig:
    return compute.plan(state).config
