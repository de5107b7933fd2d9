"""Workers: processes that take checks out of the database and run them, in any number, on any machine that reaches it.

A worker looks for trials that wait (it never makes one), takes the one that was asked for first, says every few seconds
that it lives, and writes down what it finds as it finds it. When it falls silent for longer than the grace time, the
next idle worker fails its trial and puts the same job back in its place, together with the entries that were finished;
after `MOST_ATTEMPTS` silences the job is given up. A job that somebody finished, or runs, is not run again.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ranp.checks import CancelledError, Progress, run_check
from ranp.queue.able import Able
from ranp.queue.database import CHECKS, Database, answered, patiently
from ranp.queue.record import entries_of
from ranp.queue.stopping import Stop
from ranp.queue.sweep import check_of, suggest, values_of
from ranp.queue.take import fail, put_back, take
from ranp.queue.trouble import StudyError
from ranp.queue.write import GoneError, Writer

if TYPE_CHECKING:
    import optuna

log = logging.getLogger(__name__)


def work(
    database: Database,
    idle_seconds: float | None = None,
    poll_seconds: float = 2.0,
    stop: Stop | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> int:
    """Run what waits, and wait for more; how many jobs were run.

    It ends after ``idle_seconds`` in which nothing waited: 0 means as soon as nothing does, None never. A database that
    does not answer is tried again for a while. ``stop`` says whether to go on: where not, the job in hand waits again
    and `KeyboardInterrupt` is raised. ``watch`` is called at every step of a job, once that is written down. Jobs whose
    code this process may not import, or does not have, go on waiting. Raises `StudyError` where the database stays
    away, or its file was deleted or replaced.
    """
    stop, able = stop or Stop(), Able()

    def next_trial() -> tuple["optuna.Study", int] | None:
        stop.check()
        return take(database, able)

    done, idle_since = 0, time.monotonic()
    while True:
        taken = patiently(next_trial, database)
        if taken is not None:
            run_trial(database, *taken, stop, watch)
            done, idle_since = done + 1, time.monotonic()
        elif idle_seconds is not None and time.monotonic() - idle_since >= idle_seconds:
            return done
        else:
            with stop.at_once():
                time.sleep(poll_seconds)


def run_trial(
    database: Database,
    study: "optuna.Study",
    trial_id: int,
    stop: Stop,
    watch: Callable[[Progress], None] | None = None,
) -> None:
    """Run a taken trial to its end, whatever that is; only a database that stays away raises."""
    log.info("job %s begins", database.storage.get_trial(trial_id).user_attrs.get("job"))
    with _heartbeat(database, trial_id):
        writer = Writer(database, trial_id, stop)

        def report(progress: Progress) -> None:
            writer.report(progress)
            if watch is not None:
                watch(progress)

        try:
            trial = _sampled(study, trial_id)
            check = check_of(study.user_attrs, trial.params, trial.user_attrs)
            writer.begin()
            before = entries_of(trial.user_attrs)
            with stop.at_once():
                pictured = writer.pictured if study.study_name == CHECKS else None  # thousands of trials need none
                entries = run_check(check, report, writer.entry, finished_before=before, pictured=pictured)
            writer.flush()
            values = values_of(study.user_attrs, check, entries)
        except GoneError:
            log.warning("the job was called off or given to another worker")
            return
        except CancelledError:
            _end(database, trial_id, "called off while it ran")
        except (ValueError, MemoryError) as error:
            _end(database, trial_id, " ".join(str(error).split()) or type(error).__name__)
        except SystemExit:
            _end(database, trial_id, "the code of this job tried to end the worker; let it raise what is wrong instead")
        except KeyboardInterrupt:
            _let_go(database, study, trial_id)
            raise
        except Exception as error:  # A defect of ours ends this job, with its name, and not the worker.
            log.exception("the job failed")
            _end(database, trial_id, f"{type(error).__name__}: {' '.join(str(error).split())}")
        else:
            _complete(database, trial_id, values)
    log.info("job ends")


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
    patiently(lambda: fail(database, trial_id, reason), database)


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
