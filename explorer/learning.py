"""From what the database holds of a check to what the page shows of it: curves and results over seeds."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from explorer.training_facts import CheckFacts, LearningCurve, Measure, Result, Shipped
from ranp.jobs import Job
from ranp.metrics import METRICS
from ranp.outcome import Entry
from ranp.races import Race

BOUNDED = ("dice", "miou", "top1")


def check_facts(job: Job, mine: bool = False, may_cancel: bool = False) -> CheckFacts:
    """The job as a page shows it."""
    check, progress = job.check, job.progress or {}
    running = job.state == "running"
    return CheckFacts(
        id=job.id,
        title=job.title or job.id[:8],
        state=job.state,
        network=("", "") if check is None else (check.architecture, check.preset),
        position=job.position,
        done=1.0 if job.state == "done" else float(progress.get("done", 0.0)),
        training=str(progress.get("label", "")) if running else "",
        seed=int(progress.get("seed", 0)),
        step=int(progress.get("step", 0)),
        remaining_seconds=progress.get("remaining_seconds") if running else None,
        reason=job.reason,
        attempt=job.attempt,
        steps=0 if check is None else check.used_recipe.steps,
        equal="steps" if check is None else check.equal,
        measure=None if check is None else measure(check.task),
        curves=() if check is None else tuple(curves(job)),
        results=tuple(results(job.entries)),
        contestants=0 if check is None else len(check.contestants),
        mine=mine,
        may_cancel=may_cancel,
    )


def measure(task: str) -> Measure:
    """What the task's networks are compared by."""
    metric = METRICS[task]
    return Measure(metric.score, metric.title, metric.higher_is_better, metric.score not in BOUNDED)


def curves(job: Job) -> Iterable[LearningCurve]:
    """One curve for each network: that of finished entries, and of the one in hand as far as it is."""
    assert job.check is not None
    score = METRICS[job.check.task].score
    horizontal = "seconds" if job.check.equal == "time" else "step"
    runs = {(entry.contestant, entry.seed): _points(entry, horizontal, score) for entry in job.entries}
    growing: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for point in job.points:
        key = (int(point["contestant"]), int(point["seed"]))
        if key not in runs and score in point["figures"]:
            growing.setdefault(key, []).append((float(point[horizontal]), float(point["figures"][score])))
    runs.update(growing)
    for index, contestant in enumerate(job.check.contestants):
        mine = [points for (number, _), points in sorted(runs.items()) if number == index and points]
        if mine:
            yield _curve(contestant.label, index, mine)


def results(entries: Sequence[Entry]) -> list[Result]:
    """Entries by network, in their order."""
    by_contestant: dict[int, list[Entry]] = {}
    for entry in entries:
        by_contestant.setdefault(entry.contestant, []).append(entry)
    return [_result(group) for _, group in sorted(by_contestant.items())]


def shipped(race: Race) -> Shipped:
    """A race of the library's file."""
    check, last = race.check, race.runs[-1] if race.runs else {}
    budgets = [each.pruning.budget for each in check.contestants if each.pruning is not None]
    return Shipped(
        measure=measure(check.task),
        budget=budgets[0][1] if budgets and budgets[0] else None,
        seeds=len(check.seeds),
        steps=check.used_recipe.steps,
        results=tuple(results(race.entries)),
        command=str(last.get("command", "")),
        machine=str(last.get("machine", "")),
        date=str(last.get("date", "")),
        version=str(last.get("versions", {}).get("ranp", "")),
    )


def _points(entry: Entry, horizontal: str, score: str) -> list[tuple[float, float]]:
    return [(float(getattr(point, horizontal)), point.figures[score]) for point in entry.curve]


def _curve(label: str, contestant: int, runs: Sequence[Sequence[tuple[float, float]]]) -> LearningCurve:
    """Point by point over the runs that have come so far; seeds are judged equally often."""
    at = [[run[place] for run in runs if place < len(run)] for place in range(max(map(len, runs)))]
    return LearningCurve(
        label,
        contestant,
        tuple(_average([x for x, _ in points]) for points in at),
        tuple(_average([y for _, y in points]) for points in at),
        tuple(_deviation([y for _, y in points]) for points in at),
        tuple(len(points) for points in at),
    )


def _result(entries: Sequence[Entry]) -> Result:
    ended = [entry for entry in entries if not entry.failed]
    scores = [entry.score for entry in ended if entry.score is not None]

    def mean(of: Callable[[Entry], float | None]) -> float | None:
        values = [value for entry in ended if (value := of(entry)) is not None]
        return _average(values) if values else None

    return Result(
        label=entries[0].label,
        contestant=entries[0].contestant,
        seeds=len(entries),
        failures=len(entries) - len(ended),
        score=_average(scores) if scores else None,
        spread=_deviation(scores),
        figures=_figures([entry.figures for entry in ended]),
        sparsity=mean(lambda entry: entry.sparsity),
        macs=mean(lambda entry: entry.macs),
        params=mean(lambda entry: entry.params),
        activations=mean(lambda entry: entry.activations),
        peak_training_bytes=mean(lambda entry: entry.peak_training_bytes),
        cpu_seconds=mean(lambda entry: entry.cpu_seconds),
        wall_seconds=mean(lambda entry: entry.wall_seconds),
        steps=mean(lambda entry: entry.steps),
        reasons=tuple(dict.fromkeys(entry.reason for entry in entries if entry.reason)),
    )


def _figures(found: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    names = found[0] if found else ()
    return {name: _average([figures[name] for figures in found if name in figures]) for name in names}


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _deviation(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return None
    mean = _average(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
