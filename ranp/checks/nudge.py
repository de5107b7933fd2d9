"""The nudge: how far a score moves when a single weight moves by a millionth before training.

Seed, examples and order stay the same, so what moves the score is a trifle that training has blown up. Another
processor or another number of threads rounds otherwise and is such a trifle, too: nearer than the nudge no figure can
be expected to come out again there. ``nudges.json`` keeps what was measured of the races' tasks, by recipe;
`tests.benchmarks.nudge` measures.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ranp.averages import deviation
from ranp.checks.check import Check
from ranp.checks.entry import Entry
from ranp.checks.progress import Progress
from ranp.checks.races import COURSES, course_key, provenance
from ranp.checks.run import run_check
from ranp.files import MAPPING, check_writable, parse_json, read_regular, write_atomically
from ranp.files import check as check_form
from ranp.training import FIGURE

NUDGES = (1e-6, -1e-6)
MEASURED = Path(__file__).with_name("nudges.json")
MOST_BYTES = 2**26
_SCHEMA = {"check": MAPPING, "runs": [MAPPING], "entries": [{"nudge": FIGURE, "entry": MAPPING}]}
NOT_MEASURED = "By how much one weight, moved by a millionth, moves a score of this recipe was not measured."


@dataclass(frozen=True)
class Nudged:
    """What one recipe's scores do: the entries of ``check`` by the share by which a weight was moved, 0 among them."""

    check: Check
    entries: tuple[tuple[float, Entry], ...]
    runs: tuple[dict[str, Any], ...]
    """Machine, versions, command and date of each run."""

    @property
    def moved(self) -> dict[str, float]:
        """Network -> the furthest that its score moved from any seed; without those that failed."""
        found: dict[str, float] = {}
        still = {(entry.label, entry.seed): entry.score for nudge, entry in self.entries if nudge == 0}
        for _, entry in self.entries:
            before = still.get((entry.label, entry.seed))
            if entry.score is not None and before is not None:
                found[entry.label] = max(found.get(entry.label, 0.0), abs(entry.score - before))
        return found

    @property
    def spreads(self) -> dict[str, float | None]:
        """Network -> the sample deviation of its score over the seeds, nothing moved."""
        return {
            label: deviation([each.score for nudge, each in self.entries
                              if nudge == 0 and each.label == label and each.score is not None])
            for label in self.moved
        }  # fmt: skip

    @property
    def text(self) -> str:
        """A sentence: by how much, beside the spread of the seeds, and where."""
        spreads = self.spreads
        parts = [f"{moved:.3f} ({label}{_of_spread(moved, spreads[label])})" for label, moved in self.moved.items()]
        seeds, machine = len(self.check.seeds), self.runs[-1].get("machine", "") if self.runs else ""
        of = f"from {seeds} seed{'s' if seeds > 1 else ''}, on {machine}"
        return f"One weight moved by a millionth moved the score by up to {' and '.join(parts)}; {of}."


def _of_spread(moved: float, spread: float | None) -> str:
    return f", {moved / spread:.0%} of the spread of ± {spread:.3f} over seeds" if spread else ""


def nudge_check(task: str, recipe: str, seeds: int = 1) -> Check:
    """What is measured of a race's task: its full network and RANP-f's, by that recipe."""
    course = COURSES[task]
    contestants = tuple(each for each in course.contestants if each.label in ("full", "ranp-f"))
    chosen = course.subject.recipe_called(recipe)
    return replace(course, contestants=contestants, recipe=chosen, seeds=tuple(range(seeds)))


def nudge_of(check: Check, known: Mapping[str, Nudged]) -> Nudged | None:
    """What is known of the check's network trained by its recipe; None where that was not measured."""
    return next(
        (each for each in known.values()
         if each.check.subject == check.subject and each.check.used_recipe == check.used_recipe and each.moved),
        None,
    )  # fmt: skip


def nudge_text(check: Check, known: Mapping[str, Nudged]) -> str:
    """The same as a sentence, also where nothing is known."""
    found = nudge_of(check, known)
    return NOT_MEASURED if found is None else found.text


def read_nudges(path: Path = MEASURED) -> dict[str, Nudged]:
    """What was measured, by task and recipe; empty where there is no file. ``ValueError`` for one of another form."""
    try:
        content = read_regular(path, MOST_BYTES)
    except FileNotFoundError:
        return {}
    documents = parse_json(content, str(path))
    check_form(documents, MAPPING, str(path))
    return {name: _nudged(document, f"'{name[:80]}' in {path}") for name, document in documents.items()}


def run_nudges(
    path: Path, checks: Mapping[str, Check], command: str, report: Callable[[str, Progress], None] | None = None
) -> dict[str, Nudged]:
    """Train what ``path`` does not have of each check, as it is and with each of `NUDGES`; written after each.

    First seeds of all come before second seeds of any; what is kept of a check that has changed is thrown away.
    """
    check_writable(path)
    for name, check, seed, share in list(_missing(read_nudges(path), checks)):
        one = replace(check, seeds=(seed,), nudge=share)
        found = run_check(one, None if report is None else partial(report, name))
        known = read_nudges(path)
        before = known.get(name)
        if before is None or course_key(before.check) != course_key(check):
            before = Nudged(check, (), ())
        seeds = tuple(sorted({seed, *(each.seed for _, each in before.entries)}))
        known[name] = Nudged(
            replace(check, seeds=seeds),
            (*before.entries, *((share, replace(each, curve=())) for each in found)),
            (*before.runs, {"seed": seed, "nudge": share, **provenance(command)}),
        )
        document = {key: _document(known[key]) for key in sorted(known)}
        write_atomically(path, json.dumps(document, allow_nan=False, indent=1).encode())
    return read_nudges(path)


def _missing(known: Mapping[str, Nudged], checks: Mapping[str, Check]) -> Iterator[tuple[str, Check, int, float]]:
    most = max((len(check.seeds) for check in checks.values()), default=0)
    for place in range(most):
        for name, check in checks.items():
            before = known.get(name)
            same = before is not None and course_key(before.check) == course_key(check)
            done = {(entry.seed, share) for share, entry in before.entries} if before is not None and same else set()
            for seed in check.seeds[place : place + 1]:
                yield from ((name, check, seed, share) for share in (0.0, *NUDGES) if (seed, share) not in done)


def _document(found: Nudged) -> dict[str, Any]:
    return {
        "check": replace(found.check, recipe=found.check.used_recipe).as_dict(),
        "runs": list(found.runs),
        "entries": [{"nudge": share, "entry": entry.as_dict()} for share, entry in found.entries],
    }


def _nudged(document: Any, where: str) -> Nudged:
    check_form(document, _SCHEMA, f"the nudge of {where}")
    entries = tuple((float(each["nudge"]), Entry.from_dict(each["entry"])) for each in document["entries"])
    return Nudged(Check.from_dict(document["check"]), entries, tuple(document["runs"]))
