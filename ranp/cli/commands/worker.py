"""``ranp worker``: run the checks and sweeps that wait in a database."""

import argparse
import logging
from contextlib import nullcontext

import torch
from filelock import FileLock, Timeout

from ranp.cli.allowing import add_allow, allow_named
from ranp.cli.command import Command, Result
from ranp.queue import Database, Stop, lock_file, work

log = logging.getLogger(__name__)


def add_database(parser: argparse.ArgumentParser) -> None:
    """Where studies are kept."""
    parser.add_argument(
        "--database",
        metavar="URL",
        help="an SQLite file or postgresql://user@host/name (default: RANP_DATABASE, else runs/studies.db); give a "
        "password as RANP_DATABASE, since everybody on the machine can read this",
    )


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_database(parser)
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument(
        "--until-idle", action="store_const", const=0.0, dest="idle_seconds", help="end as soon as nothing waits"
    )
    ends.add_argument("--idle-seconds", type=float, metavar="S", help="end after S seconds in which nothing waited")
    parser.add_argument("--single", action="store_true", help="end at once where such a worker runs on this machine")
    add_allow(
        parser,
        "run jobs whose network, data, loss, metrics or optimizer is in this module, or below this package, too; "
        "{own_code}. Jobs of other code wait for other workers",
    )
    parser.add_argument("--threads", type=int, metavar="N", help="compute on N cores (default: all)")
    parser.add_argument("--poll", type=float, default=2.0, metavar="S", help="look for work every S seconds")
    parser.add_argument("--heartbeat", type=int, default=10, metavar="S", help="say so every S seconds while running")
    parser.add_argument("--grace", type=int, default=60, metavar="S", help="silence after which others take over")


def _run(args: argparse.Namespace) -> Result:
    if args.heartbeat < 1 or args.grace <= args.heartbeat:
        raise ValueError(f"--grace must be longer than --heartbeat, not {args.grace} and {args.heartbeat} seconds")
    if args.threads is not None:
        if args.threads < 1:
            raise ValueError(f"--threads must be at least 1, not {args.threads}")
        torch.set_num_threads(args.threads)
    allow_named(args)
    database = Database(args.database, args.heartbeat, args.grace)
    stop = Stop()
    try:
        with FileLock(lock_file(database), timeout=0) if args.single else nullcontext(), stop.listening():
            log.info("looking for work in %s", database.shown)
            return {"database": database.shown, "jobs": work(database, args.idle_seconds, args.poll, stop)}
    except Timeout:
        raise ValueError("a worker that was started with --single runs on this machine already") from None


def _text(result: Result) -> str:
    return f"{result['jobs']} jobs were run"


WORKER = Command(
    "run the checks and sweeps that wait; start as many as the machine has room for",
    "ranp worker --until-idle",
    _arguments,
    _run,
    _text,
)
