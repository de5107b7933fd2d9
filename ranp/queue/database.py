"""The database in which checks and sweeps wait, run and stay: Optuna studies in SQLite or PostgreSQL.

A study holds trials; a trial is one check. SQLite in the folder ``runs`` serves one machine, a PostgreSQL URL several.
What only one process may do at a time is done under a lock: a file beside the SQLite file, an advisory lock of
PostgreSQL. Either is free again when the process that holds it dies.
Nothing here runs a check: `ranp.jobs` puts checks in, `ranp.worker` takes them out.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from filelock import FileLock, Timeout

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
SQLITE_SECONDS = 60
ADVISORY_LOCK = 0x52414E50


class StudyError(ValueError):
    """The database cannot be used: it is not there, not ours, of another version, or does not answer."""


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
        from optuna.storages import get_storage

        opened = _open(self.url, self.file, heartbeat_seconds, grace_seconds)
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
        return _alone(self.engine, self.file)

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
        from sqlalchemy.engine import make_url

        return make_url(self.url).render_as_string(hide_password=True)


@contextmanager
def answered(database: Database) -> Iterator[None]:
    """Turn what database drivers raise into a `StudyError` of one sentence."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (StorageInternalError, SQLAlchemyError, sqlite3.Error, Timeout) as error:
        raise StudyError(f"the database {database.shown} does not answer: {_cause(error)}") from error


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


def _open(url: str, file: Path | None, heartbeat: int, grace: int) -> Any:
    import warnings

    import optuna
    import sqlalchemy
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    settings: dict[str, Any] = {"pool_pre_ping": True}
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudyError(f"the folder {file.parent} cannot be made: {error.strerror}") from error
        settings = {"connect_args": {"timeout": SQLITE_SECONDS}}
    try:
        # Two processes that create the tables of one database at once would trip over each other.
        with _alone(sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool), file):
            if file is not None:
                _write_ahead(file)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                return optuna.storages.RDBStorage(
                    url, engine_kwargs=settings, heartbeat_interval=heartbeat, grace_period=grace
                )
    except ImportError as error:
        raise StudyError(f"the database needs a driver that is not installed ({error}); pip install psycopg") from error
    except RuntimeError as error:
        raise StudyError(
            f"{file or 'the database'} was made by another version of Optuna than {optuna.__version__}; use that one, "
            "or name another database"
        ) from error
    except (SQLAlchemyError, StorageInternalError, sqlite3.Error, OSError) as error:
        where = file or _without_password(url)
        raise StudyError(f"the database {where} cannot be opened: {_cause(error)}") from error


def _alone(engine: Any, file: Path | None) -> AbstractContextManager[Any]:
    if file is not None:
        return FileLock(f"{file}.lock", timeout=SQLITE_SECONDS)
    return _advisory_lock(engine) if engine.dialect.name == "postgresql" else nullcontext()


@contextmanager
def _advisory_lock(engine: Any) -> Iterator[None]:
    import sqlalchemy

    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sqlalchemy.text(f"SELECT pg_advisory_lock({ADVISORY_LOCK})"))
        try:
            yield
        finally:
            connection.execute(sqlalchemy.text(f"SELECT pg_advisory_unlock({ADVISORY_LOCK})"))


def _write_ahead(file: Path) -> None:
    """Readers and a writer at once; remembered in the file."""
    connection = sqlite3.connect(file, timeout=SQLITE_SECONDS)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _check_form(study: "optuna.Study") -> None:
    form, version = study.user_attrs.get(FORM_KEY), study.user_attrs.get(VERSION_KEY, "an unknown version")
    if form != FORM:
        raise StudyError(
            f"study '{study.study_name}' was made by ranp {version}, whose form {form} this version ({__version__}, "
            f"form {FORM}) does not read; finish it with that version, or use another database or name"
        )


def _cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _without_password(url: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)
