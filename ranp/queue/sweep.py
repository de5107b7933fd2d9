"""Sweeps: many trials of one architecture, on a grid or by a multi-objective search, and what they add up to.

    grid      every method at every sparsity from every seed; the values are given
    search    a sampler chooses sparsity, alpha and lambda of the method ``blend``, to find networks that are accurate,
              cheap and small at once (Optuna's multi-objective TPE)

A sweep is a study of its own. Each of its trials trains one pruned network, and is worth three values: the score, the
MACs and the activations, of which a trial that no other beats in all three belongs to the Pareto front. The trials wait
in the database; `ranp.worker` runs them. Asking for the same sweep again adds what is missing.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ranp.check import Check, Contestant
from ranp.config import METHODS, PruningConfig
from ranp.criteria import choose
from ranp.jobs import Job, jobs, new_request
from ranp.metrics import METRICS
from ranp.models import Recipe, find_preset
from ranp.outcome import Entry
from ranp.storage import write_atomically
from ranp.study import CHECKS, Database, Direction, StudyError, answered
from ranp.version import __version__

if TYPE_CHECKING:
    import optuna
    import pandas

WRITERS = {".csv": "to_csv", ".parquet": "to_parquet"}
"""Suffix -> the method of a table that writes it."""

OBJECTIVES = ("score", "macs", "activations")
MOST_TRIALS = 10_000


@dataclass(frozen=True)
class Grid:
    """Every method at every sparsity from every seed; with ``full``, the full network from every seed, too."""

    architecture: str
    methods: tuple[str, ...]
    sparsities: tuple[float, ...]
    seeds: tuple[int, ...] = (0,)
    preset: str = "classroom"
    recipe: Recipe | None = None
    full: bool = True

    def __post_init__(self) -> None:
        for method in self.methods:
            choose(METHODS, method, "method")
        for sparsity in self.sparsities:
            PruningConfig(sparsity=sparsity)
        if not (self.methods and self.sparsities and self.seeds):
            raise ValueError("a grid needs a method, a sparsity and a seed at least")

    def points(self) -> list[dict[str, Any]]:
        """The parameters of every trial; the full network is the method ``full`` at sparsity 0."""
        pruned = [
            {"method": method, "sparsity": sparsity, "seed": seed}
            for seed in self.seeds
            for method in self.methods
            for sparsity in self.sparsities
        ]
        full = [{"method": "full", "sparsity": 0.0, "seed": seed} for seed in self.seeds] if self.full else []
        return [*full, *pruned]

    def space(self) -> dict[str, Any]:
        """What `suggest` reads."""
        return {
            "method": ["full", *METHODS],
            "sparsity": [0.0, 1.0],
            "seed": [0, 2**31 - 1],
        }

    def template(self) -> Check:
        """The check that each trial fills in."""
        return Check(self.architecture, (Contestant(),), self.preset, seeds=self.seeds[:1], recipe=self.recipe)


@dataclass(frozen=True)
class Search:
    """``trials`` networks whose sparsity, alpha and lambda a sampler chooses, each trained from all ``seeds``."""

    architecture: str
    trials: int = 30
    seeds: tuple[int, ...] = (0,)
    preset: str = "classroom"
    recipe: Recipe | None = None
    sparsity: tuple[float, float] = (0.1, 0.8)
    alpha: tuple[float, float] = (0.0, 1.0)
    lam: tuple[float, float] | None = None
    """None: from 0 to twice the preset's."""

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
        lam = self.lam or (0.0, 2 * find_preset(self.architecture, self.preset).lam)
        return {"sparsity": list(self.sparsity), "alpha": list(self.alpha), "lambda": list(lam)}

    def template(self) -> Check:
        """The check that each trial fills in."""
        pruning = PruningConfig("blend", sparsity=self.sparsity[0])
        return Check(self.architecture, (Contestant(pruning),), self.preset, seeds=self.seeds, recipe=self.recipe)


