"""The database in which checks and sweeps wait, run and stay: Optuna studies in SQLite or PostgreSQL.

A study holds trials; a trial is one check. SQLite in the folder ``runs`` serves one machine, a PostgreSQL URL several.
What only one process may do at a time is done under a lock: a file beside the SQLite file, an advisory lock of
PostgreSQL. Either is free again when the process that holds it dies.
Nothing here runs a check: `ranp.queue.job` puts checks in, `ranp.queue.worker` takes them out.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from filelock import Timeout

from ranp.extras import extra
from ranp.queue.address import shown, without_secrets
from ranp.queue.opening import lock, open_storage
from ranp.queue.trouble import StudyError, cause_of, telling
from ranp.version import __version__

if TYPE_CHECKING:
    import optuna

T = TypeVar("T")

Direction = Literal["minimize", "maximize"]

log = logging.getLogger(__name__)

CHECKS = "checks"
"""The study of all checks and races; every other study is a sweep."""

FORM = 1
"""Of what we write into a study; raised when an older version could not read it."""

FORM_KEY, VERSION_KEY = "ranp_form", "ranp_version"


def database_url(given: str | None = None) -> str:
    """``given``, or the environment's ``RANP_DATABASE``, or SQLite in ``runs`` below the current folder.

    A path is taken as that of an SQLite file. PostgreSQL is reached through psycopg.

    >>> database_url("postgresql://teacher@lab/ranp")
    'postgresql+psycopg://teacher@lab/ranp'
    """
    url = given or os.environ.get("RANP_DATABASE") or str(Path("runs") / "studies.db")
    for short in ("postgresql://", "postgres://"):
        if url.startswith(short):
            return f"postgresql+psycopg://{url.removeprefix(short)}"
    return url if "://" in url else f"sqlite:///{Path(url).expanduser().resolve()}"


class Database:
    """An open database. Cheap to keep, safe to share among threads; every process opens its own.

    Raises `StudyError` where it cannot be opened. ``heartbeat_seconds`` and ``grace_seconds`` are those of a worker:
    how often it says that it lives, and after how long a silence another takes its trial over.
    """

    def __init__(self, url: str | None = None, heartbeat_seconds: int = 10, grace_seconds: int = 60) -> None:
        self.url = database_url(url)
        self.file = Path(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite:///") else None
        with extra("queue", "the queue of checks and sweeps"):
            from optuna.storages import get_storage

        opened = open_storage(self.url, self.file, heartbeat_seconds, grace_seconds)
        self.engine = opened.engine
        self.storage = get_storage(opened)  # remembers finished trials, so that a page that looks often reads little
        self.heartbeat_seconds, self.grace_seconds = heartbeat_seconds, grace_seconds
        self._inode = None if self.file is None else self.file.stat().st_ino
        self._opened = opened

    def record_heartbeat(self, trial_id: int) -> None:
        """Say that the trial's worker lives."""
        self._opened.record_heartbeat(trial_id)

    def heartbeats_ahead(self) -> list[int]:
        """The trials whose last heartbeat the database's clock has yet to reach: it was set back by the grace time."""
        from sqlalchemy import DateTime, column, func, select, table

        beats = table("trial_heartbeats", column("trial_id"), column("heartbeat", DateTime()))
        with self.engine.connect() as connection:
            now = connection.execute(select(func.now())).scalar_one().replace(tzinfo=None)
            latest = now + timedelta(seconds=self.grace_seconds)
            found = connection.execute(select(beats.c.trial_id).where(beats.c.heartbeat > latest))
            return list(found.scalars())

    def study(self, name: str = CHECKS) -> "optuna.Study":
        """The study of that name; `StudyError` where there is none or where another version made it."""
        import optuna

        with answered(self):
            try:
                study = optuna.load_study(study_name=name, storage=self.storage)
            except KeyError:
                raise StudyError(f"there is no study '{name}' in {self.shown}") from None
            _check_form(study)
        return study

    def create(self, name: str, directions: Sequence[Direction], attributes: dict[str, Any]) -> "optuna.Study":
        """A new study, or the one that has the name already, which keeps its own attributes."""
        import optuna

        with answered(self), self.alone():
            if name not in self.names():
                study = optuna.create_study(study_name=name, storage=self.storage, directions=[*directions])
                for key, value in {**attributes, VERSION_KEY: __version__, FORM_KEY: FORM}.items():
                    study.set_user_attr(key, value)
        return self.study(name)

    def checks(self) -> "optuna.Study":
        """The study of all checks."""
        return self.create(CHECKS, ["maximize"], {"kind": "checks"})

    def names(self) -> list[str]:
        """All studies: `CHECKS` first, then sweeps in the order in which they were made."""
        with answered(self):
            names = [study.study_name for study in sorted(self.storage.get_all_studies(), key=lambda s: s._study_id)]
        return sorted(names, key=lambda name: name != CHECKS)

    def alone(self) -> AbstractContextManager[Any]:
        """While this is held, no other process takes, fails or re-queues a trial; it cannot be taken twice.

        SQLite locks no rows, so without it two workers could take one trial.
        """
        return lock(self.engine, self.file)

    def check_there(self) -> None:
        """`StudyError` where the SQLite file was deleted or replaced: an open one would swallow everything."""
        if self.file is None:
            return
        try:
            there = self.file.stat().st_ino == self._inode
        except FileNotFoundError:
            there = False
        if not there:
            raise StudyError(f"{self.file} was deleted or replaced while it was in use; start again to use the new one")

    @property
    def shown(self) -> str:
        """The URL without a password."""
        return shown(self.url)


@contextmanager
def answered(database: Database) -> Iterator[None]:
    """Turn what database drivers raise into a `StudyError` of one sentence."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (StorageInternalError, SQLAlchemyError, sqlite3.Error, Timeout) as error:
        cause = without_secrets(cause_of(error), database.url)
        raise StudyError(f"the database {database.shown} does not answer: {cause}") from telling(error, database.url)


def patiently(call: Callable[[], T], database: Database, seconds: float = 600.0) -> T:
    """The result of ``call``, tried again for a while where the database is locked, full or out of reach.

    A file that is gone does not come back: that is raised at once.
    """
    wait, until = 0.2, time.monotonic() + seconds
    while True:
        database.check_there()
        try:
            with answered(database):
                return call()
        except StudyError as error:
            if time.monotonic() + wait > until:
                raise
            log.warning("%s; trying again", error)
            time.sleep(wait)
            wait = min(2 * wait, 10.0)


def _check_form(study: "optuna.Study") -> None:
    form, version = study.user_attrs.get(FORM_KEY), study.user_attrs.get(VERSION_KEY, "an unknown version")
    if form != FORM:
        raise StudyError(
            f"study '{study.study_name}' was made by ranp {version}, whose form {form} this version ({__version__}, "
            f"form {FORM}) does not read; finish it with that version, or use another database or name"
        )
