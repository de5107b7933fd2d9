"""Long computations that all visitors share: each is done once, one after the other, with a visible place in the queue.

People come in turn, one computation each, so that nobody waits for all that another asked for. A job runs in a thread
of its own, which draws nothing: a page asks for the job, shows its progress and comes back for the result. A visitor
who moves a control neither stops nor repeats what has begun. A job that all who asked for it have left takes no
place: it is not begun, and one that has begun ends at the next step that it reports, unless somebody comes back
before. One who asks for too much loses the last of what has not begun.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

from explorer.compute.job import NOBODY_IN_PARTICULAR, Job, LeftError, Report, Visitor
from explorer.compute.turns import Line

T = TypeVar("T")

LEFT = "nobody who had asked for this computation was there any more; ask again to have it done"
CROWDED_OUT = "this computation gave way to others that the same visitor asked for; ask again to have it done"
CALLED_OFF = "this computation was called off; ask again to have it done"
LINGER_SECONDS = 5.0
"""So long a job that has begun goes on without anybody who waits for it: who reloads the page is back by then."""


@dataclass(frozen=True)
class Visitors:
    """Whom the queue serves: who is asking right now (`None`: nobody in particular), and who is still there."""

    asking: Callable[[], Visitor | None] = lambda: None
    present: Callable[[Visitor], bool] = lambda visitor: True


@dataclass(frozen=True)
class Places:
    """How many jobs may be pending: of everybody, of one person, and of all who come from one address."""

    all: int = 64
    person: int = 6
    address: int = 32


NOBODY = Visitors()


class JobQueue(Generic[T]):
    """At most one job at a time; the results of the last `remember` jobs are kept, and so many `places` taken.

    >>> queue = JobQueue[int](remember=2)
    >>> queue.ask("answer", lambda report: 6 * 7).result()
    42
    """

    def __init__(
        self, remember: int, places: Places = Places(), visitors: Visitors = NOBODY, linger: float = LINGER_SECONDS
    ) -> None:
        self._jobs: OrderedDict[str, Job[T]] = OrderedDict()
        self._places = places
        self._visitors = visitors
        self._linger = linger
        self._remember = remember
        self._asked = 0
        self._line = Line()
        self._lock = Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ranp-job")

    def ask(self, key: str, compute: Callable[[Report], T]) -> Job[T]:
        """The job of this key: the one that exists, whoever asked for it first, or a new one, the visitor's last.

        A job that failed is tried again at the next request. Raises `ValueError` when too many wait already.
        """
        visitor = self._visitors.asking()
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.is_to_be_repeated():
                self._jobs.move_to_end(key)
                self._want(job, visitor)
                return job
            self._make_room(visitor)
            self._asked += 1
            job = self._jobs[key] = Job(self._asked, compute)
            self._want(job, visitor)
            self._forget()
        self._worker.submit(self._run_next)  # whichever is next by then
        return job

    def knows(self, key: str) -> bool:
        """Whether a job of this key exists and has not failed: asking for it starts nothing."""
        with self._lock:
            job = self._jobs.get(key)
            return job is not None and not job.is_to_be_repeated()

    def has_result(self, key: str) -> bool:
        """Whether the job of this key is over and went well."""
        with self._lock:
            job = self._jobs.get(key)
            return job is not None and not job.is_pending() and not job.is_to_be_repeated()

    def forget(self, key: str) -> None:
        """Give up the result of a job that is over, such as a file that takes room; it is made anew when asked for."""
        with self._lock:
            if key in self._jobs and not self._jobs[key].is_pending():
                del self._jobs[key]

    def call_off(self, key: str) -> None:
        """End the visitor's wish for the job of this key: where nobody else wants it, it ends at its next report."""
        visitor = self._visitors.asking()
        with self._lock:
            job = self._jobs.get(key)
            if job is None or not job.is_pending():
                return
            if visitor is None:
                job.kept = False
            else:
                job.visitors = {other for other in job.visitors if other.person != visitor.person}
            if not job.visitors and not job.kept:
                job.give_up(CALLED_OFF)

    def ahead_of(self, job: Job[T]) -> int:
        """How many jobs come before this one as things stand: the running one, and those whose turn is earlier."""
        with self._lock:
            if not job.is_waiting():
                return 0
            running = sum(other.begun and other.is_pending() for other in self._jobs.values())
            order = [other for _, other in self._turns()]
            return running + (order.index(job) if job in order else len(order))

    def _want(self, job: Job[T], visitor: Visitor | None) -> None:
        """Note who wants the job too, and let them stand in the line while it waits."""
        job.wanted_by(visitor)
        if job.is_waiting():
            self._line.join(NOBODY_IN_PARTICULAR if visitor is None else visitor.person)

    def _turns(self) -> list[tuple[str, Job[T]]]:
        """The jobs that wait and are wanted in the order in which they will begin, and on whose turn."""
        wanted: dict[str, list[Job[T]]] = {}
        for job in sorted(self._waiting(), key=lambda job: job.number):
            for person in job.people(self._visitors.present):
                wanted.setdefault(person, []).append(job)
        return self._line.turns(wanted)

    def _waiting(self) -> list[Job[T]]:
        return [job for job in self._jobs.values() if job.is_waiting()]

    def _is_wanted(self, job: Job[T]) -> bool:
        """Whether anybody who asked for the job is there; since when not, where not."""
        if job.kept or any(self._visitors.present(visitor) for visitor in job.visitors):
            job.left_since = None
        elif job.left_since is None:
            job.left_since = time.monotonic()
        return job.left_since is None

    def _make_room(self, visitor: Visitor | None) -> None:
        """Give up what is in the way of one more job, or raise `ValueError` where everything is wanted.

        What its visitors have left keeps its turn, in case they come back, for as long as nobody needs the place.
        """
        pending = [job for job in self._jobs.values() if job.is_pending()]
        wanted = [job for job in pending if self._is_wanted(job)]
        if len(pending) >= self._places.all:
            for job in pending:
                if job.left_since is not None and not job.begun:
                    job.give_up(LEFT)
        if visitor is not None:
            wanted = self._crowd_out(visitor, wanted)
            near = [job for job in wanted if any(_is_near(other, visitor) for other in job.visitors)]
            if len(near) >= self._places.address:
                raise ValueError(_full(len(near), "from where you are"))
        if len(wanted) >= self._places.all:
            raise ValueError(_full(len(wanted), "on this server"))

    def _crowd_out(self, visitor: Visitor, wanted: list[Job[T]]) -> list[Job[T]]:
        """Take the person's jobs that have not begun from the end of the queue until one more is not too many."""
        mine = [job for job in wanted if any(other.person == visitor.person for other in job.visitors)]
        for job in sorted(mine, key=lambda job: job.number)[self._places.person - 1 :]:
            if not job.begun:
                job.visitors = {other for other in job.visitors if other.person != visitor.person}
                if not job.visitors and not job.kept:
                    job.give_up(CROWDED_OUT)
        return [job for job in wanted if job.is_pending()]

    def _begin(self) -> tuple[Job[T], Callable[[Report], T]] | None:
        """The job whose turn it is, and what is to be computed; `None` where nobody waits for anything.

        What its visitors have left is not begun: it waits for them while others are served, and then ends.
        """
        with self._lock:
            for person, job in self._turns():
                assert job.compute is not None, "only a job that waits has a turn"
                self._line.serve(person)
                job.begun, compute, job.compute = True, job.compute, None
                return job, compute
            for job in self._waiting():
                job.give_up(LEFT)
            return None

    def _report(self, job: Job[T], done: int, total: int | None) -> None:
        """Note how far a job is, and end it where all who wanted it have left."""
        with self._lock:
            if not job.is_pending():
                raise LeftError(LEFT)
            if not self._is_wanted(job) and time.monotonic() - (job.left_since or 0.0) >= self._linger:
                job.give_up(LEFT)  # from here on, who asks for the same begins it anew
                raise LeftError(LEFT)
        if total:
            job.progress = min(1.0, done / total)

    def _run_next(self) -> None:
        if (begun := self._begin()) is None:
            return
        job, compute = begun
        try:
            result = compute(partial(self._report, job))
        except BaseException as error:  # whatever ended the job belongs to those who wait for it
            end = partial(job.future.set_exception, error)
        else:
            end = partial(job.future.set_result, result)
        with self._lock:
            if job.is_pending():
                end()
            self._line.served(person for one in self._waiting() for person in one.people(lambda visitor: True))

    def _forget(self) -> None:
        finished = [key for key, job in self._jobs.items() if not job.is_pending()]
        for key in finished[: max(0, len(self._jobs) - self._remember)]:
            del self._jobs[key]


def _is_near(one: Visitor, other: Visitor) -> bool:
    return bool(one.address) and one.address == other.address


def _full(waiting: int, where: str) -> str:
    return (
        f"{waiting} computations are waiting {where} already; try again in a minute, or choose a network and a seed "
        "that somebody has computed before"
    )
