"""What a training check found: one entry for each network and seed, and the mean and spread over seeds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ranp.training import Point


@dataclass(frozen=True)
class Entry:
    """How one network did from one seed; ``reason`` says in a sentence why it failed, where it did.

    ``score`` is the figure that networks are compared by (`ranp.metrics`). ``macs``, ``params`` and ``activations`` are
    those of `ranp.graph.Cost`, at batch 1; ``peak_training_bytes`` is that of a step at the recipe's batch. Seconds are
    those of training alone.
    """

    contestant: int
    label: str
    seed: int
    reason: str | None = None
    score: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    curve: tuple[Point, ...] = ()
    steps: int = 0
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    sparsity: float | None = None
    """Achieved: the fraction of all neurons that went."""
    macs: int | None = None
    params: int | None = None
    activations: int | None = None
    peak_training_bytes: int | None = None

    @property
    def failed(self) -> bool:
        """Whether there is no score."""
        return self.reason is not None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Entry":
        """The entry of `as_dict`."""
        try:
            curve = tuple(Point(**point) for point in document["curve"])
            return cls(**{**document, "curve": curve})
        except (TypeError, KeyError) as error:
            raise ValueError(f"this result cannot be read ({error}); it was made by another version") from error


@dataclass(frozen=True)
class Summary:
    """One contestant over its seeds: means of those that ended, the sample deviation of the score, what went wrong."""

    contestant: int
    label: str
    seeds: int
    failures: int
    """From how many seeds it failed."""
    mean: float | None
    spread: float | None
    """None with fewer than two scores."""
    macs: float | None
    peak_training_bytes: float | None
    cpu_seconds: float | None
    seconds_per_step: float | None
    reasons: tuple[str, ...]


def summarise(entries: Sequence[Entry]) -> list[Summary]:
    """Entries by contestant, in their order.

    >>> found = summarise([Entry(0, "full", seed, score=score) for seed, score in enumerate((0.7, 0.9))])
    >>> round(found[0].mean, 2), round(found[0].spread, 3)
    (0.8, 0.141)
    """
    by_contestant: dict[int, list[Entry]] = {}
    for entry in entries:
        by_contestant.setdefault(entry.contestant, []).append(entry)
    return [_summary(index, group) for index, group in sorted(by_contestant.items())]


def _summary(contestant: int, entries: list[Entry]) -> Summary:
    ended = [entry for entry in entries if not entry.failed]
    scores = [entry.score for entry in ended if entry.score is not None]
    return Summary(
        contestant=contestant,
        label=entries[0].label,
        seeds=len(entries),
        failures=sum(entry.failed for entry in entries),
        mean=_mean(scores),
        spread=_deviation(scores) if len(scores) > 1 else None,
        macs=_mean([entry.macs for entry in ended]),
        peak_training_bytes=_mean([entry.peak_training_bytes for entry in ended]),
        cpu_seconds=_mean([entry.cpu_seconds for entry in ended]),
        seconds_per_step=_mean([entry.wall_seconds / entry.steps for entry in ended if entry.steps]),
        reasons=tuple(dict.fromkeys(entry.reason for entry in entries if entry.reason is not None)),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _deviation(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
