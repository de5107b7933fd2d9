"""A PostgreSQL server of the test's own, on loopback, without a password, gone at the end."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
USER = "postgres"
"""Whose rights the server has where the tests run as root, which it refuses."""


def programs() -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``: Debian keeps them off the path."""
    if found := shutil.which("pg_ctl"):
        return Path(found).parent
    folders = sorted(DEBIAN.glob("*/bin")) if DEBIAN.is_dir() else []
    return folders[-1] if folders else None


@contextmanager
def server() -> Iterator[str]:
    """The URL of an empty database; raises `RuntimeError`, with the server's words, where it does not start."""
    folder = programs()
    if folder is None:
        raise RuntimeError("there is no pg_ctl; apt-get install postgresql")
    home = Path(tempfile.mkdtemp(prefix="ranp-postgres-"))  # pytest's own folders are closed to other users
    user = {"user": USER} if os.geteuid() == 0 else {}
    try:
        if user:
            shutil.chown(home, USER)
        data, port = home / "data", _free_port()
        _run([str(folder / "initdb"), "-D", str(data), "-A", "trust", "-U", "ranp", "--no-sync"], home, user)
        settings = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={home} -c fsync=off"
        log = str(home / "log")
        _run([str(folder / "pg_ctl"), "-D", str(data), "-l", log, "-w", "-o", settings, "start"], home, user)
        try:
            yield f"postgresql://ranp@127.0.0.1:{port}/postgres"
        finally:
            _run([str(folder / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"], home, user)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(command: list[str], folder: Path, user: dict[str, str]) -> None:
    """Its output goes to a file: a server that inherits a pipe keeps whoever reads it waiting."""
    with tempfile.TemporaryFile("w+") as said:
        run = subprocess.run(command, cwd=folder, stdout=said, stderr=said, check=False, **user)
        if run.returncode:
            said.seek(0)
            raise RuntimeError(f"{Path(command[0]).name} failed: {said.read().strip()}")


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
