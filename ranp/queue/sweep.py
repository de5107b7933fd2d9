"""Sweeps: many trials of one subject, on a grid or by a multi-objective search.

    grid      every method at every sparsity, or within every budget, from every seed; the values are given
    search    a sampler chooses sparsity, alpha and lambda of the method ``blend``, to find networks that are accurate,
              cheap and small at once (Optuna's multi-objective TPE)

A sweep is a study of its own. Each of its trials trains one pruned network, and is worth three values: the score, the
MACs and the activations, of which a trial that no other beats in all three belongs to the Pareto front. The trials wait
in the database; `ranp.queue.worker` runs them. Asking for the same sweep again adds what is missing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from ranp.averages import mean, mean_of_known
from ranp.checks import Check, Contestant, Entry
from ranp.importance import choose
from ranp.models import Recipe
from ranp.queue.database import CHECKS, Database, Direction, answered
from ranp.queue.job import job_id, new_request
from ranp.queue.limited import as_parameters, budget_space, check_budgets, limits_in, unlimited
from ranp.queue.trouble import StudyError
from ranp.schedules import DEFAULT, Schedule
from ranp.selection import METHODS, SETTINGS, Limit, PruningConfig
from ranp.subject import NAMES, Subject
from ranp.timing import TableFile

if TYPE_CHECKING:
    import optuna

SEVERAL = ("criterion", "coupling", "snap")
"""Settings of which a grid may try several values."""
SCHEDULE = "schedule"
"""What it may try several of beside them: when the network is cut down."""
OBJECTIVES = ("score", "macs", "activations")
MOST_TRIALS = 10_000


@dataclass(frozen=True)
class Grid:
    """Every method at every sparsity from every seed; with ``full``, the full network from every seed, too.

    With ``budgets`` instead of ``sparsities``, each one limit or several, which are all met: every method within each.
    ``several`` are more settings with the values that each of these has: criteria, rules of ties and schedules, by
    their names.
    """

    subject: Subject
    methods: tuple[str, ...]
    sparsities: tuple[float, ...] = ()
    seeds: tuple[int, ...] = (0,)
    recipe: Recipe | None = None
    full: bool = True
    several: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    budgets: tuple[tuple[Limit, ...], ...] = ()
    time_table: TableFile | None = None
    """Whose seconds are meant where time is limited, weighed or snapped to."""

    def __post_init__(self) -> None:
        for method in self.methods:
            choose(METHODS, method, "method")
        for sparsity in self.sparsities:
            PruningConfig(sparsity=sparsity)
        for name, values in self.several.items():
            choose(dict.fromkeys((*SEVERAL, SCHEDULE)), name, "a setting of a grid")
            for value in values:
                if name == SCHEDULE:
                    Schedule.read(value)
                else:
                    SETTINGS[name].form.check(name, value)
        object.__setattr__(self, "budgets", check_budgets(self.budgets))
        if self.sparsities and self.budgets:
            raise ValueError("a grid has sparsities or budgets, not both")
        if not (self.methods and (self.sparsities or self.budgets) and self.seeds):
            raise ValueError("a grid needs a method, a sparsity or a budget, and a seed at least")
        for contestant in grid_contestants(self.methods, self.budgets, self.several):
            Check(self.subject, (contestant,), time_table=self.time_table)

    def points(self) -> list[dict[str, Any]]:
        """The parameters of every trial; the full network is the method ``full``, of which nothing goes."""
        nothing: dict[str, float] = unlimited(self.budgets[0]) if self.budgets else {"sparsity": 0.0}
        targets = [*map(as_parameters, self.budgets), *({"sparsity": sparsity} for sparsity in self.sparsities)]
        pruned = [
            {"method": method, **target, "seed": seed, **dict(zip(self.several, values, strict=True))}
            for seed in self.seeds
            for method in self.methods
            for values in product(*self.several.values())
            for target in targets
        ]
        first = {name: values[0] for name, values in self.several.items()}  # which have no say for the full network
        full = [{"method": "full", **nothing, "seed": seed, **first} for seed in self.seeds if self.full]
        return [*full, *pruned]

    def space(self) -> dict[str, Any]:
        """What `suggest` reads."""
        target = budget_space(self.budgets[0]) if self.budgets else {"sparsity": [0.0, 1.0]}
        several = {name: list(values) for name, values in self.several.items()}
        methods = [name for name in METHODS if name in self.methods or not METHODS[name].needs_seconds]
        return {"method": ["full", *methods], **target, "seed": [0, 2**31 - 1], **several}

    def template(self) -> Check:
        """The check that each trial fills in."""
        contestant = Contestant(weights=self.subject.weights)
        return Check(self.subject, (contestant,), self.seeds[:1], recipe=self.recipe, time_table=self.time_table)


def grid_contestants(
    methods: Sequence[str], budgets: Sequence[tuple[Limit, ...]], several: Mapping[str, tuple[str, ...]]
) -> list[Contestant]:
    """The contestants of a grid, whatever its sparsities are; ``ValueError`` for settings that do not go together."""
    chosen: list[dict[str, Any]] = [dict(zip(several, values, strict=True)) for values in product(*several.values())]
    return [
        Contestant(
            PruningConfig(method, budget=limits, **{name: settings[name] for name in SEVERAL if name in settings}),
            schedule=settings.get(SCHEDULE, DEFAULT),
        )
        for method in methods
        for limits in budgets or (None,)
        for settings in chosen
    ]


@dataclass(frozen=True)
class Search:
    """``trials`` networks whose sparsity, alpha and lambda a sampler chooses, each trained from all ``seeds``."""

    subject: Subject
    trials: int = 30
    seeds: tuple[int, ...] = (0,)
    recipe: Recipe | None = None
    sparsity: tuple[float, float] = (0.1, 0.8)
    alpha: tuple[float, float] = (0.0, 1.0)
    lam: tuple[float, float] | None = None
    """None: from 0 to twice the subject's."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Settings that all of them have, such as the criterion."""
    time_table: TableFile | None = None
    """Whose seconds are meant where counts are snapped to fast ones."""

    def __post_init__(self) -> None:
        if not 1 <= self.trials <= MOST_TRIALS:
            raise ValueError(f"a search takes between 1 and {MOST_TRIALS} trials, not {self.trials}")
        for name in ("sparsity", "alpha", "lam"):
            low, high = getattr(self, name) or (0.0, 1.0)
            if not low <= high:
                raise ValueError(f"the range of {name} must ascend, not {low} to {high}")
        PruningConfig("blend", sparsity=self.sparsity[1], alpha=self.alpha[0], lam=(self.lam or (0.0, 1.0))[0])

    def points(self) -> list[dict[str, Any]]:
        """Nothing is given: the sampler chooses when a trial begins."""
        return [{} for _ in range(self.trials)]

    def space(self) -> dict[str, Any]:
        """What `suggest` reads."""
        lam = self.lam or (0.0, 2 * self.subject.lam)
        return {"sparsity": list(self.sparsity), "alpha": list(self.alpha), "lambda": list(lam)}

    def template(self) -> Check:
        """The check that each trial fills in."""
        fixed = {name: value for name, value in self.fixed.items() if name != SCHEDULE}
        pruning = PruningConfig("blend", sparsity=self.sparsity[0], **fixed)
        contestant = Contestant(pruning, self.subject.weights, schedule=self.fixed.get(SCHEDULE, DEFAULT))
        return Check(self.subject, (contestant,), self.seeds, recipe=self.recipe, time_table=self.time_table)


