"""How far a training check is, step by step, and how it is called off."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ranp.checks.check import Check
from ranp.files import COUNT, NOTHING, TEXT, check
from ranp.training import FIGURE, Point, Step


class CancelledError(Exception):
    """Somebody asked for the check to end; the entries that were finished have been reported."""


@dataclass(frozen=True)
class Progress:
    """Where a check is: which entry is being trained, and how much of the whole is done."""

    contestant: int
    label: str
    seed: int
    step: int
    """0 while the network is being built and scored."""
    loss: float | None
    done: float
    """Share of the check, 0 to 1, counted in entries and their steps."""
    remaining_seconds: float | None
    """None until there is something to judge it by."""
    point: Point | None = None
    """Where the network was judged after this step; it belongs to the curve, and is not in `as_dict`."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {key: value for key, value in asdict(self).items() if key in _FORM}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Progress":
        """The progress of `as_dict`; ``ValueError`` for anything else."""
        if any(key not in document for key in _FORM):
            raise ValueError(f"the progress of a check must hold {', '.join(_FORM)}, not {', '.join(document)[:200]}")
        known = {key: document[key] for key in _FORM}
        check(known, _FORM, "the progress of a check")
        return cls(**known)


_FORM = {
    "contestant": COUNT,
    "label": TEXT,
    "seed": COUNT,
    "step": COUNT,
    "loss": FIGURE | NOTHING,
    "done": FIGURE,
    "remaining_seconds": FIGURE | NOTHING,
}


class Track:
    """Counts entries and steps into a share of the whole, and time into what remains."""

    def __init__(self, check: Check, report: Callable[[Progress], None] | None) -> None:
        self._report = report
        self._labels = check.labels
        self._entries = len(check.seeds) * len(check.contestants)
        self._ended = self._given = 0
        self._began = time.perf_counter()
        self._now = (0, "", 0)

    def begin(self, index: int, seed: int) -> None:
        self._now = (index, self._labels[index], seed)
        self._tell(None)

    def end(self, given: bool) -> None:
        """One more entry is there; ``given`` where an earlier run found it, so that it says nothing of the time."""
        self._ended += 1
        self._given += given
        self._tell(None)

    def watch(self, step: Step) -> None:
        self._tell(step)

    def _tell(self, step: Step | None) -> None:
        if self._report is None:
            return
        done = (self._ended + (0.0 if step is None else step.done)) / self._entries
        passed = time.perf_counter() - self._began
        own = done - self._given / self._entries
        remaining = passed * (1 - done) / own if own > 0 else None
        if step is None:
            self._report(Progress(*self._now, 0, None, done, remaining))
        else:
            self._report(Progress(*self._now, step.step, step.loss, done, remaining, step.point))
