"""What the Train check page shows, as plain values: checks with their learning curves, races, and trials of sweeps.

No torch and no Streamlit here, so that a figure or a sentence can be made and tested from numbers alone. A score is the
task's own measure; MACs and activations are those of one input.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PENDING = ("waiting", "running")


@dataclass(frozen=True)
class Measure:
    """What networks are compared by; a score between 0 and 1 unless `unbounded`, as errors in pixels are."""

    name: str
    title: str
    higher_is_better: bool
    unbounded: bool = False


@dataclass(frozen=True)
class LearningCurve:
    """One network's score over steps (or seconds): mean over seeds, sample deviation where there are two or more."""

    label: str
    contestant: int
    x: tuple[float, ...]
    mean: tuple[float, ...]
    spread: tuple[float | None, ...]
    seeds: tuple[int, ...]  # how many seeds each point is the mean of


@dataclass(frozen=True)
class Result:
    """One network over its seeds: means of those that ended; `reasons` say why others did not."""

    label: str
    contestant: int
    seeds: int
    failures: int
    score: float | None
    spread: float | None
    figures: Mapping[str, float]
    sparsity: float | None
    macs: float | None
    params: float | None
    activations: float | None
    peak_training_bytes: float | None
    cpu_seconds: float | None
    wall_seconds: float | None
    steps: float | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckFacts:
    """One check of the queue: where it is, how far, and what it has found so far.

    `position` is 1 for the one that comes next. `measure` is `None` where another version made the check.
    """

    id: str
    title: str
    state: str
    network: tuple[str, str]
    position: int | None
    done: float
    training: str  # the network that is being trained, or nothing
    seed: int
    step: int
    remaining_seconds: float | None
    reason: str | None
    attempt: int
    steps: int
    equal: str
    measure: Measure | None
    curves: tuple[LearningCurve, ...] = ()
    results: tuple[Result, ...] = ()
    contestants: int = 2
    mine: bool = False
    may_cancel: bool = False

    @property
    def pending(self) -> bool:
        return self.state in PENDING


@dataclass(frozen=True)
class Shipped:
    """A race that was run before, and where it comes from."""

    measure: Measure
    budget: float | None
    seeds: int
    steps: int
    results: tuple[Result, ...]
    command: str
    machine: str
    date: str
    version: str


@dataclass(frozen=True)
class TrialFacts:
    """One trial of a sweep: what was trained and what came out; `best` where no other beats it in everything."""

    number: int
    id: str
    state: str
    method: str
    sparsity: float | None
    alpha: float | None
    lam: float | None
    seed: int
    score: float | None = None
    macs: float | None = None
    activations: float | None = None
    best: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class SweepFacts:
    """A sweep: which network it is about, and its trials in the order in which they were asked for."""

    name: str
    kind: str
    network: tuple[str, str]
    measure: Measure
    trials: tuple[TrialFacts, ...]

    def number(self, *states: str) -> int:
        """How many trials are in one of these states."""
        return sum(trial.state in states for trial in self.trials)

    @property
    def pending(self) -> bool:
        return self.number(*PENDING) > 0
