"""What a training check found, network by network: the mean and spread over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ranp.averages import deviation, mean, mean_of_known
from ranp.checks.entry import Entry


@dataclass(frozen=True)
class Summary:
    """One contestant over its seeds: means of those that ended, the sample deviation of the score, what went wrong."""

    contestant: int
    label: str
    seeds: int
    failures: int
    """From how many seeds it failed."""
    mean: float | None
    """Of the score."""
    spread: float | None
    """None with fewer than two scores."""
    figures: Mapping[str, float] = field(default_factory=dict)
    sparsity: float | None = None
    macs: float | None = None
    params: float | None = None
    activations: float | None = None
    peak_training_bytes: float | None = None
    total_macs: float | None = None
    """What it took in all: scoring, training, and everything on the way."""
    total_seconds: float | None = None
    total_peak_bytes: float | None = None
    cpu_seconds: float | None = None
    wall_seconds: float | None = None
    steps: float | None = None
    seconds_per_step: float | None = None
    reasons: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The score with its spread; where runs failed, of how many of them it is the mean.

        >>> Summary(0, "random", seeds=5, failures=1, mean=0.5, spread=0.01).text
        '0.500 ± 0.010 (4 of 5 runs)'
        """
        if self.mean is None:
            return "failed"
        spread = "" if self.spread is None else f" ± {self.spread:.3f}"
        left = f" ({self.seeds - self.failures} of {self.seeds} runs)" if self.failures else ""
        return f"{self.mean:.3f}{spread}{left}"


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
        mean=mean_of_known(scores),
        spread=deviation(scores),
        figures=_figures(ended),
        sparsity=mean_of_known([entry.sparsity for entry in ended]),
        macs=mean_of_known([entry.macs for entry in ended]),
        params=mean_of_known([entry.params for entry in ended]),
        activations=mean_of_known([entry.activations for entry in ended]),
        peak_training_bytes=mean_of_known([entry.peak_training_bytes for entry in ended]),
        total_macs=mean_of_known([entry.total_macs for entry in ended]),
        total_seconds=mean_of_known([entry.total_seconds for entry in ended]),
        total_peak_bytes=mean_of_known([entry.total_peak_bytes for entry in ended]),
        cpu_seconds=mean_of_known([entry.cpu_seconds for entry in ended]),
        wall_seconds=mean_of_known([entry.wall_seconds for entry in ended]),
        steps=mean_of_known([entry.steps for entry in ended]),
        seconds_per_step=mean_of_known([entry.wall_seconds / entry.steps for entry in ended if entry.steps]),
        reasons=tuple(dict.fromkeys(entry.reason for entry in entries if entry.reason is not None)),
    )


def _figures(ended: Sequence[Entry]) -> dict[str, float]:
    names = ended[0].figures if ended else ()
    return {name: mean([entry.figures[name] for entry in ended if name in entry.figures]) for name in names}