def start(database: Database, name: str, sweep: Grid | Search, owner: str = "") -> int:
    """Let the trials of a sweep wait, those that its study does not have yet; how many were added.

    A search that exists is extended up to its number of trials. Raises `StudyError` where ``name`` is another sweep's.
    """
    if name == CHECKS or not name.strip():
        raise StudyError(f"a sweep cannot be called {name!r}; choose another name")
    points, template = sweep.points(), sweep.template()
    if len(points) > MOST_TRIALS:
        raise ValueError(f"a sweep takes at most {MOST_TRIALS} trials, not {len(points)}")
    score = template.subject.score
    about = {
        "kind": type(sweep).__name__.lower(),
        "template": template.as_dict(),
        "space": sweep.space(),
        "objectives": list(OBJECTIVES),
        "score": score.name,
    }
    directions: list[Direction] = ["maximize" if score.higher_is_better else "minimize", "minimize", "minimize"]
    study = database.create(name, directions, about)
    _check_same(study, about)
    with answered(database), database.alone():
        missing = _missing(study, points)
        for point in missing:
            study.enqueue_trial(point, user_attrs=new_request(template, owner, name))
    return len(missing)


def suggest(trial: "optuna.Trial", space: Mapping[str, Any]) -> None:
    """Give the trial a value of every parameter: the given one, or the sampler's."""
    for name, values in space.items():
        if all(isinstance(value, str) for value in values):
            trial.suggest_categorical(name, values)
        elif all(isinstance(value, int) for value in values):
            trial.suggest_int(name, *values)
        else:
            trial.suggest_float(name, *values)


