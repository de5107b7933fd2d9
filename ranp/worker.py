"""Workers: processes that take checks out of the database and run them, in any number, on any machine that reaches it.

A worker looks for trials that wait (it never makes one), takes the one that was asked for first, says every few seconds
that it lives, and writes down what it finds as it finds it. When it falls silent for longer than the grace time, the
next idle worker fails its trial and puts the same job back in its place, together with the entries that were finished;
after `MOST_ATTEMPTS` silences the job is given up. A job that somebody finished, or runs, is not run again.

Optuna's own retry would do the same in two steps, the second of which a worker that dies in between never takes; here
any worker that finds a failed trial without a reason puts its job back.
"""

import logging
import os
import platform
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ranp.checking import CancelledError, Progress, run_check
from ranp.jobs import MOST_ATTEMPTS, REQUEST, entries_of, turns_of
from ranp.outcome import Entry
from ranp.races import versions
from ranp.stopping import Stop
from ranp.study import Database, StudyError, answered, patiently
from ranp.sweep import check_of, suggest, values_of

if TYPE_CHECKING:
    import optuna

log = logging.getLogger(__name__)

SAVE_SECONDS = 1.0
"""Progress is written, and a call-off looked for, at most this often."""


def work(
    database: Database, idle_seconds: float | None = None, poll_seconds: float = 2.0, stop: Stop | None = None
) -> int:
    """Run what waits, and wait for more; how many jobs were run.

    It ends after ``idle_seconds`` in which nothing waited: 0 means as soon as nothing does, None never. A database that
    does not answer is tried again for a while. ``stop`` says whether to go on: where not, the job in hand waits again
    and `KeyboardInterrupt` is raised. Raises `StudyError` where the database stays away, or its file was deleted or
    replaced.
    """
    stop = stop or Stop()

    def next_trial() -> tuple["optuna.Study", int] | None:
        stop.check()
        return take(database)

    done, idle_since = 0, time.monotonic()
    while True:
        taken = patiently(next_trial, database)
        if taken is not None:
            run_trial(database, *taken, stop)
            done, idle_since = done + 1, time.monotonic()
        elif idle_seconds is not None and time.monotonic() - idle_since >= idle_seconds:
            return done
        else:
            with stop.at_once():
                time.sleep(poll_seconds)


def take(database: Database) -> tuple["optuna.Study", int] | None:
    """The first trial that waits, in `CHECKS` and then in the sweeps, made this worker's; None where none waits.

    Trials of workers that vanished are put back first.
    """
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    for name in database.names():
        study = _readable(database, name)
        if study is None:
            continue
        with database.alone():
            put_back(database, study)
            waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
            turns = turns_of(study.get_trials(deepcopy=False))
            for trial in sorted(waiting, key=lambda trial: turns[trial.number]):
                try:
                    if not database.storage.set_trial_state_values(trial._trial_id, state=TrialState.RUNNING):
                        continue
                except UpdateFinishedTrialError:
                    continue
                database.record_heartbeat(trial._trial_id)
                database.storage.set_trial_user_attr(trial._trial_id, "worker", _me())
                if (reason := _superfluous(study, trial.number)) is None:
                    return study, trial._trial_id
                _fail(database, trial._trial_id, reason)
    return None


