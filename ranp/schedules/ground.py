"""What a schedule works with: the full network's graph, the settings of pruning, and what scores, plans and counts."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from torch import nn

from ranp.graph import ChannelGraph
from ranp.plan import Plan
from ranp.schedules.bill import Meter
from ranp.selection import PruningConfig
from ranp.types import Masks, Scores


@dataclass(frozen=True)
class Scored:
    """Scores, and what they took: passes forward and backward over so many examples, and seconds."""

    scores: Scores | None
    passes: int | Fraction = 0
    examples: int = 0
    seconds: float = 0.0


class Score(Protocol):
    """Scores what is left of the full network; ``kept`` says which of its neurons that are, for what compares it with
    how it began."""

    def __call__(self, model: nn.Module, graph: ChannelGraph, kept: Masks, /) -> Scored: ...


@dataclass(frozen=True)
class Ground:
    """``graph`` and ``model`` are of the full network; ``plan`` orders the stages of pruning as `ranp.prune` does.

    ``score`` and ``plan`` take any network that is left of the full one, with its own graph. ``refresh`` takes norm
    statistics anew, and says from how many examples. ``peak`` is the peak memory of a training step of what is left,
    and ``full_peak`` that of the full network; None where nobody knows. ``processes`` is how many work on each batch.
    ``trained`` says that the weights are those of a checkpoint. ``file`` is where a run that is cut short goes on from.
    """

    graph: ChannelGraph
    model: nn.Module
    config: PruningConfig
    score: Score
    plan: Callable[[ChannelGraph, Scores | None, PruningConfig, nn.Module], Plan]
    refresh: Callable[[nn.Module], int]
    peak: Callable[[nn.Module], int | None]
    full_peak: Callable[[], int | None]
    meter: Meter
    seconds: Callable[[float, float], float]
    """Of wall and processor time, the one that counts on this device."""
    macs_allowed: int | None = None
    """The bill that training ends at, where that is what is shared out; else it ends by steps or seconds."""
    processes: int = 1
    trained: bool = False
    file: Path | None = None
    key: str = ""
