"""``ranp queue``: the checks that wait, run and ended; and calling one off."""

import argparse

from ranp.cli.command import Command, Result
from ranp.cli.commands.worker import add_database
from ranp.cli.report import table
from ranp.queue import CHECKS, Database, Job, cancel, find_job, jobs


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_database(parser)
    parser.add_argument("--sweep", default=CHECKS, metavar="NAME", help="the trials of a sweep (default: all checks)")
    parser.add_argument("--cancel", metavar="JOB", help="call this job off, by its id or the start of it")


def _run(args: argparse.Namespace) -> Result:
    database = Database(args.database)
    if args.cancel is not None:
        cancel(database, _full_id(database, args.cancel, args.sweep), "the command line", args.sweep)
    return {"jobs": [_described(job) for job in jobs(database, study=args.sweep)]}


def _full_id(database: Database, start: str, study: str) -> str:
    found = [job.id for job in jobs(database, study=study) if job.id.startswith(start)]
    if len(found) > 1:
        raise ValueError(f"{len(found)} jobs begin with '{start}'; give more of the id")
    return found[0] if found else find_job(database, start, study).id


def _described(job: Job) -> Result:
    return {
        "job": job.id,
        "state": job.state,
        "position": job.position,
        "owner": job.owner,
        "title": job.title,
        "subject": None if job.check is None else job.check.subject.as_dict(),
        "network": None if job.check is None else job.check.subject.title,
        "architecture": None if job.check is None else job.check.subject.architecture,
        "contestants": [] if job.check is None else list(job.check.labels),
        "parameters": dict(job.parameters),
        "done": None if job.progress is None else job.progress.done,
        "remaining_seconds": None if job.progress is None else job.progress.remaining_seconds,
        "scores": [entry.score for entry in job.entries],
        "reason": job.reason,
        "lacks": job.lacks,
        "worker": job.worker,
        "attempt": job.attempt,
    }


def _text(result: Result) -> str:
    rows = [
        [
            job["job"][:8],
            f"{job['position']}. in line" if job["position"] else job["state"],
            job["network"] or "?",
            ", ".join(job["contestants"]),
            "" if job["done"] is None else f"{job['done']:.0%}",
            ", ".join("failed" if score is None else f"{score:.3f}" for score in job["scores"]),
            job["reason"] or job["lacks"] or "",
        ]
        for job in result["jobs"]
    ]
    header = ["job", "state", "network", "contestants", "done", "scores", "reason"]
    return table(header, rows, left=len(header)) if rows else "no job was asked for yet"


QUEUE = Command(
    "show the checks that wait, run and ended, or call one off",
    "ranp queue --json",
    _arguments,
    _run,
    _text,
)