def put_back(database: Database, study: "optuna.Study") -> None:
    """Fail the trials of workers that fell silent, and let every job wait again that has no other trial.

    A trial that was taken by a worker that died before its first heartbeat is given one, so that it can fall silent; so
    is one whose heartbeat lies in the future, since somebody set the clock back.
    """
    import optuna
    from optuna.trial import TrialState

    ahead = database.heartbeats_ahead()
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if "worker" not in trial.user_attrs and abs(_age(trial)) > database.grace_seconds:
            database.storage.set_trial_user_attr(trial._trial_id, "worker", "unknown")
            database.record_heartbeat(trial._trial_id)
        elif trial._trial_id in ahead:
            database.record_heartbeat(trial._trial_id)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)
    by_job: dict[str, list[optuna.trial.FrozenTrial]] = {}
    for trial in study.get_trials(deepcopy=False):
        if "job" in trial.user_attrs:
            by_job.setdefault(trial.user_attrs["job"], []).append(trial)
    for trials in by_job.values():
        last = trials[-1]
        attributes = last.user_attrs
        attempt = attributes.get("attempt", 1)
        over = all(trial.state == TrialState.FAIL for trial in trials)
        explained = any(key in trial.user_attrs for key in ("reason", "cancel") for trial in trials)
        if over and not explained and attempt < MOST_ATTEMPTS:
            log.info("job %s lost its worker (%s); it waits again", attributes["job"], attributes.get("worker"))
            kept = {key: value for key, value in attributes.items() if key in REQUEST or key.startswith("entry.")}
            study.enqueue_trial(
                {**last.system_attrs.get("fixed_params", {}), **last.params},
                user_attrs={**kept, "attempt": attempt + 1},
            )


def run_trial(database: Database, study: "optuna.Study", trial_id: int, stop: Stop) -> None:
    """Run a taken trial to its end, whatever that is; only a database that stays away raises."""
    log.info("job %s begins", database.storage.get_trial(trial_id).user_attrs["job"])
    with _heartbeat(database, trial_id):
        writer = _Writer(database, trial_id, stop)
        try:
            trial = _sampled(study, trial_id)
            check = check_of(study.user_attrs, trial.params, trial.user_attrs)
            writer.begin()
            before = entries_of(trial.user_attrs)
            with stop.at_once():
                entries = run_check(check, writer.report, writer.entry, finished_before=before)
            writer.flush()
            values = values_of(study.user_attrs, check, entries)
        except _GoneError:
            log.warning("the job was called off or given to another worker")
            return
        except CancelledError:
            _end(database, trial_id, "called off while it ran")
        except (ValueError, MemoryError) as error:
            _end(database, trial_id, " ".join(str(error).split()) or type(error).__name__)
        except (KeyboardInterrupt, SystemExit):
            _let_go(database, study, trial_id)
            raise
        except Exception as error:  # A defect of ours ends this job, with its name, and not the worker.
            log.exception("the job failed")
            _end(database, trial_id, f"{type(error).__name__}: {' '.join(str(error).split())}")
        else:
            _complete(database, trial_id, values)
    log.info("job ends")


class _GoneError(Exception):
    """The trial is no longer this worker's."""


class _Writer:
    """Writes what a check reports into its trial, and tells the check when it was called off."""

    def __init__(self, database: Database, trial_id: int, stop: Stop) -> None:
        self._database, self._id, self._stop = database, trial_id, stop
        self._points: list[dict[str, Any]] = []
        self._points_written = self._entries = 0
        self._unwritten: list[Entry] = []
        self._next = 0.0

    def begin(self) -> None:
        about = {"python": platform.python_version(), **versions()}
        self._set("versions", about)
        attributes = self._database.storage.get_trial(self._id).user_attrs
        self._entries = sum(key.startswith("entry.") for key in attributes)

    def report(self, progress: Progress) -> None:
        step = progress.step
        if step is not None and step.point is not None:
            self._points.append({"contestant": progress.contestant, "seed": progress.seed, **asdict(step.point)})
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
        self._unwritten.append(entry)
        try:
            with self._stop.later(), answered(self._database):
                self._write_entries()
        except StudyError as error:
            log.warning("an entry is written later: %s", error)

    def flush(self) -> None:
        """Write what is left, patiently: results are not given up for a database that is locked."""
        patiently(self._write_points, self._database)
        patiently(self._write_entries, self._database)

    def _write(self, progress: Progress) -> None:
        self._write_points()
        self._write_entries()
        step = progress.step
        self._set(
            "progress",
            {
                "contestant": progress.contestant,
                "label": progress.label,
                "seed": progress.seed,
                "step": 0 if step is None else step.step,
                "loss": None if step is None else step.loss,
                "done": progress.done,
                "remaining_seconds": progress.remaining_seconds,
            },
        )

    def _write_points(self) -> None:
        while self._points_written < len(self._points):
            self._set(f"point.{self._points_written}", self._points[self._points_written])
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
            raise _GoneError
        if "cancel" in trial.user_attrs:
            raise CancelledError

    def _set(self, key: str, value: Any) -> None:
        from optuna.exceptions import UpdateFinishedTrialError

        try:
            self._database.storage.set_trial_user_attr(self._id, key, value)
        except UpdateFinishedTrialError as error:
            raise _GoneError from error


