"""Writing what a check reports into its trial, as it comes."""

import logging
import platform
import time
from typing import Any

from ranp.checks import Answers, CancelledError, Entry, Examples, Progress
from ranp.queue.database import Database, answered, patiently
from ranp.queue.record import picture_attributes, point_attribute
from ranp.queue.stopping import Stop
from ranp.queue.trouble import StudyError
from ranp.versions import versions

log = logging.getLogger(__name__)

SAVE_SECONDS = 1.0
"""Progress is written, and a call-off looked for, at most this often."""


class GoneError(Exception):
    """The trial is no longer this worker's."""


class Writer:
    """Writes what a check reports into its trial, and tells the check when it was called off."""

    def __init__(self, database: Database, trial_id: int, stop: Stop) -> None:
        self._database, self._id, self._stop = database, trial_id, stop
        self._judged: list[Progress] = []
        self._points_written = self._entries = 0
        self._unwritten: list[Entry] = []
        self._next = 0.0

    def begin(self) -> None:
        """Write what it runs with, and go on after the entries that are there already."""
        about = {"python": platform.python_version(), **versions()}
        self._set("versions", about)
        attributes = self._database.storage.get_trial(self._id).user_attrs
        self._entries = sum(key.startswith("entry.") for key in attributes)

    def report(self, progress: Progress) -> None:
        """Keep a point of the curve, and write now and then; `CancelledError` where the check was called off."""
        if progress.point is not None:
            self._judged.append(progress)
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + SAVE_SECONDS
        try:
            with self._stop.later(), answered(self._database):
                self._look()
                self._write(progress)
        except StudyError as error:
            log.warning("progress was not written: %s", error)

    def entry(self, entry: Entry) -> None:
        """Write an entry that is finished."""
        self._unwritten.append(entry)
        try:
            with self._stop.later(), answered(self._database):
                self._write_entries()
        except StudyError as error:
            log.warning("an entry is written later: %s", error)

    def pictured(self, examples: Examples, answers: Answers) -> None:
        """Write what a network makes of the test examples; they are given up where the database does not answer."""
        try:
            with self._stop.later(), answered(self._database):
                for key, value in picture_attributes(examples, answers).items():
                    self._set(key, value)
        except StudyError as error:
            log.warning("pictures were not written: %s", error)

    def flush(self) -> None:
        """Write what is left, patiently: results are not given up for a database that is locked."""
        patiently(self._write_points, self._database)
        patiently(self._write_entries, self._database)

    def _write(self, progress: Progress) -> None:
        self._write_points()
        self._write_entries()
        self._set("progress", progress.as_dict())

    def _write_points(self) -> None:
        while self._points_written < len(self._judged):
            self._set(f"point.{self._points_written}", point_attribute(self._judged[self._points_written]))
            self._points_written += 1

    def _write_entries(self) -> None:
        while self._unwritten:
            self._set(f"entry.{self._entries}", self._unwritten[0].as_dict())
            self._unwritten.pop(0)
            self._entries += 1

    def _look(self) -> None:
        from optuna.trial import TrialState

        trial = self._database.storage.get_trial(self._id)
        if trial.state != TrialState.RUNNING:
            raise GoneError
        if "cancel" in trial.user_attrs:
            raise CancelledError

    def _set(self, key: str, value: Any) -> None:
        from optuna.exceptions import UpdateFinishedTrialError

        try:
            self._database.storage.set_trial_user_attr(self._id, key, value)
        except UpdateFinishedTrialError as error:
            raise GoneError from error
