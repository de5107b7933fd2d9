"""From what the visitor chose to what a worker is asked for: checks of the present plan, races and sweeps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from explorer import compute
from explorer.compute import heavy
from explorer.state import LINKED, MAX_SEED, MAX_SPARSITY, ExplorerState, as_state, settle
from explorer.training.facts_of import network
from ranp.checks import CONTESTANTS, CONTROLS, WEIGHTS, Check, Contestant, first_method, named
from ranp.checks import RACED as RACED
from ranp.data import task
from ranp.models import ARCHITECTURES, Recipe
from ranp.queue import Grid, Search
from ranp.schedules import DEFAULT
from ranp.selection import METHODS, SETTINGS, Limit, PruningConfig
from ranp.subject import Subject

MOST_SEEDS = 5
MOST_STEPS = 1000
WEIGHT_CHOICES = tuple(WEIGHTS)


@dataclass(frozen=True)
class Length:
    """How long everything is trained and by which recipe, from how many seeds, and what is the same for all."""

    steps: int
    seeds: int = 1
    equal: str = "steps"
    recipe: str = "quick"

    def all_seeds(self, first: int) -> tuple[int, ...]:
        """The seeds, from this one on."""
        return tuple(range(first, first + self.seeds))


def obstacle(state: ExplorerState) -> str | None:
    """Why nothing can be trained for this network: there are no `data`."""
    mine = heavy.own(state)
    return None if mine is None or mine.model is None or mine.data else "data"


def usual_weights(state: ExplorerState) -> str:
    """What a smaller network starts from unless the visitor says otherwise: trained weights are kept."""
    return _subject(state).weights


def about(state: ExplorerState) -> str:
    """What its networks learn from, in a sentence or a few; empty for the visitor's own data."""
    preset = _subject(state).library_preset
    return "" if preset is None else task(preset.task).about


def network_of(state: ExplorerState) -> tuple[str, str]:
    """The network and its size as `explorer.training.facts` have them."""
    return network(_subject(state))


def recipe_steps(state: ExplorerState) -> dict[str, int]:
    """How long each of the size's recipes trains, by its name."""
    return {name: recipe.steps for name, recipe in _subject(state).recipes.items()}


def batch_of(state: ExplorerState, length: Length) -> int:
    """How many examples a step of the recipe takes."""
    return _recipe(state, length).batch_size


def plan_check(state: ExplorerState, length: Length, weights: str = "new", schedule: str = DEFAULT) -> Check:
    """The full network and the present plan, or what that becomes by another schedule.

    Trained weights are kept by both or drawn anew for both.
    """
    return _check(state, length, (_full(state, weights), Contestant(_config(state), weights, schedule=schedule)))


def plan_of(state: ExplorerState) -> tuple[Subject, PruningConfig]:
    """Of which network the present plan is, and by which settings: those of a contestant that trains it."""
    return _subject(state), _config(state)


def race_check(
    state: ExplorerState,
    length: Length,
    methods: Sequence[str],
    terms: str,
    share: float,
    schedules: Sequence[str] = (DEFAULT,),
) -> Check:
    """The full network and one of each contestant on equal terms: ``share`` is left of a resource, or goes of neurons;
    each is cut down by each of the ``schedules``.

    Within a budget single neurons are given back until it is used up.
    """
    config, weights = _on_terms(state, terms, share), usual_weights(state)
    first = first_method(methods)
    pruned = (
        Contestant(named(name, config, first), weights, schedule=schedule)
        for name in methods
        if name in CONTESTANTS
        for schedule in schedules
    )
    return _check(state, length, (_full(state, weights), *pruned))


def controls_check(state: ExplorerState, length: Length, terms: str, share: float) -> Check:
    """The present method beside the controls, on equal terms, all with the weights that their neurons have."""
    config = _on_terms(state, terms, share)
    names = dict.fromkeys((config.method, *CONTROLS))
    pruned = (Contestant(named(name, config, config.method), "kept") for name in names)
    return _check(state, length, tuple(pruned))


