"""Races that were run before: the full network against each method at equal MACs, from several seeds of each task.

`COURSES` says what is raced, and `WHEN` the same of schedules: when RANP-f's network is cut down. `ranp.checks.racing`
runs what is missing in a file, and `read_races` reads the one that comes with the library, ``races.json``: entries, and
for each seed the machine, the versions and the command.
"""

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from ranp.checks.check import Check, race
from ranp.checks.compared import Compared, compare
from ranp.checks.controls.alike import reached, same_networks
from ranp.checks.entry import Entry
from ranp.checks.summary import Summary, summarise
from ranp.files import MAPPING, check, parse_json, read_regular
from ranp.fingerprint import fingerprint
from ranp.machine import processor_name
from ranp.subject import Subject
from ranp.versions import versions

RACED = ("ranp-f", "ranp-m", "layerwise-original", "thin", "random", "synflow", "3sp", "weighted", "vanilla")
SHARES = (0.25, 0.05)
"""Of the full network's MACs, at which every task is raced."""

SHIPPED = Path(__file__).with_name("races.json")


def course(architecture: str, preset: str, share: float = SHARES[0]) -> Check:
    """A race of the preset by its converging recipe at that share of its MACs."""
    subject = Subject(architecture, preset)
    return race(subject, RACED, ("macs", share), recipe=subject.recipe_called("converging"))


def course_name(task: str, share: float) -> str:
    """The name of a task's race.

    >>> course_name("brain", 0.25), course_name("brain", 0.05)
    ('brain', 'brain at 5%')
    """
    return task if share == SHARES[0] else f"{task} at {share:.0%}"


TASKS = {
    "tissue": ("unet3d", "classroom-tissue"),
    "voxel-parts": ("unet3d", "classroom-shapes"),
    "brain": ("unet3d", "classroom"),
    "motion": ("mobilenetv2", "classroom"),
    "stereo": ("psmnet", "classroom"),
}
"""Task -> the architecture and preset that it is raced with."""

COURSES = {course_name(task, share): course(*preset, share) for task, preset in TASKS.items() for share in SHARES}
"""Name -> the race that is run, in the order in which they are run."""

AGES = ("init", "early", "gradual", "soft", "after")
"""The schedules that are raced beside one another: before, during and after training."""
WHEN_TASKS = ("tissue", "voxel-parts")
WHEN_SHARES = (0.25, 0.10)
TERMS = {"steps": "", "total": ", equal bills"}
"""What is the same for all: steps, so that bills differ, or bills, so that steps do; and how that is said."""


def when_course(architecture: str, preset: str, share: float, equal: str) -> Check:
    """A race of `AGES` at that share of the preset's MACs, by its converging recipe."""
    base = course(architecture, preset, share)
    full, pruned = base.contestants[0], base.contestants[1 + RACED.index("ranp-f")]
    return replace(base, contestants=(full, *(replace(pruned, schedule=each) for each in AGES)), equal=equal)


def when_name(task: str, share: float, equal: str = "steps") -> str:
    """The name of a task's race of schedules.

    >>> when_name("tissue", 0.1), when_name("tissue", 0.25, "total")
    ('tissue schedules at 10%', 'tissue schedules at 25%, equal bills')
    """
    return f"{task} schedules at {share:.0%}{TERMS[equal]}"


WHEN = {
    when_name(task, share, equal): when_course(*TASKS[task], share, equal)
    for equal in TERMS for task in WHEN_TASKS for share in WHEN_SHARES
}  # fmt: skip
"""Name -> the race of schedules that is run; the same file holds them, under these names."""

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


def provenance(command: str, threads: int | None = None) -> dict[str, Any]:
    """Where figures come from: machine, versions, command, date; ``threads`` that trained (default: those in use)."""
    return {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{processor_name()}, {os.cpu_count()} cores, {threads or torch.get_num_threads()} threads used",
        "system": f"{platform.system()} {platform.machine()}",
        "versions": versions(),
    }


def course_key(check: Check) -> str:
    """All of a check but its seeds; the recipe written out, since the preset's may change."""
    return fingerprint(**replace(check, seeds=(0,), recipe=check.used_recipe).as_dict())


def written(races: Mapping[str, Race]) -> bytes:
    """The file of the races, a line for each entry: what `read_races` reads."""
    known = [name for name in (*COURSES, *WHEN) if name in races]
    names = [*known, *sorted(races.keys() - set(known))]
    documents = [f"{json.dumps(name)}: {_block('{}', _keyed(_document(races[name])))}" for name in names]
    return (_block("{}", documents) + "\n").encode()


def _keyed(document: Mapping[str, Any]) -> list[str]:
    texts = {
        key: _block("[]", map(_line, value)) if isinstance(value, list) else _line(value)
        for key, value in document.items()
    }
    return [f"{json.dumps(key)}: {text}" for key, text in texts.items()]


def _block(brackets: str, lines: Iterable[str]) -> str:
    return "\n".join([brackets[0], ",\n".join(lines), brackets[1]])


def _line(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


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
