"""How many jobs of a study are done, and how long the rest may take."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ranp.averages import mean
from ranp.queue.job import Job


@dataclass(frozen=True)
class Tally:
    """Jobs by state. ``remaining_seconds`` is None until there is something to judge it by, and 0 once nothing is left.

    ``share`` is what is done, 0 to 1; jobs that failed or were called off are over, too.
    """

    done: int
    failed: int
    cancelled: int
    running: int
    waiting: int
    share: float
    remaining_seconds: float | None

    @property
    def total(self) -> int:
        """All jobs."""
        return self.done + self.failed + self.cancelled + self.running + self.waiting

    @property
    def words(self) -> str:
        """The states that there are.

        >>> Tally(3, 1, 0, 1, 4, 0.4, None).words
        '3 done, 1 failed, 1 running, 4 waiting'
        """
        states = ("done", "failed", "cancelled", "running", "waiting")
        found = [f"{getattr(self, state)} {state}" for state in states if getattr(self, state)]
        return ", ".join(found) or "no trials"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def tally(jobs: Sequence[Job]) -> Tally:
    """Count jobs. What waits is taken to last as long as those that are done did on average, shared by as many workers
    as are at work, one at least.
    """
    states = Counter(job.state for job in jobs)
    running = [job for job in jobs if job.state == "running"]
    shares = sum(job.progress.done for job in running if job.progress is not None)
    over = states["done"] + states["failed"] + states["cancelled"]
    return Tally(
        **{state: states[state] for state in ("done", "failed", "cancelled", "running", "waiting")},
        share=(over + shares) / len(jobs) if jobs else 1.0,
        remaining_seconds=_remaining(jobs, running, states["waiting"]),
    )


def _remaining(jobs: Sequence[Job], running: Sequence[Job], waiting: int) -> float | None:
    if not running and not waiting:
        return 0.0
    lasted = [_seconds(job.started, job.ended) for job in jobs if job.state == "done" and job.started and job.ended]
    left = [job.progress.remaining_seconds for job in running if job.progress is not None]
    known = [seconds for seconds in left if seconds is not None]
    if not lasted:
        whole = [_whole(job) for job in running]
        lasted = [seconds for seconds in whole if seconds is not None]
    if not lasted:
        return None
    unknown = len(running) - len(known)
    return (sum(known) + (waiting + unknown) * mean(lasted)) / max(1, len(running))


def _whole(job: Job) -> float | None:
    """How long a job that runs will last altogether, by its own estimate."""
    progress = job.progress
    if progress is None or progress.remaining_seconds is None or progress.done >= 1:
        return None
    return progress.remaining_seconds / (1 - progress.done)


def _seconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()
