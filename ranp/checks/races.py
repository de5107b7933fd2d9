"""Races that were run before: the full network against each method at equal MACs, from several seeds of each task.

`COURSES` says what is raced. ``ranp race`` runs what is missing in a file, seed by seed, and `read_races` reads the one
that comes with the library, ``races.json``: entries, and for each the machine, the versions and the command.
"""

import json
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy
import torch

from ranp.checks.check import Check, race
from ranp.checks.compared import Compared, compare
from ranp.checks.controls.alike import reached, same_networks
from ranp.checks.entry import Entry
from ranp.checks.progress import Progress
from ranp.checks.run import run_check
from ranp.checks.summary import Summary, summarise
from ranp.files import MAPPING, check, check_writable, parse_json, read_regular, write_atomically
from ranp.fingerprint import fingerprint
from ranp.machine import processor_name
from ranp.subject import Subject
from ranp.version import __version__

RACED = ("ranp-f", "weighted", "layerwise", "random", "vanilla")
SHIPPED = Path(__file__).with_name("races.json")


def course(architecture: str, preset: str) -> Check:
    """A race of the preset by its converging recipe; of equal scores all stay or all go, as in those that ship."""
    subject = Subject(architecture, preset)
    recipe = subject.recipe_called("converging")
    return race(subject, RACED, ("macs", 0.25), plateau="keep", fill="no", recipe=recipe)


COURSES: dict[str, Check] = {
    "tissue": course("unet3d", "classroom-tissue"),
    "brain": course("unet3d", "classroom"),
    "voxel-parts": course("unet3d", "classroom-shapes"),
    "motion": course("mobilenetv2", "classroom"),
    "stereo": course("psmnet", "classroom"),
}
"""Task -> the race that is run for it."""

MOST_BYTES = 2**28
_SCHEMA = {"check": MAPPING, "runs": [MAPPING], "entries": [MAPPING]}


@dataclass(frozen=True)
class Race:
    """What one race found: the check with all its seeds, its entries, and where they come from."""

    name: str
    check: Check
    entries: tuple[Entry, ...]
    runs: tuple[dict[str, Any], ...]
    """Machine, versions, command and date of each run, with the seeds that it added."""

    @property
    def summary(self) -> list[Summary]:
        """Mean and spread of each contestant."""
        return summarise(self.entries)

    @property
    def notes(self) -> list[str]:
        """How much of the budget the networks have, and which of them are the same, in sentences."""
        return [*reached(self.check, self.entries), *same_networks(self.entries)]

    @property
    def compared(self) -> list[Compared]:
        """All pairs of contestants beside each other."""
        return compare(self.entries, self.check.subject.score.higher_is_better)


def read_races(path: Path = SHIPPED) -> dict[str, Race]:
    """Race by name; empty where there is no file. ``ValueError`` for a file of another version or form."""
    try:
        content = read_regular(path, MOST_BYTES)
    except FileNotFoundError:
        return {}
    documents = parse_json(content, str(path))
    check(documents, MAPPING, str(path))
    return {name: _race(name, document, path) for name, document in documents.items()}


def run_races(
    path: Path,
    courses: dict[str, Check],
    seeds: int | Sequence[int],
    command: str,
    report: Callable[[str, Progress], None] | None = None,
) -> dict[str, Race]:
    """Run each course from the seeds that ``path`` does not have, and write it after each.

    ``seeds`` names the seeds, or counts them. A first seed of every course comes before the second of any, so a run
    that is cut short has something of all. Entries of a course that has changed since are thrown away. ``report`` is
    told the course and, in ``done``, the share of all that was missing.
    """
    check_writable(path)
    missing = list(_missing(path, courses, seeds))
    for number, (name, seed) in enumerate(missing):
        races = read_races(path)
        course = replace(courses[name], seeds=(seed,))
        entries = run_check(course, None if report is None else partial(_of_all, report, name, number, len(missing)))
        before = races.get(name)
        if before is None or course_key(before.check) != course_key(course):
            before = Race(name, course, (), ())
        known = (*(before.check.seeds if before.entries else ()), seed)
        races[name] = Race(
            name,
            replace(course, seeds=known),
            (*before.entries, *entries),
            (*before.runs, {"seeds": [seed], **provenance(command)}),
        )
        document = {key: _document(races[key]) for key in sorted(races)}
        write_atomically(path, json.dumps(document, allow_nan=False, indent=1).encode())
    return read_races(path)


def _of_all(report: Callable[[str, Progress], None], name: str, before: int, checks: int, progress: Progress) -> None:
    report(name, replace(progress, done=(before + progress.done) / checks, remaining_seconds=None))


def provenance(command: str) -> dict[str, Any]:
    """Where figures come from: machine, versions, command, date."""
    return {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{processor_name()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads used",
        "system": f"{platform.system()} {platform.machine()}",
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Of what the figures depend on."""
    return {
        "ranp": __version__,
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
    }


def _missing(path: Path, courses: dict[str, Check], seeds: int | Sequence[int]) -> Iterator[tuple[str, int]]:
    known = read_races(path)
    same = {name for name in courses if name in known and course_key(known[name].check) == course_key(courses[name])}
    for seed in range(seeds) if isinstance(seeds, int) else seeds:
        yield from ((name, seed) for name in courses if name not in same or seed not in known[name].check.seeds)


def course_key(check: Check) -> str:
    """All of a check but its seeds; the recipe written out, since the preset's may change."""
    return fingerprint(**replace(check, seeds=(0,), recipe=check.used_recipe).as_dict())


def _document(race: Race) -> dict[str, Any]:
    check = replace(race.check, recipe=race.check.used_recipe)
    return {
        "check": check.as_dict(),
        "runs": list(race.runs),
        "entries": [entry.as_dict() for entry in race.entries],
    }


def _race(name: str, document: Any, path: Path) -> Race:
    check(document, _SCHEMA, f"the race '{name[:80]}' in {path}")
    try:
        entries = tuple(Entry.from_dict(entry) for entry in document["entries"])
        return Race(name, Check.from_dict(document["check"]), entries, tuple(document["runs"]))
    except ValueError as error:
        raise ValueError(f"the race '{name[:80]}' in {path} is of another version or form: {error}") from error
