"""From what the database holds of a check to what the page shows of it, curves over seeds among it."""

import logging
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from explorer.training.facts import CheckFacts, LearningCurve, Measure, SizeCurve
from ranp.averages import deviation, mean
from ranp.checks import Check, Entry, Nudged, compare, nudge_text, reached, read_nudges, same_networks, summarise
from ranp.models import checkpoint_title
from ranp.queue import Job
from ranp.statistics import failed_runs
from ranp.subject import Subject
from ranp.training import Point

log = logging.getLogger("explorer")

BOUNDED = ("dice", "miou", "top1")


def check_facts(job: Job, mine: bool = False, may_cancel: bool = False) -> CheckFacts:
    """The job as a page shows it."""
    check = job.check
    return CheckFacts(
        id=job.id,
        title=job.title or job.id[:8],
        state=job.state,
        network=("", "") if check is None else network(check.subject),
        position=job.position,
        progress=job.progress if job.state == "running" else None,
        reason=job.reason,
        lacks=job.lacks,
        attempt=job.attempt,
        steps=0 if check is None else check.used_recipe.steps,
        equal="steps" if check is None else check.equal,
        measure=None if check is None else measure(check.subject),
        recipe="own" if check is None else check.recipe_name,
        nudge="" if check is None else nudge(check),
        curves=() if check is None else tuple(curves(check, (*job.entries, *job.growing))),
        sizes=() if check is None else sizes(check, job.entries),
        results=tuple(summarise(job.entries)),
        compared=() if check is None else tuple(compare(job.entries, check.subject.score.higher_is_better)),
        notes=() if check is None else (*reached(check, job.entries), *same_networks(job.entries)),
        contestants=0 if check is None else len(check.contestants),
        mine=mine,
        may_cancel=may_cancel,
    )


def nudge(check: Check) -> str:
    """How far one weight moves a score of the check's recipe, or that this is not known."""
    return nudge_text(check, _nudges())


@cache
def _nudges() -> dict[str, Nudged]:
    """Those that come with the library: read once."""
    try:
        return read_nudges()
    except ValueError as error:
        log.warning("%s", error)
        return {}


def network(subject: Subject) -> tuple[str, str]:
    """The network and its size as the state of a page names them; one's own by its import path, without a size.

    Trained weights have the name of their file in place of a size.
    """
    if subject.checkpoint is not None:
        return subject.untrained.title, checkpoint_title(Path(subject.checkpoint).name, subject.checkpoint_sha256)
    return subject.architecture or subject.title, subject.preset or ""


def measure(subject: Subject) -> Measure:
    """What the subject's networks are compared by."""
    score = subject.score
    known = subject.library_preset is not None and score.name in BOUNDED
    return Measure(score.name, score.title, score.higher_is_better, not known)


def curves(check: Check, entries: Sequence[Entry]) -> Iterable[LearningCurve]:
    """One curve for each network: of finished entries, and of those in hand as far as they are.

    Where runs failed, the curve is the mean of the others, and its label says so.
    """
    for index, name in enumerate(check.labels):
        mine = sorted((entry for entry in entries if entry.contestant == index), key=lambda entry: entry.seed)
        runs = [points for entry in mine if (points := _judged(entry, check))]
        failures = sum(entry.failed for entry in mine)
        label = f"{name} ({failed_runs(failures, len(mine))})" if failures else name
        if runs:
            yield _curve(label, index, runs, check)


def sizes(check: Check, entries: Sequence[Entry]) -> tuple[SizeCurve, ...]:
    """The size of each network over its training; none where all of them keep theirs."""
    if not any(contestant.scheduled for contestant in check.contestants):
        return ()
    found = []
    for index, label in enumerate(check.labels):
        runs = [each for each in entries if each.contestant == index and each.sizes]
        if runs:
            last = mean([run.steps for run in runs])
            steps = sorted({size.step for run in runs for size in run.sizes if size.step <= last} | {last})
            found.append(SizeCurve(label, index, tuple(steps), tuple(_macs_at(runs, step) for step in steps)))
    return tuple(found)


def _macs_at(runs: Sequence[Entry], step: float) -> float:
    return mean([[size.macs for size in run.sizes if size.step <= step][-1] for run in runs])


def _judged(entry: Entry, check: Check) -> list[Point]:
    return [point for point in entry.curve if check.subject.score.name in point.figures]


def _curve(label: str, contestant: int, runs: Sequence[Sequence[Point]], check: Check) -> LearningCurve:
    """Point by point over the runs that have come so far; seeds are judged equally often."""
    at = [[run[place] for run in runs if place < len(run)] for place in range(max(map(len, runs)))]
    horizontal, score = "seconds" if check.equal == "time" else "step", check.subject.score.name
    return LearningCurve(
        label,
        contestant,
        tuple(mean([getattr(point, horizontal) for point in points]) for points in at),
        tuple(mean([point.figures[score] for point in points]) for points in at),
        tuple(deviation([point.figures[score] for point in points]) for points in at),
        tuple(len(points) for points in at),
    )
