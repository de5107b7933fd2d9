"""How far a long computation is, on stderr: a bar on a terminal, a line now and then where there is none.

In a log a bar is thousands of lines, and silence is no better. A line comes every ten seconds at most: then for each
further tenth, or for each minute where a tenth takes longer.
"""

import sys
import time
from collections.abc import Callable
from types import TracebackType

from tqdm import tqdm

LEAST_SECONDS = 10.0
MOST_SECONDS = 60.0
LEAST_SHARE = 0.1
_BAR = "{desc}: {percentage:3.0f}% |{bar}| {elapsed} < {remaining} {postfix}"


class ProgressBar:
    """Shows which share of ``what`` is done; ``shown`` False says nothing, as in all processes but the first.

    >>> with ProgressBar("scoring", shown=False) as bar:
    ...     bar.show(0.5, "batch 2 of 4")
    """

    def __init__(
        self,
        what: str,
        shown: bool = True,
        terminal: bool | None = None,
        write: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what, self._shown, self._clock = what, shown, clock
        self._write = write or _on_stderr
        self._bar: tqdm[None] | None = None
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._began = self._said_at = clock()
        self._said = 0.0
        self._spoke = False

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.close()

    def due(self, done: float | None = None) -> bool:
        """Whether `show` would say something now: for who has to look up what."""
        if not self._shown or self._terminal:
            return self._shown
        passed = self._clock() - self._said_at
        if done is not None and done >= 1 and self._spoke:
            return self._said < 1
        further = done is None or done - self._said >= LEAST_SHARE
        return passed >= LEAST_SECONDS and (further or passed >= MOST_SECONDS)

    def show(self, done: float | None, words: str = "", remaining_seconds: float | None = None) -> None:
        """Say that this share is done, from 0 to 1; None where nobody knows how much there is."""
        if not self.due(done):
            return
        if self._terminal:
            self._draw(done, words)
            return
        passed = self._clock() - self._began
        if remaining_seconds is None and done:
            remaining_seconds = passed / done - passed
        parts = [words, *_times(done, passed, remaining_seconds)]
        share = "" if done is None else f" {done:.0%} done,"
        self._write(f"{self._what}:{share} {', '.join(part for part in parts if part)}")
        self._said, self._said_at, self._spoke = done or 0.0, self._clock(), True

    def _draw(self, done: float | None, words: str) -> None:
        if self._bar is None:
            self._bar = tqdm(total=1000, file=sys.stderr, bar_format=_BAR, desc=self._what)
        self._bar.set_postfix_str(words, refresh=False)
        self._bar.update(int(1000 * (done or 0.0)) - self._bar.n)


def duration(seconds: float) -> str:
    """A time in words, as roughly as people say it.

    >>> duration(42.3), duration(200), duration(7600)
    ('42 s', '3 min', '2 h 7 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _times(done: float | None, passed: float, remaining: float | None) -> list[str]:
    if done is not None and done >= 1:
        return [f"after {duration(passed)}"]
    return [f"{duration(passed)} so far"] + ([] if remaining is None else [f"about {duration(remaining)} left"])


def _on_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
