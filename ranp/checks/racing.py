"""Running races: what is missing in a file is trained, one network after the other or several side by side.

A first seed of every race comes before the second of any. What ended is kept in the cache at once, and a race's seed is
written to the file when all of its networks are there, so a run can be cut short anywhere and goes on from there. A
network that two races have in common, such as the full one, is trained once.
"""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch

from ranp.averages import mean_of_known
from ranp.checks.check import Check
from ranp.checks.entry import Entry
from ranp.checks.kept import KeptEntries
from ranp.checks.nudge import read_nudges
from ranp.checks.progress import Progress
from ranp.checks.races import Race, course_key, provenance, read_races, written
from ranp.checks.run import run_check
from ranp.files import check_writable, write_atomically

Report = Callable[[str, Progress], None]
Asked = Sequence[tuple[str, Check]]
"""Checks of one seed each, by the name of their race."""


def run_races(
    path: Path,
    courses: Mapping[str, Check],
    seeds: int | Sequence[int],
    command: str,
    report: Report | None = None,
    processes: int = 1,
) -> dict[str, Race]:
    """Run each course from the seeds that ``path`` does not have, and write it after each.

    ``seeds`` names the seeds, or counts them. Entries of a course that has changed since are thrown away. ``report`` is
    told the course and, in ``done``, the share of all that was missing. Several ``processes`` train as many networks at
    once, each on one thread. ``ValueError`` where such a process is killed.
    """
    check_writable(path)
    asked = missing(path, courses, seeds)
    found = _one_by_one(path, asked, report) if processes == 1 else _side_by_side(path, asked, report, processes)
    for name, check, entries in found:
        races = read_races(path)
        before = races.get(name)
        if before is None or course_key(before.check) != course_key(check):
            before = Race(name, check, (), ())
        known = (*(before.check.seeds if before.entries else ()), *check.seeds)
        run = {"seeds": list(check.seeds), **provenance(command, None if processes == 1 else 1)}
        races[name] = Race(name, replace(check, seeds=known), (*before.entries, *entries), (*before.runs, run))
        write_atomically(path, written(races))
        KeptEntries(check).forget()
    return read_races(path)


def missing(path: Path, courses: Mapping[str, Check], seeds: int | Sequence[int]) -> Asked:
    """What ``path`` does not have of those seeds of each course."""
    known = read_races(path)
    same = {name for name in courses if name in known and course_key(known[name].check) == course_key(courses[name])}
    return [
        (name, replace(course, seeds=(seed,)))
        for seed in (range(seeds) if isinstance(seeds, int) else seeds)
        for name, course in courses.items()
        if name not in same or seed not in known[name].check.seeds
    ]


def seconds_to_train(asked: Asked) -> float | None:
    """CPU-seconds that training takes, by the seconds a step of what was measured before; None where nothing was.

    A network that was never trained is taken to cost what the others of its task do that are pruned. One that is cut
    down while it trains is taken to cost what the full one does, and so is any whose bill is to be as large.
    """
    steps: dict[tuple[str, bool], list[float]] = {}
    known = [(race.check, race.entries) for race in read_races().values()]
    nudged = [(found.check, tuple(entry for _, entry in found.entries)) for found in read_nudges().values()]
    for check, entries in (*known, *nudged):
        for entry in (each for each in entries if each.steps):
            contestant = check.contestants[entry.contestant]
            if not contestant.scheduled:  # the others' steps are of several sizes
                whole = contestant.pruning is None
                steps.setdefault((check.subject.title, whole), []).append(entry.cpu_seconds / entry.steps)
    networks = {
        (course_key(_alone(check, place)), *check.seeds): (check, _as_the_full(check, place))
        for _, check in asked
        for place in range(len(check.contestants))
    }
    total = 0.0
    for check, whole in networks.values():
        step = mean_of_known(steps.get((check.subject.title, whole), []))
        if step is None:
            return None
        total += step * check.used_recipe.steps
    return total


def _as_the_full(check: Check, place: int) -> bool:
    """Whether training takes about what the full network's does."""
    contestant = check.contestants[place]
    return contestant.pruning is None or contestant.scheduled or check.equal == "total"


