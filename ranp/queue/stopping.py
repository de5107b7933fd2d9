"""A stop that waits for a safe place: Ctrl-C, or a service manager's SIGTERM, never comes in the middle of a write."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stop:
    """Whether this process was asked to stop; a `KeyboardInterrupt` follows where `check` or `at_once` allows one.

    A second request does not wait. One that Python itself swallows, as while it frees an object, is met by the next
    `check`.
    """

    def __init__(self) -> None:
        self._asked = self._now = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While this is held, both signals come here; in the main thread only, as Python has it."""
        before = {each: signal.signal(each, self.ask) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Nothing in here is spoilt by an interruption."""
        self.check()
        before, self._now = self._now, True
        try:
            yield
        finally:
            self._now = before

    @contextmanager
    def later(self) -> Iterator[None]:
        """Within `at_once`: what must be done wholly or not at all."""
        before, self._now = self._now, False
        try:
            yield
        finally:
            self._now = before
        if before:
            self.check()

    def check(self) -> None:
        """A place at which a stop does no harm."""
        if self._asked:
            raise KeyboardInterrupt

    def ask(self, *_: Any) -> None:
        """Stop, as soon as that does no harm."""
        again, self._asked = self._asked, True
        if again or self._now:
            raise KeyboardInterrupt
