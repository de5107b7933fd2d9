"""``ranp worker``: run the checks and sweeps that wait in a database."""

import argparse
import logging
import signal
from typing import Any

from ranp.cli.command import Command, Result
from ranp.study import Database
from ranp.worker import work

log = logging.getLogger(__name__)


def add_database(parser: argparse.ArgumentParser) -> None:
    """Where studies are kept."""
    parser.add_argument(
        "--database",
        metavar="URL",
        help="an SQLite file or postgresql://user@host/name (default: RANP_DATABASE, else runs/studies.db)",
    )


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_database(parser)
    parser.add_argument("--until-idle", action="store_true", help="end as soon as nothing waits")
    parser.add_argument("--poll", type=float, default=2.0, metavar="S", help="look for work every S seconds")
    parser.add_argument("--heartbeat", type=int, default=10, metavar="S", help="say so every S seconds while running")
    parser.add_argument("--grace", type=int, default=60, metavar="S", help="silence after which others take over")


def _run(args: argparse.Namespace) -> Result:
    if args.heartbeat < 1 or args.grace <= args.heartbeat:
        raise ValueError(f"--grace must be longer than --heartbeat, not {args.grace} and {args.heartbeat} seconds")
    database = Database(args.database, args.heartbeat, args.grace)
    log.info("looking for work in %s", database.shown)
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        return {"database": database.shown, "jobs": work(database, args.until_idle, args.poll)}
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(*_: Any) -> None:
    """A service manager's stop is a person's Ctrl-C: the job in hand goes back into the queue."""
    raise KeyboardInterrupt


def _text(result: Result) -> str:
    return f"{result['jobs']} jobs were run"


WORKER = Command(
    "run the checks and sweeps that wait; start as many as the machine has room for",
    "ranp worker --database postgresql://teacher@lab/ranp",
    _arguments,
    _run,
    _text,
)
