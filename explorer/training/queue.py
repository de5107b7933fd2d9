"""The checks that all visitors share: put one in, read where they are, call one off.

Nothing is trained here: a worker process does that, and the database keeps what it finds. It is read at most once a
second, for everybody. The app starts one worker on its machine when something waits and none is there; with the
environment's ``RANP_WORKER=none`` it leaves that to others.
"""

import logging
import os
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from threading import Lock

from explorer.compute import Visitor, visitors
from explorer.limits import LIMITS_HERE
from explorer.training.facts import PENDING, CheckFacts
from explorer.training.facts_of import check_facts, network
from ranp.checks import Check, Pictures, Race, read_races
from ranp.queue import (
    CHECKS,
    MOST_WAITING,
    Database,
    Job,
    StudyError,
    cancel,
    database_url,
    enqueue,
    find_pictures,
    jobs,
    local_worker_runs,
    start_local_worker,
)

log = logging.getLogger("explorer")

EACH = LIMITS_HERE.checks_each
"""So many checks of one visitor, over all tabs, may wait or run."""
FROM_ONE_ADDRESS = MOST_WAITING // 2
CROWDED = 8
"""When so many checks wait, those whose visitors left long ago are ended."""
UNKNOWN_HOURS = 24
"""So long a check waits whose visitor another app, or this one before it was started anew, has known."""
READ_SECONDS = 0.8
START_SECONDS = 30.0
"""A worker that was started needs a while until it says that it is there."""

EXPIRED = "it waited for so long that it was given up, since whoever asked for it had left"

_lock = Lock()
_opened: dict[str, Database] = {}
_read: dict[str, tuple[float, list[Job]]] = {}
_started: dict[str, float] = {}
_sessions: dict[str, set[Visitor]] = {}
_salt = secrets.token_bytes(16)


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


def pictures(check: CheckFacts) -> Pictures | None:
    """What the networks of a check make of its first test examples, where that was kept."""
    return _pictures(database().url, check.id, len(check.results))


@lru_cache(32)
def _pictures(url: str, id: str, results: int) -> Pictures | None:
    """They do not change until another network is trained, so they are read once."""
    return find_pictures(_opened[url], id)


def ask(check: Check, title: str) -> str:
    """Put a check at the end of the queue; its id. `ValueError` where this visitor, or everybody, has too many."""
    me = owner()
    pending = _expired([job for job in read(fresh=True) if job.state in PENDING])
    mine = sum(job.owner == me for job in pending)
    if mine >= EACH:
        raise TooManyError(f"{mine} checks of yours are in the queue; wait for one to end, or call one off")
    near = sum(_addresses(job.owner) & _addresses(me) != set() for job in pending)
    if near >= FROM_ONE_ADDRESS:
        raise TooManyError(f"{near} checks from where you are wait already; try again when some of them are over")
    id = enqueue(database(), check, me, title)
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
    return job.owner == owner() or not _is_present(job.owner)


def owner() -> str:
    """This visitor's name in the database, the same in all tabs; nobody can tell from it who they are."""
    visitor = visitors.asking()
    name = sha256(_salt + (visitor.person if visitor else "").encode()).hexdigest()[:12]
    present = {other for other in _sessions.get(name, set()) if visitors.present(other)}
    _sessions[name] = present | ({visitor} if visitor else set())
    return name


def _expired(pending: list[Job]) -> list[Job]:
    """What still waits or runs once that of visitors who left long ago is ended, where so many wait that it matters.

    A check that was asked for without an app has no owner who could leave.
    """
    waiting = [job for job in pending if job.state == "waiting"]
    if len(waiting) < CROWDED:
        return pending
    ended = {job.id for job in waiting if _is_old(job) and job.owner and not _is_present(job.owner)}
    for id in ended:
        cancel(database(), id, "the app", reason=EXPIRED)
    return [job for job in pending if job.id not in ended]


def _is_old(job: Job) -> bool:
    known_here = job.owner in _sessions
    longest = timedelta(minutes=LIMITS_HERE.expire_minutes) if known_here else timedelta(hours=UNKNOWN_HOURS)
    return job.asked is not None and datetime.now(UTC) - job.asked > longest


def _is_present(name: str) -> bool:
    return any(visitors.present(visitor) for visitor in list(_sessions.get(name, ())))


def _addresses(name: str) -> set[str]:
    return {visitor.address for visitor in list(_sessions.get(name, ()))} - {""}


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


def races(networks: Sequence[tuple[str, str]]) -> dict[str, Race]:
    """The races that come with the library, of these networks in these sizes; `ValueError` for another version."""
    found = read_races()
    return {name: race for name, race in found.items() if network(race.check.subject) in networks}
