"""The races that come with the library, put together by task: read when the file is another one than before."""

from functools import lru_cache
from typing import NamedTuple

from explorer.state import ExplorerState
from ranp.checks import SHIPPED, AgainstCost, When, against_cost, not_run, read_races, when_not_run, when_raced


class _Raced(NamedTuple):
    """Scores against cost, scores by when the network was cut down, and the races of each that are not run."""

    scores: tuple[AgainstCost, ...]
    scores_missing: tuple[str, ...]
    ages: tuple[When, ...]
    ages_missing: tuple[str, ...]


def raced() -> tuple[AgainstCost, ...]:
    """Every task's scores against cost; ``ValueError`` where the file is of another version or form."""
    return _raced(_stamp()).scores


def not_raced() -> tuple[str, ...]:
    """The courses of which there is nothing yet."""
    return _raced(_stamp()).scores_missing


def raced_when() -> tuple[When, ...]:
    """Every task's scores by when the network was cut down; ``ValueError`` as `raced`."""
    return _raced(_stamp()).ages


def not_raced_when() -> tuple[str, ...]:
    """The races of schedules of which there is nothing yet."""
    return _raced(_stamp()).ages_missing


def is_raced_of(task: AgainstCost, state: ExplorerState) -> bool:
    """Whether the task was raced with the network at hand, in its size."""
    subject = task.races[0].check.subject
    return (subject.architecture, subject.preset) == (state.architecture, state.preset)


def _stamp() -> int:
    return SHIPPED.stat().st_mtime_ns if SHIPPED.exists() else 0


@lru_cache(1)
def _raced(stamp: int) -> _Raced:
    races = read_races()
    return _Raced(against_cost(races), tuple(not_run(races)), when_raced(races), tuple(when_not_run(races)))
