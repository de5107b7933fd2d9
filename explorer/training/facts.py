"""What the Train check page shows, as plain values: checks with their learning curves, and trials of sweeps.

No Streamlit here, so that a figure or a sentence can be made and tested from numbers alone. Results over seeds are the
library's own `ranp.checks.Summary` and `Compared`. A score is the task's own measure; MACs and activations are those of
one input.
"""

from dataclasses import dataclass

from ranp.checks import Compared, Progress, Summary
from ranp.selection import Limit

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
class SizeCurve:
    """One network's size over its training: from ``steps[i]`` on it has ``macs[i]``, the mean over seeds.

    ``steps`` ends with the last step.
    """

    label: str
    contestant: int
    steps: tuple[float, ...]
    macs: tuple[float, ...]


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
    progress: Progress | None  # while it runs
    reason: str | None
    attempt: int
    steps: int
    equal: str
    measure: Measure | None
    recipe: str = "quick"
    nudge: str = ""  # what is known of how far a trifle moves a score of that recipe
    curves: tuple[LearningCurve, ...] = ()
    sizes: tuple[SizeCurve, ...] = ()  # of networks that are done; none where none is cut down while it trains
    results: tuple[Summary, ...] = ()
    compared: tuple[Compared, ...] = ()
    notes: tuple[str, ...] = ()  # what the networks have of their budget, and which are one and the same
    contestants: int = 2
    mine: bool = False
    may_cancel: bool = False
    lacks: str | None = None  # while it waits: why a worker left it to others

    @property
    def pending(self) -> bool:
        return self.state in PENDING


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
    limits: tuple[Limit, ...] = ()  # where budgets were given, and no sparsity


@dataclass(frozen=True)
class SweepFacts:
    """A sweep: which network it is about, and its trials in the order in which they were asked for."""

    name: str
    kind: str
    network: tuple[str, str]
    measure: Measure
    trials: tuple[TrialFacts, ...]
    batch: int = 1  # of a training step, whose peak a budget may limit

    def number(self, *states: str) -> int:
        """How many trials are in one of these states."""
        return sum(trial.state in states for trial in self.trials)

    @property
    def pending(self) -> bool:
        return self.number(*PENDING) > 0