@contextmanager
def _heartbeat(database: Database, trial_id: int) -> Iterator[None]:
    """Say that this worker lives, from a thread of its own; a database that is away is tried again."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(database.heartbeat_seconds):
            try:
                with answered(database):
                    database.record_heartbeat(trial_id)
            except StudyError as error:
                log.warning("no heartbeat: %s", error)

    thread = threading.Thread(target=beat, name="ranp-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _sampled(study: "optuna.Study", trial_id: int) -> "optuna.Trial":
    """The trial with every parameter of its study: as it was asked for, or chosen by the sampler."""
    import optuna

    number = study._storage.get_trial(trial_id).number
    seed = study.user_attrs.get("sampler_seed", 0) * 10_007 + number
    study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=8)
    trial = optuna.Trial(study, trial_id)
    suggest(trial, study.user_attrs.get("space", {}))
    return trial


def _superfluous(study: "optuna.Study", number: int) -> str | None:
    """Why a trial need not run: its job was called off, or has another trial that is done or runs."""
    from optuna.trial import TrialState

    trials = {trial.number: trial for trial in study.get_trials(deepcopy=False)}
    mine = trials.pop(number)
    if "cancel" in mine.user_attrs:
        return "called off before it began"
    for other in trials.values():
        runs = other.state == TrialState.RUNNING and other.number < number
        same = other.user_attrs.get("job") == mine.user_attrs.get("job")
        if same and (runs or other.state == TrialState.COMPLETE):
            return f"trial {other.number} is the same job"
    return None


def _complete(database: Database, trial_id: int, values: list[float]) -> None:
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    def finish() -> None:
        database.storage.set_trial_state_values(trial_id, state=TrialState.COMPLETE, values=values)

    try:
        patiently(finish, database)
    except UpdateFinishedTrialError:
        log.warning("another worker has taken the job over; this result is not counted")


def _end(database: Database, trial_id: int, reason: str) -> None:
    log.warning("the job ends without a result: %s", reason)
    patiently(lambda: _fail(database, trial_id, reason), database)


def _fail(database: Database, trial_id: int, reason: str) -> None:
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    try:
        database.storage.set_trial_user_attr(trial_id, "reason", reason)
        database.storage.set_trial_state_values(trial_id, state=TrialState.FAIL)
    except UpdateFinishedTrialError:
        log.warning("another worker has taken the job over")


def _let_go(database: Database, study: "optuna.Study", trial_id: int) -> None:
    """This worker was asked to stop: its job waits again at once."""
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    try:
        with answered(database), database.alone():
            database.storage.set_trial_state_values(trial_id, state=TrialState.FAIL)
            put_back(database, study)
    except (StudyError, UpdateFinishedTrialError) as error:
        log.warning("the job could not be handed back (%s); another worker will find it", error)


def _readable(database: Database, name: str) -> "optuna.Study | None":
    try:
        return database.study(name)
    except StudyError as error:
        if "does not answer" in str(error):
            raise
        log.warning("%s", error)
        return None


def _age(trial: "optuna.trial.FrozenTrial") -> float:
    from datetime import datetime

    return (datetime.now() - trial.datetime_start).total_seconds() if trial.datetime_start else 0.0


def _me() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
