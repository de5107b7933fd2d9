"""A computation in a second process, while the command goes on with something else.

The process is forked, so it imports nothing and builds nothing again, and only where that is safe: on Linux, with a
core to spare, from a process of one thread that has not computed with tensors yet (a caller says so by asking).
Elsewhere, and where the second process does not answer for whatever reason, the same is computed here when it is
asked for.
"""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Beside(Generic[Answer]):
    """What ``compute()`` returns, begun at once in a second process if ``fork`` and the machine allow it."""

    def __init__(self, compute: Callable[[], Answer], fork: bool = True) -> None:
        self._compute = compute
        self._answers = _begin(compute) if fork and _can_fork() else None

    def result(self) -> Answer:
        """Wait for the answer; raises what ``compute`` raises."""
        if self._answers is not None:
            try:
                answer: Answer = self._answers.recv()
            except (EOFError, OSError):
                return self._compute()
            return answer
        return self._compute()


def _can_fork() -> bool:
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1 and threading.active_count() == 1


def _begin(compute: Callable[[], object]) -> Connection | None:
    context = multiprocessing.get_context("fork")
    try:
        answers, mine = context.Pipe(duplex=False)
        context.Process(target=_answer, args=(compute, mine), daemon=True).start()
        mine.close()  # so that an end without an answer is seen as one
    except OSError:
        return None
    return answers


def _answer(compute: Callable[[], object], answers: Connection) -> None:
    try:
        answers.send(compute())
    except BaseException:  # an interrupt, too: the first process meets the same and says it once
        answers.close()
