"""The one worker that the app, or anybody, may start on this machine without asking whether there is one.

It is a process of its own, so it outlives the app and its tabs, and ends after a while without work. Its log is beside
the database, or in ``runs``.
"""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from ranp.files import check_writable, open_to_append
from ranp.queue.database import Database
from ranp.subject import allowed

IDLE_SECONDS = 900


def start_local_worker(database: Database, threads: int | None = None) -> bool:
    """Start a worker for this database unless one runs on this machine already; whether one was started.

    Cheap enough to be called whenever something waits. ``threads`` limits the processor cores it computes on. Of code
    of one's own it may run what this process may.
    """
    if local_worker_runs(database):
        return False
    command = [sys.executable, "-m", "ranp", "worker", "--single"]
    command += ["--idle-seconds", str(IDLE_SECONDS), *(["--threads", str(threads)] if threads else [])]
    command += [part for path in allowed() for part in ("--allow", path)]
    # The current folder stays: data folders may be given relative to it. The library is found as it is found here.
    paths = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    with open_to_append(lock_file(database).with_suffix(".log")) as log:
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            # Whoever is on this machine can read the command of a process, and may not read its environment.
            env={**os.environ, "PYTHONPATH": paths, "RANP_DATABASE": database.url},
        )
    return True


def local_worker_runs(database: Database) -> bool:
    """Whether a worker that was started this way runs on this machine."""
    try:
        with FileLock(check_writable(lock_file(database)), timeout=0):
            return False
    except Timeout:
        return True


def lock_file(database: Database) -> Path:
    """Held by the worker for as long as it lives."""
    if database.file is not None:
        return database.file.with_name(f"{database.file.name}.worker")
    folder = Path("runs")
    folder.mkdir(exist_ok=True)
    return folder / f"{sha256(database.url.encode()).hexdigest()[:12]}.worker"