def _one_by_one(path: Path, asked: Asked, report: Report | None) -> Iterator[tuple[str, Check, list[Entry]]]:
    for number, (name, check) in enumerate(asked):
        kept = KeptEntries(check)
        told = None if report is None else partial(_of_all, report, name, number, len(asked))
        yield name, check, run_check(check, told, kept.add, finished_before=_known(path, check, kept))


def _of_all(report: Report, name: str, before: int, checks: int, progress: Progress) -> None:
    report(name, replace(progress, done=(before + progress.done) / checks, remaining_seconds=None))


def _known(path: Path, check: Check, kept: KeptEntries) -> list[Entry]:
    """What an earlier run found of the check, and what other races did that have networks in common with it."""
    found = {entry.contestant: entry for entry in kept.entries}
    others = {
        (course_key(_alone(race.check, entry.contestant)), entry.seed): entry
        for race in read_races(path).values()
        if race.check.subject == check.subject
        for entry in race.entries
        if not entry.failed
    }
    for place, label in enumerate(check.labels):
        same = others.get((course_key(_alone(check, place)), check.seeds[0]))
        if same is not None and place not in found:
            found[place] = replace(same, contestant=place, label=label)
    return list(found.values())


def _alone(check: Check, place: int) -> Check:
    """The check of this contestant, by which a network that several races have in common is known.

    The bill that is equal is that of the full network's steps, so on a task, whose batches are all of one size, the
    full network is trained the same for equal steps.
    """
    contestant = check.contestants[place]
    same = contestant.pruning is None and check.equal == "total" and check.subject.model is None
    return replace(check, contestants=(contestant,), equal="steps" if same else check.equal)


class _Group:
    """The networks of one check, of which some are trained already."""

    def __init__(self, path: Path, name: str, check: Check) -> None:
        self.name, self.check, self.kept = name, check, KeptEntries(check)
        self.entries = {entry.contestant: entry for entry in _known(path, check, self.kept)}

    @property
    def left(self) -> list[int]:
        """The places of the contestants that are to be trained."""
        return [place for place in range(len(self.check.contestants)) if place not in self.entries]

    def add(self, place: int, entry: Entry) -> Entry:
        """Take over one that was trained by itself."""
        self.entries[place] = replace(entry, contestant=place, label=self.check.labels[place])
        self.kept.add(self.entries[place])
        return self.entries[place]


def _side_by_side(
    path: Path, asked: Asked, report: Report | None, processes: int
) -> Iterator[tuple[str, Check, list[Entry]]]:
    groups = [_Group(path, name, check) for name, check in asked]
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin)
    try:
        jobs: dict[tuple[str, int], Future[Entry]] = {}
        waiting: dict[Future[Entry], list[tuple[_Group, int]]] = {}
        for group in groups:
            for place in group.left:
                single = _alone(group.check, place)
                key = course_key(single), group.check.seeds[0]
                if key not in jobs:
                    jobs[key] = pool.submit(_trained, single)
                waiting.setdefault(jobs[key], []).append((group, place))
        yield from (_whole(group) for group in groups if not group.left)
        for number, future in enumerate(as_completed(waiting), 1):
            for group, place in waiting[future]:
                entry = group.add(place, future.result())
                if report is not None:
                    done = number / len(waiting)
                    report(group.name, Progress(place, entry.label, entry.seed, entry.steps, None, done, None))
                if not group.left:
                    yield _whole(group)
    except BrokenProcessPool as error:
        raise ValueError(
            f"one of {processes} processes that train was killed, perhaps for want of memory; what ended before is "
            "kept: go on with the same command and --workers 1"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _whole(group: _Group) -> tuple[str, Check, list[Entry]]:
    return group.name, group.check, [group.entries[place] for place in sorted(group.entries)]


def _begin() -> None:
    """In a process that trains: one thread, and an interrupt ends it without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    torch.set_num_threads(1)


def _trained(check: Check) -> Entry:
    [entry] = run_check(check)
    return entry
