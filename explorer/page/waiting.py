"""Waiting for a job with its progress in sight."""

from collections.abc import Callable
from typing import Any

from explorer import compute
from explorer.compute import Job


def wait(job: Job[Any], slot: Any, say: Callable[[int], str]) -> None:
    """Show the job's progress until it is over. Any control may be moved meanwhile; the job goes on."""
    if job.wait(0.05):
        return
    bar = slot.progress(job.progress, say(compute.ahead_of(job)))
    while not job.wait(0.1):
        bar.progress(job.progress, say(compute.ahead_of(job)))
    slot.empty()
