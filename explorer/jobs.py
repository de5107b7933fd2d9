"""Long computations that all visitors share: each is done once, one after the other, with a visible place in the queue.

A job runs in a thread of its own, which draws nothing: a page asks for the job, shows its progress and comes back for
the result. A visitor who moves a control or closes the tab neither stops nor repeats what has begun. What has not begun
is given up when all who asked for it have left, or when its only visitor has asked for too much else.
"""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

LEFT = "nobody who had asked for this computation was there any more; ask again to have it done"
CROWDED_OUT = "this computation gave way to others that were asked for in the same window; ask again to have it done"

Report = Callable[[int, int | None], None]
"""Called by a job with the steps that are done and how many there are, where that is known."""


class Job(Generic[T]):
    """One computation: its result once there is one, and until then how far it is."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.progress = 0.0
        self.begun = False
        self.visitors: set[str] = set()
        self.future: Future[T] = Future()

    def wait(self, seconds: float) -> bool:
        """Whether the job is over after at most so many seconds."""
        try:
            self.future.exception(timeout=seconds)
        except TimeoutError:
            return False
        return True

    def result(self) -> T:
        """The result, or the exception that ended the job."""
        return self.future.result()

    def report(self, done: int, total: int | None) -> None:
        self.progress = min(1.0, done / total) if total else 0.0


@dataclass(frozen=True)
class Visitors:
    """Whom the queue serves: who is asking right now (`None`: nobody in particular), and who is still there."""

    asking: Callable[[], str | None] = lambda: None
    present: Callable[[str], bool] = lambda visitor: True


NOBODY = Visitors()


class JobQueue(Generic[T]):
    """At most one job at a time; the results of the last `remember` jobs are kept.

    At most `waiting` jobs are pending, and at most `each` of one visitor.

    >>> queue = JobQueue[int](remember=2, waiting=8)
    >>> queue.ask("answer", lambda report: 6 * 7).result()
    42
    """

    def __init__(self, remember: int, waiting: int, each: int = 3, visitors: Visitors = NOBODY) -> None:
        self._jobs: OrderedDict[str, Job[T]] = OrderedDict()
        self._each = each
        self._visitors = visitors
        self._remember = remember
        self._waiting = waiting
        self._asked = 0
        self._lock = Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ranp-job")

    def ask(self, key: str, compute: Callable[[Report], T]) -> Job[T]:
        """The job of this key: the one that exists, whoever asked for it first, or a new one at the end of the queue.

        A job that failed is tried again at the next request. Raises `ValueError` when too many wait already.
        """
        visitor = self._visitors.asking()
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not (job.future.done() and job.future.exception()):
                self._jobs.move_to_end(key)
                job.visitors.update({visitor} if visitor else ())
                return job
            if visitor:
                self._make_room(visitor)
            pending = [other for other in self._jobs.values() if not other.future.done()]
            if len(pending) >= self._waiting:
                raise ValueError(
                    f"{len(pending)} computations are waiting on this server already; try again in a minute, "
                    "or choose a network and a seed that somebody has computed before"
                )
            self._asked += 1
            job = self._jobs[key] = Job(self._asked)
            job.visitors.update({visitor} if visitor else ())
            self._forget()
        self._worker.submit(self._run, job, compute)
        return job

    def knows(self, key: str) -> bool:
        """Whether a job of this key exists and has not failed: asking for it starts nothing."""
        with self._lock:
            job = self._jobs.get(key)
            return job is not None and not (job.future.done() and job.future.exception())

    def has_result(self, key: str) -> bool:
        """Whether the job of this key is over and went well."""
        with self._lock:
            job = self._jobs.get(key)
            return job is not None and job.future.done() and job.future.exception() is None

    def forget(self, key: str) -> None:
        """Give up the result of a job that is over, such as a file that takes room; it is made anew when asked for."""
        with self._lock:
            if key in self._jobs and self._jobs[key].future.done():
                del self._jobs[key]

    def ahead_of(self, job: Job[T]) -> int:
        """How many jobs, the running one included, come before this one."""
        with self._lock:
            return sum(other.number < job.number and not other.future.done() for other in self._jobs.values())

    def _make_room(self, visitor: str) -> None:
        """Take the visitor's jobs that have not begun from the end of the queue until one more is not too many."""
        mine = [job for job in self._jobs.values() if visitor in job.visitors and not job.future.done()]
        for job in sorted(mine, key=lambda job: job.number)[self._each - 1 :]:
            if not job.begun:
                job.visitors.discard(visitor)
                if not job.visitors:
                    job.future.set_exception(ValueError(CROWDED_OUT))

    def _begins(self, job: Job[T]) -> bool:
        """Whether the job is still wanted now that it is its turn."""
        present = not job.visitors or any(self._visitors.present(visitor) for visitor in list(job.visitors))
        with self._lock:
            if not job.future.done():
                job.begun = present
                if not present:
                    job.future.set_exception(ValueError(LEFT))
            return job.begun

    def _run(self, job: Job[T], compute: Callable[[Report], T]) -> None:
        if not self._begins(job):
            return
        try:
            job.future.set_result(compute(job.report))
        except BaseException as error:  # whatever ended the job belongs to those who wait for it
            job.future.set_exception(error)

    def _forget(self) -> None:
        finished = [key for key, job in self._jobs.items() if job.future.done()]
        for key in finished[: max(0, len(self._jobs) - self._remember)]:
            del self._jobs[key]
