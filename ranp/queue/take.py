"""Taking a trial that waits, and putting back the jobs of workers that fell silent.

Optuna's own retry would do the same in two steps, the second of which a worker that dies in between never takes; here
any worker that finds a failed trial without a reason puts its job back.
"""

import logging
import os
import socket
import warnings
from typing import TYPE_CHECKING

from ranp.queue.able import Able
from ranp.queue.database import Database
from ranp.queue.job import MOST_ATTEMPTS, job_id, turns_of
from ranp.queue.record import REQUEST, is_result
from ranp.queue.trouble import StudyError

if TYPE_CHECKING:
    import optuna

log = logging.getLogger(__name__)


def take(database: Database, able: Able) -> tuple["optuna.Study", int] | None:
    """The first trial that waits, in `CHECKS` and then in the sweeps, made this worker's; None where none waits.

    Trials of workers that vanished are put back first, and those that this worker is not ``able`` to run passed over.
    """
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    for name in database.names():
        study = _readable(database, name)
        if study is None:
            continue
        able.look(database, study.user_attrs, study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))
        with database.alone():
            put_back(database, study)
            waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
            turns = turns_of(study.get_trials(deepcopy=False))
            for trial in sorted(waiting, key=lambda trial: turns[trial.number]):
                if not able.may_run(study.user_attrs, trial):
                    continue
                try:
                    if not database.storage.set_trial_state_values(trial._trial_id, state=TrialState.RUNNING):
                        continue
                except UpdateFinishedTrialError:
                    continue
                database.record_heartbeat(trial._trial_id)
                database.storage.set_trial_user_attr(trial._trial_id, "worker", _me())
                if (reason := _superfluous(study, trial.number)) is None:
                    return study, trial._trial_id
                fail(database, trial._trial_id, reason)
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
        if (id := job_id(trial)) is not None:
            by_job.setdefault(id, []).append(trial)
    for trials in by_job.values():
        last = trials[-1]
        attributes = last.user_attrs
        attempt = attributes.get("attempt", 1)
        over = all(trial.state == TrialState.FAIL for trial in trials)
        explained = any(key in trial.user_attrs for key in ("reason", "cancel") for trial in trials)
        if over and not explained and attempt < MOST_ATTEMPTS:
            log.info("job %s lost its worker (%s); it waits again", attributes["job"], attributes.get("worker"))
            kept = {key: value for key, value in attributes.items() if key in REQUEST or is_result(key)}
            study.enqueue_trial(
                {**last.system_attrs.get("fixed_params", {}), **last.params},
                user_attrs={**kept, "attempt": attempt + 1},
            )


def fail(database: Database, trial_id: int, reason: str) -> None:
    """End a trial that has no result, and say why; nothing where another worker has taken its job over."""
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    try:
        database.storage.set_trial_user_attr(trial_id, "reason", reason)
        database.storage.set_trial_state_values(trial_id, state=TrialState.FAIL)
    except UpdateFinishedTrialError:
        log.warning("another worker has taken the job over")


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
