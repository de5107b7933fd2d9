"""One computation that visitors wait for: who wants it, how far it is, and its result once there is one."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

Report = Callable[[int, int | None], None]
"""Called by a job with the steps that are done and how many there are, where that is known.

Raises `LeftError` where nobody waits for the job any more.
"""

NOBODY_IN_PARTICULAR = ""
"""The person who asks where no visitor does."""


class LeftError(ValueError):
    """Nobody waits for the job any more."""


@dataclass(frozen=True)
class Visitor:
    """One open tab, and as well as it can be told the person that it belongs to and where that person is.

    An empty `address` is nowhere in particular.
    """

    session: str
    person: str
    address: str = ""


class Job(Generic[T]):
    """One computation: its result once there is one, and until then how far it is."""

    def __init__(self, number: int, compute: Callable[[Report], T]) -> None:
        self.number = number
        self.compute: Callable[[Report], T] | None = compute
        self.progress = 0.0
        self.begun = False
        self.kept = False  # asked for by nobody in particular, who cannot leave
        self.visitors: set[Visitor] = set()
        self.left_since: float | None = None
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

    def is_pending(self) -> bool:
        return not self.future.done()

    def is_waiting(self) -> bool:
        return not self.begun and self.is_pending()

    def is_to_be_repeated(self) -> bool:
        return self.future.done() and self.future.exception() is not None

    def give_up(self, reason: str) -> None:
        self.compute = None  # what it would have worked on need not be kept until its turn
        self.future.set_exception(LeftError(reason))

    def wanted_by(self, visitor: Visitor | None) -> None:
        self.left_since = None
        if visitor is None:
            self.kept = True
        else:
            self.visitors.add(visitor)

    def people(self, present: Callable[[Visitor], bool]) -> set[str]:
        """Who wants the job and is there."""
        people = {visitor.person for visitor in self.visitors if present(visitor)}
        return people | {NOBODY_IN_PARTICULAR} if self.kept else people
