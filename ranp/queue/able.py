"""Which jobs a worker can run: those whose code it was told of when it was started and has, and whose weights it has.

All others it leaves to other workers. It says so once in its log, and writes into the job what it lacks.
"""

import logging
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ranp.checks import Check
from ranp.queue.database import Database
from ranp.queue.record import LACKS
from ranp.subject import lacking

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

log = logging.getLogger(__name__)


class Able:
    """What one worker has found out of the code that jobs ask for."""

    def __init__(self) -> None:
        self._able: set[tuple[str, ...]] = {()}
        self._told: set[tuple[str, str]] = set()

    def look(self, database: Database, study: Mapping[str, Any], waiting: Sequence["FrozenTrial"]) -> None:
        """Find out which of these trials this worker can run, which may import their code; say which it cannot."""
        for trial in waiting:
            code = code_of(study, trial.user_attrs)
            reason = None if code in self._able else lacking(code)
            if reason is None:
                self._able.add(code)
                reason = absent_weights(study, trial.user_attrs)
            if reason is not None:
                self._tell(database, trial, reason)

    def may_run(self, study: Mapping[str, Any], trial: "FrozenTrial") -> bool:
        """Whether `look` found the trial's code, and its weights are here; imports nothing."""
        return code_of(study, trial.user_attrs) in self._able and absent_weights(study, trial.user_attrs) is None

    def _tell(self, database: Database, trial: "FrozenTrial", reason: str) -> None:
        from optuna.exceptions import UpdateFinishedTrialError

        told = (str(trial.user_attrs.get("job", trial.number)), reason)
        if told in self._told:
            return
        self._told.add(told)
        log.warning("job %s is left to other workers: %s", told[0], reason)
        try:
            lacks = f"the worker on {socket.gethostname()} leaves it to others: {reason}"
            database.storage.set_trial_user_attr(trial._trial_id, LACKS, lacks)
        except UpdateFinishedTrialError:
            log.info("job %s is over by now", told[0])


def code_of(study: Mapping[str, Any], trial: Mapping[str, Any]) -> tuple[str, ...]:
    """The import paths that a trial asks for; none where it cannot be read, which whoever runs it will say."""
    check = _check(study, trial)
    return () if check is None else check.code


def absent_weights(study: Mapping[str, Any], trial: Mapping[str, Any]) -> str | None:
    """That the file of trained weights that a trial asks for is not on this machine, in a sentence; None where it is.

    A file that is there and holds other weights is told by whoever runs the trial.
    """
    check = _check(study, trial)
    weights = None if check is None else check.subject.checkpoint
    if weights is None or Path(weights).exists():
        return None
    return f"the checkpoint {weights} is not on this machine"


def _check(study: Mapping[str, Any], trial: Mapping[str, Any]) -> Check | None:
    document = study.get("template", trial.get("check"))
    if not isinstance(document, Mapping):
        return None
    try:
        return Check.from_dict(document)
    except ValueError:
        return None
