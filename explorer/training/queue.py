"""The checks that all visitors share: put one in, read where they are, call one off.

Nothing is trained here: a worker process does that, and the database keeps what it finds. It is read at most once a
second, for everybody. The app starts one worker on its machine when something waits and none is there; with the
environment's ``RANP_WORKER=none`` it leaves that to others.
"""

import logging
import os
import time
from collections.abc import Sequence
from hashlib import sha256
from threading import Lock

from explorer import visitors
from explorer.learning import check_facts, shipped
from explorer.training_facts import PENDING, CheckFacts, Shipped
from ranp.check import Check
from ranp.jobs import Job, cancel, enqueue, jobs
from ranp.local_worker import local_worker_runs, start_local_worker
from ranp.races import read_races
from ranp.study import CHECKS, Database, StudyError, database_url

log = logging.getLogger("explorer")

EACH = 3
"""So many checks of one visitor may wait or run."""
READ_SECONDS = 0.8
START_SECONDS = 30.0
"""A worker that was started needs a while until it says that it is there."""

_lock = Lock()
_opened: dict[str, Database] = {}
_read: dict[str, tuple[float, list[Job]]] = {}
_started: dict[str, float] = {}
_sessions: dict[str, str] = {}


class TooManyError(ValueError):
    """This visitor has enough in the queue."""


def database() -> Database:
    """The database of checks; `StudyError`, in a sentence, where it cannot be used."""
    url = database_url()
    with _lock:
        if url not in _opened:
            _opened[url] = Database(url)
        try:
            _opened[url].check_there()
        except StudyError:
            del _opened[url]  # the next who asks begins with what is there then
            raise
        return _opened[url]


def read(study: str = CHECKS, fresh: bool = False) -> list[Job]:
    """All jobs of the study, in the order in which they were asked for; at most a moment old."""
    found = database()
    key = f"{found.url} {study}"
    at, known = _read.get(key, (-READ_SECONDS, []))
    if fresh or time.monotonic() - at >= READ_SECONDS:
        known = jobs(found, study=study)
        _read[key] = (time.monotonic(), known)
    return known


def checks() -> list[CheckFacts]:
    """Everybody's checks and races, the latest last."""
    return [check_facts(job, job.owner == owner(), may_cancel(job)) for job in read()]


def ask(check: Check, title: str) -> str:
    """Put a check at the end of the queue; its id. `ValueError` where this visitor, or everybody, has too many."""
    pending = [job for job in read(fresh=True) if job.owner == owner() and job.state in PENDING]
    if len(pending) >= EACH:
        raise TooManyError(f"{len(pending)} checks of yours are in the queue; wait for one to end, or call one off")
    id = enqueue(database(), check, owner(), title)
    read(fresh=True)
    wake()
    return id


def call_off(id: str, study: str = CHECKS) -> None:
    """End a check that this visitor may end; what it has found stays."""
    for job in read(study, fresh=True):
        if job.id == id and may_cancel(job):
            cancel(database(), id, owner(), study)
    read(study, fresh=True)


def may_cancel(job: Job) -> bool:
    """Whether this visitor may call the job off: it is theirs, or whoever asked for it has left."""
    if job.state not in PENDING:
        return False
    session = _sessions.get(job.owner)
    return job.owner == owner() or session is None or not visitors.present(session)


def owner() -> str:
    """This visitor's name in the database, from which nobody can tell the session."""
    session = visitors.asking() or ""
    name = sha256(session.encode()).hexdigest()[:12]
    _sessions[name] = session
    return name


def wake() -> bool:
    """Start a worker on this machine unless there is one; whether one runs or was just started."""
    found = database()
    if local_worker_runs(found):
        return True
    if os.environ.get("RANP_WORKER") == "none":
        return False
    with _lock:
        if time.monotonic() - _started.get(found.url, -START_SECONDS) < START_SECONDS:
            return True
        _started[found.url] = time.monotonic()
    log.info("starting a worker for %s", found.shown)
    # One core is left to the pages.
    return start_local_worker(found, threads=max(1, (os.cpu_count() or 1) - 1))


def races(networks: Sequence[tuple[str, str]]) -> dict[str, Shipped]:
    """The races that come with the library, of these networks in these sizes; `ValueError` for another version."""
    found = read_races()
    return {
        name: shipped(race) for name, race in found.items() if (race.check.architecture, race.check.preset) in networks
    }
