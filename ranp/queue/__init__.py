"""The queue: jobs, workers and sweeps in a database.

In: a `Check`, or a grid or search of many. Out: jobs whose state anybody can read; a worker on any machine takes them,
and what is finished is never lost.
Test: `pytest tests/queue`
"""

from ranp.queue.database import CHECKS, Database, answered, database_url
from ranp.queue.job import MOST_WAITING, Job, cancel, enqueue, find_job, find_pictures, jobs
from ranp.queue.limited import as_parameters, limits_in
from ranp.queue.local_worker import local_worker_runs, lock_file, start_local_worker
from ranp.queue.stopping import Stop
from ranp.queue.sweep import Grid, Search, grid_contestants, start
from ranp.queue.table import export, front, table, table_bytes
from ranp.queue.tally import Tally, tally
from ranp.queue.trouble import StudyError
from ranp.queue.worker import work

__all__ = [
    "CHECKS",
    "MOST_WAITING",
    "Database",
    "Grid",
    "Job",
    "Search",
    "Stop",
    "StudyError",
    "Tally",
    "answered",
    "as_parameters",
    "cancel",
    "database_url",
    "enqueue",
    "export",
    "find_job",
    "find_pictures",
    "front",
    "grid_contestants",
    "jobs",
    "limits_in",
    "local_worker_runs",
    "lock_file",
    "start",
    "start_local_worker",
    "table",
    "table_bytes",
    "tally",
    "work",
]
