"""What a page needs of checks that others run: put one in, see where it is, call it off.

A job is a check with an id. It lives in a trial of a study, and in another one of the same id when its worker vanished.
Everything is in the database, so a closed tab or a restarted app loses nothing.
`ranp.queue.record` says what a trial holds of its job.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from ranp.checks import Check, Entry, Pictures, Progress
from ranp.queue.database import CHECKS, Database, answered
from ranp.queue.record import LACKS, entries_of, growing_entries, of_form, pictures_in
from ranp.queue.trouble import StudyError

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

log = logging.getLogger(__name__)

MOST_WAITING = 64
"""So many checks may wait; a sweep's trials are not among them."""
MOST_ATTEMPTS = 3
CALLED_OFF = "called off before it began"

State = Literal["waiting", "running", "done", "failed", "cancelled"]


class QueueFullError(ValueError):
    """So many checks wait already that no more are taken."""


@dataclass(frozen=True)
class Job:
    """A check, where it is in the queue, and what it found so far.

    ``position`` is 1 for the one that is next. ``entries`` are finished; ``growing`` were begun, and hold their
    learning curves so far.
    """

    id: str
    study: str
    number: int
    state: State
    check: Check | None
    """None where another version made it."""
    owner: str
    title: str
    position: int | None = None
    progress: Progress | None = None
    entries: tuple[Entry, ...] = ()
    growing: tuple[Entry, ...] = ()
    reason: str | None = None
    lacks: str | None = None
    """While it waits: why a worker that looked at it left it to others."""
    worker: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 1
    asked: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What a sweep chose."""
    values: tuple[float, ...] = ()
    """What the study compares trials by."""


def enqueue(
    database: Database, check: Check, owner: str = "", title: str = "", most_waiting: int = MOST_WAITING
) -> str:
    """Put a check at the end of the queue; its job's id.

    ``owner`` is whatever tells one visitor from another. Raises `QueueFullError` where ``most_waiting`` wait already,
    and `StudyError` where the database cannot be used.
    """
    study = database.checks()
    with answered(database), database.alone():
        waiting = len(study.get_trials(deepcopy=False, states=(_states().WAITING,)))
        if waiting >= most_waiting:
            raise QueueFullError(f"{waiting} checks wait already, which is as many as the queue takes; try later")
        request = new_request(check, owner, title)
        study.enqueue_trial({}, user_attrs=request)
    return str(request["job"])


def jobs(database: Database, owner: str | None = None, study: str = CHECKS) -> list[Job]:
    """All jobs of a study, or of one ``owner``, in the order in which they were asked for."""
    if study == CHECKS:
        database.checks()
    with answered(database):
        trials = database.study(study).get_trials(deepcopy=False)
    by_id: dict[str, list[FrozenTrial]] = {}
    for trial in trials:
        if (id := job_id(trial)) is not None:
            by_id.setdefault(id, []).append(trial)
    shown = [_shown(group) for group in by_id.values()]
    line = [trial.number for trial in shown if trial.state == _states().WAITING]
    found = [read_job(study, trial, line) for trial in shown]
    return [job for job in found if owner is None or job.owner == owner]


def find_job(database: Database, id: str, study: str = CHECKS) -> Job:
    """The job of that id; `StudyError` where there is none."""
    for job in jobs(database, study=study):
        if job.id == id:
            return job
    raise StudyError(f"there is no job {id} in study '{study}' of {database.shown}")


def find_pictures(database: Database, id: str) -> Pictures | None:
    """What the networks of a check make of its first test examples; None where that was not kept, or cannot be read."""
    with answered(database):
        trials = database.study(CHECKS).get_trials(deepcopy=False)
    mine = [trial for trial in trials if job_id(trial) == id]
    if not mine:
        return None
    try:
        return pictures_in(_shown(mine).user_attrs)
    except ValueError as error:
        log.warning("the pictures of job %s cannot be shown: %s", id, error)
        return None


def cancel(database: Database, id: str, by: str = "", study: str = CHECKS, reason: str = CALLED_OFF) -> None:
    """Call a job off: one that waits is over at once, for this ``reason``; one that runs at its worker's next step.

    Finished jobs stay as they are.
    """
    states = _states()
    storage = database.storage
    with answered(database), database.alone():
        for trial in database.study(study).get_trials(deepcopy=False):
            if trial.user_attrs.get("job") != id or trial.state.is_finished():
                continue
            storage.set_trial_user_attr(trial._trial_id, "cancel", by or "somebody")
            if trial.state == states.WAITING:
                storage.set_trial_user_attr(trial._trial_id, "reason", reason)
                storage.set_trial_state_values(trial._trial_id, state=states.FAIL)


def new_request(check: Check, owner: str = "", title: str = "") -> dict[str, Any]:
    """The user attributes of a trial that asks for a check."""
    return {
        "job": uuid.uuid4().hex,
        "check": check.as_dict(),
        "owner": owner,
        "title": title,
        "asked": datetime.now(UTC).isoformat(),
    }


def turns_of(trials: Sequence["FrozenTrial"]) -> dict[int, int]:
    """By trial number: the number of its job's first trial, by which the queue is ordered, whatever the clocks say."""
    jobs = {trial.number: job_id(trial) or trial.number for trial in trials}
    first: dict[Any, int] = {}
    for number, job in jobs.items():
        first.setdefault(job, number)
    return {number: first[job] for number, job in jobs.items()}


