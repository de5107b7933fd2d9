"""How far predictions were off on a machine: what was measured once is kept, and told with every later prediction.

Seconds of different machines are never compared. By a table of another machine only the ratio of the pruned network's
step to the full one's is.
"""

import json
import logging
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ranp.files import COUNT, NUMBER, TEXT, check, parse_json, read_regular, write_atomically
from ranp.timing.table import Machine, TimeTable

log = logging.getLogger(__name__)

MOST = 40
"""Comparisons that are kept of one network on one machine, by tables of one machine: the latest."""

_FILE, _TITLE, _VERSION, _MOST_BYTES = "errors.json", "ranp_time_errors", 1, 2**22
_MACHINE = {"name": TEXT, "device": TEXT, "threads": COUNT, "torch": TEXT}
_COMPARISON = {"kind": TEXT, "batch": COUNT, "predicted": [NUMBER], "measured": [NUMBER], "date": TEXT}
_ENTRY = {"machine": _MACHINE, "table": _MACHINE, "network": TEXT, "comparisons": [_COMPARISON]}
_FORM = {_TITLE: COUNT, "entries": [_ENTRY]}


@dataclass(frozen=True)
class Comparison:
    """Seconds of a step of the full network and of what a plan left of it, predicted and measured, on a day."""

    kind: str
    batch: int
    predicted: tuple[float, float]
    measured: tuple[float, float]
    date: str

    @property
    def errors(self) -> tuple[float, float]:
        """Predicted as a share of the measured seconds, less 1."""
        full, pruned = (guess / found - 1 for guess, found in zip(self.predicted, self.measured, strict=True))
        return full, pruned

    @property
    def ratios(self) -> tuple[float, float]:
        """Seconds of the pruned network as a share of the full one's: predicted, and measured."""
        return self.predicted[1] / self.predicted[0], self.measured[1] / self.measured[0]

    @property
    def ratio_error(self) -> float:
        """The predicted ratio as a share of the measured one, less 1."""
        predicted, measured = self.ratios
        return predicted / measured - 1


@dataclass(frozen=True)
class KnownError:
    """How far predictions are off, without sign: the median of ``comparisons``, or the table's own where there is none.

    ``of`` says of what: of seconds, or only of the pruned step as a share of the full one.
    """

    share: float
    of: Literal["seconds", "ratio"]
    comparisons: int


def keep_comparison(folder: Path, table: TimeTable, here: Machine, comparison: Comparison) -> None:
    """Add what was measured ``here`` to the file in ``folder``; one that cannot be written costs a warning."""
    entries = _read(folder)
    found = _find(entries, table, here)
    if found is None:
        found = {"machine": asdict(here), "table": asdict(table.machine), "network": table.network, "comparisons": []}
        entries.append(found)
    found["comparisons"] = [*found["comparisons"], asdict(comparison)][-MOST:]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        document = json.dumps({_TITLE: _VERSION, "entries": entries}, allow_nan=False)
        write_atomically(folder / _FILE, document.encode())
    except OSError as error:
        log.warning("the error of the prediction could not be kept in %s (%s)", folder, error)


def comparisons(folder: Path, table: TimeTable, here: Machine) -> list[Comparison]:
    """What was measured ``here`` of the table's network and predicted by tables of the table's machine; in order."""
    entry = _find(_read(folder), table, here)
    return [] if entry is None else [_comparison(each) for each in entry["comparisons"]]


def known_error(folder: Path, table: TimeTable, kind: str, here: Machine) -> KnownError | None:
    """How far the table's predictions of one kind of step are off ``here``; ``None`` where nobody knows."""
    found = [each for each in comparisons(folder, table, here) if each.kind == kind]
    same = table.machine == here
    if found:
        errors = [abs(error) for each in found for error in (each.errors if same else (each.ratio_error,))]
        return KnownError(statistics.median(errors), "seconds" if same else "ratio", len(found))
    if same and kind in table.errors:
        return KnownError(abs(table.errors[kind]), "seconds", 0)
    return None


def error_in_words(known: KnownError | None) -> str:
    """The same as half a sentence, for wherever a prediction stands.

    >>> error_in_words(KnownError(0.041, "seconds", 3))
    'off by 4% in the median of 3 comparisons on this machine'
    >>> error_in_words(KnownError(0.12, "seconds", 0))
    'off by 12% when the table was measured'
    """
    if known is None:
        return "how far it is off on this machine is not known"
    if not known.comparisons:
        return f"off by {known.share:.0%} when the table was measured"
    times = "comparison" if known.comparisons == 1 else "comparisons"
    what = "" if known.of == "seconds" else "the pruned step as a share of the full one is "
    return f"{what}off by {known.share:.0%} in the median of {known.comparisons} {times} on this machine"


def _find(entries: Sequence[dict[str, Any]], table: TimeTable, here: Machine) -> dict[str, Any] | None:
    key = (asdict(here), asdict(table.machine), table.network)
    return next((each for each in entries if (each["machine"], each["table"], each["network"]) == key), None)


def _comparison(document: dict[str, Any]) -> Comparison:
    predicted, measured = tuple(document["predicted"]), tuple(document["measured"])
    return Comparison(**{**document, "predicted": predicted, "measured": measured})


def _read(folder: Path) -> list[dict[str, Any]]:
    path = folder / _FILE
    try:
        document = parse_json(read_regular(path, _MOST_BYTES), str(path))
        check(document, _FORM, str(path))
        entries: list[dict[str, Any]] = document["entries"]
        for each in (each for entry in entries for each in entry["comparisons"]):
            _check_seconds(each, str(path))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        log.warning("what predictions were off before is not known: %s", error)
        return []
    return entries


def _check_seconds(document: dict[str, Any], where: str) -> None:
    for name in ("predicted", "measured"):
        if len(document[name]) != 2 or not all(value > 0 for value in document[name]):
            raise ValueError(f"{where}: {name} must be two numbers above 0, of the full and of the pruned network")