def check_of(study: Mapping[str, Any], parameters: Mapping[str, Any], trial: Mapping[str, Any]) -> Check:
    """The check that a trial stands for, from the attributes of its study, its parameters and its own attributes."""
    check = Check.from_dict(study["template"] if "template" in study else trial["check"])
    if not parameters:
        return check
    (contestant,) = check.contestants
    seeds = (int(parameters["seed"]),) if "seed" in parameters else check.seeds
    if parameters.get("method") == "full":
        return replace(check, contestants=(replace(contestant, pruning=None, schedule=DEFAULT),), seeds=seeds)
    pruning = contestant.pruning or PruningConfig(lam=check.subject.lam, sparsity=0.0)
    limits = limits_in(parameters) or None
    method = parameters.get("method", pruning.method)
    pruning = replace(
        pruning,
        method=method,
        layer_costs=pruning.layer_costs if METHODS[method].needs_seconds else (),
        sparsity=None if limits else parameters.get("sparsity", pruning.sparsity),
        budget=limits,
        alpha=parameters.get("alpha", pruning.alpha),
        lam=parameters.get("lambda", pruning.lam),
        **{name: parameters[name] for name in SEVERAL if name in parameters},
    )
    schedule = parameters.get(SCHEDULE, contestant.schedule)
    return replace(check, contestants=(replace(contestant, pruning=pruning, schedule=schedule),), seeds=seeds)


def values_of(study: Mapping[str, Any], check: Check, entries: Sequence[Entry]) -> list[float]:
    """What a trial is worth: in a sweep its objectives, as means over seeds; in `CHECKS` the last contestant's score.

    In `CHECKS` a larger value is better whatever the task. Raises ``ValueError``, with the reason, where no entry of
    the last contestant ended.
    """
    last = [entry for entry in entries if entry.contestant == len(check.contestants) - 1]
    ended = [entry for entry in last if not entry.failed] or ([] if "template" in study else _any_ended(entries))
    if not ended:
        raise ValueError(last[0].reason if last and last[0].reason else "no network could be trained")
    if "template" in study:
        return [mean([getattr(entry, name) for entry in ended]) for name in OBJECTIVES]
    score = mean_of_known(entry.score for entry in ended) or 0.0
    return [score if check.subject.score.higher_is_better else -score]


def _any_ended(entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if not entry.failed]


def _missing(study: "optuna.Study", points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The points that no job of the study has; a search is as long as it has jobs."""
    firsts: dict[str, str] = {}
    for trial in study.get_trials(deepcopy=False):
        given = trial.system_attrs.get("fixed_params", {})
        firsts.setdefault(job_id(trial) or "", json.dumps(given, sort_keys=True))
    if not any(points):
        return points[len(firsts) :]
    known = set(firsts.values())
    return [point for point in points if json.dumps(point, sort_keys=True) not in known]


def _check_same(study: "optuna.Study", about: Mapping[str, Any]) -> None:
    """A sweep goes on only with the same kind, network and recipe."""
    found = json.loads(json.dumps(study.user_attrs))
    wanted = json.loads(json.dumps(about))
    for part in ("kind", "space", "objectives"):
        if found.get(part) != wanted[part]:
            raise StudyError(
                f"there is another sweep called '{study.study_name}' ({part} differs); choose another name"
            )
    if not isinstance(found.get("template"), dict):
        raise StudyError(f"the study '{study.study_name}' is no sweep of this program; choose another name")
    for part in (*NAMES, "recipe"):
        theirs, ours = (document["template"].get(part) for document in (found, wanted))
        if theirs != ours:
            raise StudyError(
                f"the sweep '{study.study_name}' has {part} {theirs}, not {ours}; choose another name for this one"
            )
    if _seconds(found["template"]) != _seconds(wanted["template"]):
        raise StudyError(
            f"the sweep '{study.study_name}' goes by the seconds of another time table, or of none; choose another "
            "name for this one"
        )
    theirs, ours = _schedules(found["template"]), _schedules(wanted["template"])
    if theirs != ours:
        raise StudyError(
            f"the sweep '{study.study_name}' has the schedule {', '.join(theirs)}, not {', '.join(ours)}; choose "
            "another name for this one"
        )


def _schedules(template: Mapping[str, Any]) -> list[str]:
    """Of each contestant; older versions had none."""
    return [each.get("schedule", DEFAULT) for each in template["contestants"]]


def _seconds(template: Mapping[str, Any]) -> list[Any]:
    """Of which table they are, by its hash, or what each contestant weighs layers by; older versions had none."""
    costs = [(each.get("pruning") or {}).get("layer_costs", []) for each in template["contestants"]]
    return [(template.get("time_table") or {}).get("sha256"), *costs]
