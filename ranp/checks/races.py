"""Races that were run before: the full network against each method at equal MACs, from several seeds of each task.

`COURSES` says what is raced. ``ranp race`` runs what is missing in a file, seed by seed, and `read_races` reads the one
that comes with the library, ``races.json``: entries, and for each the machine, the versions and the command.
"""

import json
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy
import torch

from ranp.check import Check, race
from ranp.checking import Progress, run_check
from ranp.fingerprint import fingerprint
from ranp.outcome import Entry, Summary, summarise
from ranp.storage import write_atomically
from ranp.version import __version__

RACED = ("ranp-f", "weighted", "layerwise", "random", "vanilla")
SHIPPED = Path(__file__).with_name("races.json")

COURSES: dict[str, Check] = {
    "brain": race("unet3d", RACED, "classroom", ("macs", 0.25)),
    "voxel-parts": race("unet3d", RACED, "classroom-shapes", ("macs", 0.25)),
    "motion": race("mobilenetv2", RACED, "classroom", ("macs", 0.25)),
    "stereo": race("psmnet", RACED, "classroom", ("macs", 0.25)),
}
"""Task -> the race that is run for it."""


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


def read_races(path: Path = SHIPPED) -> dict[str, Race]:
    """Race by name; empty where there is no file. ``ValueError`` for a file of another version."""
    if not path.is_file():
        return {}
    return {name: _race(name, document) for name, document in json.loads(path.read_text(encoding="utf-8")).items()}


def run_races(
    path: Path,
    courses: dict[str, Check],
    seeds: int,
    command: str,
    report: Callable[[str, Progress], None] | None = None,
) -> dict[str, Race]:
    """Run each course from the seeds that ``path`` does not have, and write it after each.

    A first seed of every course comes before the second of any, so a run that is cut short has something of all.
    Entries of a course that has changed since are thrown away.
    """
    for name, seed in _missing(path, courses, seeds):
        races = read_races(path)
        course = replace(courses[name], seeds=(seed,))
        entries = run_check(course, None if report is None else partial(report, name))
        before = races.get(name)
        if before is None or _key(before.check) != _key(course):
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


def provenance(command: str) -> dict[str, Any]:
    """Where figures come from: machine, versions, command, date."""
    return {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads used",
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


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _missing(path: Path, courses: dict[str, Check], seeds: int) -> Iterator[tuple[str, int]]:
    known = read_races(path)
    for seed in range(seeds):
        for name, course in courses.items():
            if name not in known or _key(known[name].check) != _key(course) or seed not in known[name].check.seeds:
                yield name, seed


def _key(check: Check) -> str:
    """All of a check but its seeds; the recipe written out, since the preset's may change."""
    return fingerprint(**replace(check, seeds=(0,), recipe=check.used_recipe).as_dict())


def _document(race: Race) -> dict[str, Any]:
    check = replace(race.check, recipe=race.check.used_recipe)
    return {
        "check": check.as_dict(),
        "runs": list(race.runs),
        "entries": [entry.as_dict() for entry in race.entries],
    }


def _race(name: str, document: dict[str, Any]) -> Race:
    try:
        entries = tuple(Entry.from_dict(entry) for entry in document["entries"])
        return Race(name, Check.from_dict(document["check"]), entries, tuple(document["runs"]))
    except KeyError as error:
        raise ValueError(f"the race '{name}' lacks {error}; it was written by another version") from error
