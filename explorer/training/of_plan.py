"""What training has shown of the present plan, for pages that tell of a plan: pictures of the latest check of it."""

import logging
from pathlib import Path

from explorer.state import ExplorerState
from explorer.training import queue, requests
from explorer.training.facts import CheckFacts
from explorer.training.facts_of import check_facts
from ranp.checks import Pictures
from ranp.queue import database_url

log = logging.getLogger("explorer")

_SQLITE = "sqlite:///"


def pictured_check(state: ExplorerState) -> tuple[CheckFacts, Pictures] | None:
    """The latest check that trained the present plan to its end, and its pictures; None where there is none.

    Nothing is created for it: where no database is there yet, no check was.
    """
    url = database_url()
    if url.startswith(_SQLITE) and not Path(url.removeprefix(_SQLITE)).is_file():
        return None
    subject, pruning = requests.plan_of(state)
    try:
        for job in reversed(queue.read()):
            if job.state != "done" or job.check is None or job.check.subject != subject:
                continue
            if any(each.pruning == pruning for each in job.check.contestants):
                facts = check_facts(job)
                found = queue.pictures(facts)
                if found is not None:
                    return facts, found
    except (ValueError, OSError) as error:
        log.warning("no pictures for the report: %s", error)
    return None
