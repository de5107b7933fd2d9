"""What is said of training while it runs: where a check is, and how a sweep stands by states of its trials."""

import time
from contextlib import suppress

from ranp.checks import Progress
from ranp.progress import ProgressBar, duration
from ranp.queue import Database, StudyError, Tally, jobs, tally

LOOK_SECONDS = 2.0
"""The database is asked for the states of all trials at most this often."""


class SweepProgress:
    """Called at every step of a trial; looks at the sweep now and then, and shows it."""

    def __init__(self, database: Database, name: str, bar: ProgressBar) -> None:
        self._database, self._name, self._bar = database, name, bar
        self._next = 0.0

    def __call__(self, _: Progress) -> None:
        """Show the sweep, if it is time to."""
        if time.monotonic() < self._next or not self._bar.due():
            return
        self._next = time.monotonic() + LOOK_SECONDS
        with suppress(StudyError):  # a database that is busy is asked again
            found = tally(jobs(self._database, study=self._name))
            self._bar.show(found.share, found.words, found.remaining_seconds)


def step_words(progress: Progress) -> str:
    """Which network of a check is at which step, and how it did when it was last judged.

    >>> step_words(Progress(0, "full", 1, 40, 0.25, 0.1, None))
    'full, seed 1, step 40'
    """
    figures = {} if progress.point is None else progress.point.figures
    score = "".join(f", {name} {value:.3f}" for name, value in figures.items())
    return f"{progress.label}, seed {progress.seed}, step {progress.step}{score}"


def tally_line(found: Tally) -> str:
    """The sweep's state in a line.

    >>> tally_line(Tally(3, 0, 0, 0, 1, 0.75, 200.0))
    '4 trials: 3 done, 1 waiting; about 3 min left'
    """
    left = found.remaining_seconds
    rest = f"; about {duration(left)} left" if left else ""
    return f"{found.total} trial{'' if found.total == 1 else 's'}: {found.words}{rest}"