def _on_terms(state: ExplorerState, terms: str, share: float) -> PruningConfig:
    by_sparsity = terms == "sparsity"
    target: dict[str, Any] = {"sparsity": share, "budget": None, "fill": "no"}
    target = target if by_sparsity else {"sparsity": None, "budget": (terms, share), "fill": "yes"}
    return replace(_config(state), layer_costs=(), **target, snap="off")  # a table tells the seconds to all of them


def grid(state: ExplorerState, length: Length, methods: Sequence[str], sparsities: Sequence[float]) -> Grid:
    """Every method at every sparsity from every seed, and the full network."""
    seeds, timed = length.all_seeds(state.seed), any(METHODS[method].needs_seconds for method in methods)
    return Grid(
        _subject(state),
        tuple(methods),
        tuple(sorted(sparsities)),
        seeds,
        _recipe(state, length),
        time_table=compute.table_file(state) if timed else None,
    )


def search(state: ExplorerState, length: Length, trials: int) -> Search:
    """So many networks whose sparsity, alpha and lambda a sampler chooses."""
    seeds = length.all_seeds(state.seed)
    return Search(_subject(state), trials, seeds, _recipe(state, length))


_OF_TRIAL = ("method", "target", "sparsity", "budget", "alpha", "lam", "seed")
"""What a trial says itself; all other settings are as they are unless somebody says otherwise."""


def trial_state(
    state: ExplorerState,
    network: tuple[str, str],
    method: str,
    seed: int,
    sparsity: float | None,
    alpha: float | None,
    lam: float | None,
    limits: tuple[Limit, ...] = (),
    batch: int = 1,
) -> ExplorerState | None:
    """The state in which Explore shows what a trial trained; the full network is a sparsity of 0.

    None where this app was not started with that network, or has no control for its budgets.
    """
    found, prescribed = _offered(network), as_state(limits, batch)
    if found is None or prescribed is None:
        return None
    (architecture, preset), subject = found
    plain = {name: SETTINGS[name].default for name in LINKED if name not in _OF_TRIAL}
    place = replace(
        state,
        **plain,
        layer="",
        neuron=-1,
        architecture=architecture,
        preset=preset,
        method=method if method in METHODS else "ranp-f",
        target="sparsity",
        sparsity=state.sparsity if sparsity is None else min(sparsity, MAX_SPARSITY),
        alpha=state.alpha if alpha is None else alpha,
        lam=subject.lam if lam is None else lam,
        seed=min(seed, MAX_SEED),
    )
    return settle(replace(place, **prescribed))


def _offered(named: tuple[str, str]) -> tuple[tuple[str, str], Subject] | None:
    """A network as the state names it, from how the facts of a sweep do; None where it is not offered here."""
    for architecture, mine in heavy.owns().items():
        if mine.model is not None and network(mine.subject) == named:
            return (architecture, heavy.OWN), mine.subject
        if mine.checkpoint is not None and network(mine.trained_subject) == named:
            return (architecture, heavy.TRAINED), mine.trained_subject
    return (named, Subject(*named)) if named[0] in ARCHITECTURES else None


def _check(state: ExplorerState, length: Length, contestants: tuple[Contestant, ...]) -> Check:
    return Check(
        _subject(state),
        contestants,
        seeds=length.all_seeds(state.seed),
        equal=length.equal,
        recipe=_recipe(state, length),
        time_table=compute.table_file(state) if any(each.needs_seconds for each in contestants) else None,
    )


def _full(state: ExplorerState, weights: str) -> Contestant:
    """The full network; only trained weights can be kept by it."""
    return Contestant(weights=weights if _subject(state).checkpoint is not None else "new")


def _subject(state: ExplorerState) -> Subject:
    mine = heavy.own(state)
    if mine is None:
        return Subject(state.architecture, state.preset)
    return mine.trained_subject if state.preset == heavy.TRAINED else mine.subject


def _recipe(state: ExplorerState, length: Length) -> Recipe:
    recipe = _subject(state).recipe_called(length.recipe)
    return replace(recipe, steps=length.steps, evaluations=min(recipe.evaluations, length.steps))


def _config(state: ExplorerState) -> PruningConfig:
    """The settings of the present plan; those that were chosen where only training will tell what it is."""
    return compute.config(state) if compute.untrained(state) else compute.plan(state).config