def start(database: Database, name: str, sweep: Grid | Search, owner: str = "") -> int:
    """Let the trials of a sweep wait, those that its study does not have yet; how many were added.

    A search that exists is extended up to its number of trials. Raises `StudyError` where ``name`` is another sweep's.
    """
    if name == CHECKS or not name.strip():
        raise StudyError(f"a sweep cannot be called {name!r}; choose another name")
    points, template = sweep.points(), sweep.template()
    if len(points) > MOST_TRIALS:
        raise ValueError(f"a sweep takes at most {MOST_TRIALS} trials, not {len(points)}")
    metric = METRICS[template.task]
    about = {
        "kind": type(sweep).__name__.lower(),
        "template": template.as_dict(),
        "space": sweep.space(),
        "objectives": list(OBJECTIVES),
        "score": metric.score,
    }
    directions: list[Direction] = ["maximize" if metric.higher_is_better else "minimize", "minimize", "minimize"]
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
        return replace(check, contestants=(Contestant(),), seeds=seeds)
    pruning = contestant.pruning or PruningConfig(lam=check.chosen_preset.lam, sparsity=0.0)
    pruning = replace(
        pruning,
        method=parameters.get("method", pruning.method),
        sparsity=parameters.get("sparsity", pruning.sparsity),
        alpha=parameters.get("alpha", pruning.alpha),
        lam=parameters.get("lambda", pruning.lam),
    )
    return replace(check, contestants=(replace(contestant, pruning=pruning),), seeds=seeds)


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
        return [sum(getattr(entry, name) for entry in ended) / len(ended) for name in OBJECTIVES]
    mean = sum(entry.score for entry in ended if entry.score is not None) / len(ended)
    return [mean if METRICS[check.task].higher_is_better else -mean]


def front(database: Database, name: str) -> list[Job]:
    """The trials of a sweep that no other beats in score, MACs and activations at once."""
    study = database.study(name)
    with answered(database):
        best = {trial.number for trial in study.best_trials}
    return [job for job in jobs(database, study=name) if job.number in best]


def table(database: Database, name: str) -> "pandas.DataFrame":
    """One row a trial: its parameters, values, figures, resources, state and reason."""
    import pandas

    best = {job.number for job in front(database, name)}
    return pandas.DataFrame([_row(job, job.number in best) for job in jobs(database, study=name)])


def export(database: Database, name: str, path: Path) -> int:
    """Write the table as CSV or Parquet, as the path ends, whole or not at all; how many rows."""
    if path.suffix not in WRITERS:
        raise ValueError(f"'{path}' must end in {' or '.join(WRITERS)}")
    rows = table(database, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, table_bytes(rows, path.suffix))
    return len(rows)


def table_bytes(rows: "pandas.DataFrame", suffix: str) -> bytes:
    """The table as the content of a file that ends so."""
    file = io.BytesIO()
    getattr(rows, WRITERS[suffix])(file, index=False)
    return file.getvalue()


def _row(job: Job, best: bool) -> dict[str, Any]:
    ended = [entry for entry in job.entries if not entry.failed]

    def mean(name: str) -> float | None:
        values = [value for entry in ended if (value := getattr(entry, name)) is not None]
        return sum(values) / len(values) if values else None

    figures = ended[0].figures if ended else {}
    return {
        "trial": job.number,
        "state": job.state,
        "pareto": best,
        **job.parameters,
        **{name: mean(name) for name in ("score", *_RESOURCES)},
        **{f"figure_{name}": sum(entry.figures[name] for entry in ended) / len(ended) for name in figures},
        "seeds": len(job.entries),
        "reason": job.reason,
        "worker": job.worker,
        "ranp": job.versions.get("ranp", __version__),
        "torch": job.versions.get("torch"),
    }


_RESOURCES = (
    "macs",
    "params",
    "activations",
    "peak_training_bytes",
    "cpu_seconds",
    "wall_seconds",
)


def _any_ended(entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if not entry.failed]


def _missing(study: "optuna.Study", points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The points that no job of the study has; a search is as long as it has jobs."""
    firsts: dict[str, str] = {}
    for trial in study.get_trials(deepcopy=False):
        given = trial.system_attrs.get("fixed_params", {})
        firsts.setdefault(trial.user_attrs.get("job", ""), json.dumps(given, sort_keys=True))
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
    for part in ("architecture", "preset", "recipe"):
        theirs, ours = found["template"].get(part), wanted["template"][part]
        if theirs != ours:
            raise StudyError(
                f"the sweep '{study.study_name}' has {part} {theirs}, not {ours}; choose another name for this one"
            )
