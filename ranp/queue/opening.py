"""Opening a database: what its address may be, the files that SQLite uses, and the lock that one process holds."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock

from ranp.files import check_writable
from ranp.queue.address import shown, without_secrets
from ranp.queue.trouble import StudyError, cause_of, telling

SQLITE_SECONDS = 60
ADVISORY_LOCK = 0x52414E50


def open_storage(url: str, file: Path | None, heartbeat: int, grace: int) -> Any:
    """Optuna's storage, its tables made where there are none; `StudyError` where it cannot be opened."""
    import warnings

    import optuna
    import sqlalchemy
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    _check_readable(url)
    settings: dict[str, Any] = {"pool_pre_ping": True}
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudyError(f"the folder {file.parent} cannot be made: {error.strerror}") from error
        _check_files(file)
        settings = {"connect_args": {"timeout": SQLITE_SECONDS}}
    try:
        # Two processes that create the tables of one database at once would trip over each other.
        with lock(sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool), file):
            if file is not None:
                _write_ahead(file)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                return optuna.storages.RDBStorage(
                    url, engine_kwargs=settings, heartbeat_interval=heartbeat, grace_period=grace
                )
    except ImportError as error:
        said = without_secrets(str(error), url)
        raise StudyError(
            f"the database needs a driver that is not installed ({said}); for PostgreSQL run "
            "pip install 'ranp-explorer[postgres]'"
        ) from telling(error, url)
    except RuntimeError as error:
        raise StudyError(
            f"{file or 'the database'} was made by another version of Optuna than {optuna.__version__}; use that one, "
            "or name another database"
        ) from telling(error, url)
    except (SQLAlchemyError, StorageInternalError, sqlite3.Error, OSError) as error:
        where, cause = file or shown(url), without_secrets(cause_of(error), url)
        raise StudyError(f"the database {where} cannot be opened: {cause}") from telling(error, url)


def _check_readable(url: str) -> None:
    """`StudyError` for an address that is none. What reads it would repeat the part that it stumbled over."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    try:
        make_url(url).get_dialect()
    except ImportError:
        return  # told when it is opened
    except (SQLAlchemyError, ValueError):
        raise StudyError(
            f"the database {shown(url)} has no address that can be read; give postgresql://USER:PASSWORD@HOST/NAME "
            "with percent signs for the marks in a password (%40 for @, %2F for /), or the path of an SQLite file"
        ) from None


def _check_files(file: Path) -> None:
    """SQLite, and who locks it, open what they are told to and write to it: a device, too, or a FIFO, and wait."""
    try:
        for each in (file, *(file.with_name(f"{file.name}{end}") for end in (".lock", "-wal", "-shm", "-journal"))):
            check_writable(each)
    except ValueError as error:
        raise StudyError(str(error)) from error


def lock(engine: Any, file: Path | None) -> AbstractContextManager[Any]:
    """What only one process holds at a time: a file's lock beside SQLite, an advisory one in PostgreSQL."""
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