def job_id(trial: "FrozenTrial") -> str | None:
    """The job that a trial is of; None where another program put the trial in."""
    id = trial.user_attrs.get("job")
    return id if isinstance(id, str) else None


def read_job(study: str, trial: "FrozenTrial", line: Sequence[int] = ()) -> Job:
    """A trial as a job; ``line`` holds the numbers of the trials that wait, in their order."""
    attributes, problem = of_form(trial.user_attrs)
    try:
        if problem is not None:
            raise ValueError(problem)
        check: Check | None = Check.from_dict(attributes["check"])
        entries, reason = entries_of(attributes), attributes.get("reason")
    except KeyError as error:
        check, entries, reason = None, (), f"this job has no {error}; another program put it in"
    except ValueError as error:
        check, entries, reason = None, (), str(error)
    state = _state(trial)
    if reason is None and state == "failed":
        reason = f"its worker vanished {attributes.get('attempt', 1)} times in a row; it may need too much memory"
    return Job(
        id=job_id(trial) or "",
        study=study,
        number=trial.number,
        state=state,
        check=check,
        owner=attributes.get("owner", ""),
        title=attributes.get("title", ""),
        position=line.index(trial.number) + 1 if trial.number in line else None,
        progress=attributes.get("progress"),
        entries=entries,
        growing=() if check is None else growing_entries(attributes, check, entries),
        reason=reason,
        lacks=attributes.get(LACKS) if state == "waiting" else None,
        worker=attributes.get("worker"),
        versions=attributes.get("versions", {}),
        attempt=attributes.get("attempt", 1),
        asked=datetime.fromisoformat(attributes["asked"]) if "asked" in attributes else None,
        started=trial.datetime_start,
        ended=trial.datetime_complete,
        parameters=dict(trial.params),
        values=tuple(trial.values or ()),
    )


def _state(trial: "FrozenTrial") -> State:
    names: dict[str, State] = {"WAITING": "waiting", "RUNNING": "running", "COMPLETE": "done"}
    return names.get(trial.state.name) or ("cancelled" if "cancel" in trial.user_attrs else "failed")


def _shown(trials: list["FrozenTrial"]) -> "FrozenTrial":
    """Of the trials of one job, the one that says how it is: a finished one, else the latest that is not over."""
    order = ("COMPLETE", "RUNNING", "WAITING")
    return min(trials, key=lambda trial: (_rank(trial.state.name, order), -trial.number))


def _rank(name: str, order: Sequence[str]) -> int:
    return order.index(name) if name in order else len(order)


def _states() -> Any:
    from optuna.trial import TrialState

    return TrialState
