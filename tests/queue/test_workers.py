"""A class in the small: real workers, of which one is killed, on SQLite and on PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from optuna.trial import TrialState

from ranp.checks import Check, Contestant
from ranp.models import Recipe
from ranp.queue import Database, Grid, cancel, enqueue, find_job, jobs, start
from ranp.selection import PruningConfig
from ranp.subject import Subject
from tests import postgres

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
RECIPE = Recipe(steps=12, batch_size=2, learning_rate=1e-2, train_examples=4, test_examples=2, evaluations=2)
SUBJECT = Subject("unet3d", "classroom-shapes", {"base_channels": 6})
CHECK = Check(
    SUBJECT,
    (Contestant(), Contestant(PruningConfig("ranp-f", sparsity=0.3))),
    recipe=RECIPE,
)


@contextmanager
def worker(url: str, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "ranp", "worker", "--database", url, "--poll", "0.2", *more]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([*command, "--heartbeat", "1", "--grace", "6"], cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(true: Callable[[], bool], seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.2)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path / "runs" / "studies.db")
        return
    if postgres.programs() is None:
        pytest.skip("there is no PostgreSQL on this machine; apt-get install postgresql")
    with postgres.server() as url:
        yield url


def test_ten_checks_two_workers_one_killed(url: str) -> None:
    """All ten end, none twice, none lost, though one worker is killed in the middle and the app is restarted."""
    with ThreadPoolExecutor(10) as sessions:
        ids = list(sessions.map(lambda k: enqueue(Database(url), CHECK, owner=f"visitor {k}"), range(10)))
    assert len(set(ids)) == 10
    with worker(url) as first, worker(url):
        app = Database(url)

        def in_the_middle() -> bool:
            running = [job for job in jobs(app) if (job.worker or "").endswith(f":{first.pid}")]
            return any(job.state == "running" and job.progress and job.progress.done > 0.1 for job in running)

        wait_for(in_the_middle)
        first.send_signal(signal.SIGKILL)
        first.wait()
        app.engine.dispose()
        app = Database(url)  # the app starts again, and knows as much as before
        wait_for(lambda: all(job.state in ("done", "failed") for job in jobs(app)))

    found = jobs(app)
    assert [job.state for job in found] == ["done"] * 10
    assert {job.id for job in found} == set(ids)
    assert sorted(job.attempt for job in found) == [1] * 9 + [2]
    trials = app.study().trials
    done = Counter(trial.user_attrs["job"] for trial in trials if trial.state == TrialState.COMPLETE)
    assert done == Counter(ids)
    assert {trial.state for trial in trials} == {TrialState.COMPLETE, TrialState.FAIL}
    assert len(trials) == 11
    results = {tuple(entry.score for entry in job.entries) for job in found}
    assert len(results) == 1  # the one that began again, too, found what the others found
    assert [entry.label for entry in found[0].entries] == ["full", "ranp-f"]


def test_calling_off_reaches_a_worker(url: str) -> None:
    app = Database(url)
    long = Check(SUBJECT, (Contestant(),), recipe=Recipe(100_000, 2, 1e-3, 4, 2))
    id = enqueue(app, long)
    with worker(url):
        wait_for(lambda: find_job(app, id).progress is not None)
        cancel(Database(url), id, by="a visitor")
        wait_for(lambda: find_job(app, id).state == "cancelled", seconds=60)
    assert find_job(app, id).reason == "called off while it ran"


def test_a_stopped_worker_hands_back_and_another_finishes_a_sweep(url: str) -> None:
    app = Database(url)
    grid = Grid(Subject("unet3d", "classroom-shapes"), ("ranp-f", "random"), (0.2, 0.4), recipe=RECIPE)
    assert start(app, "mine", grid) == 5
    with worker(url) as first:
        wait_for(lambda: any(job.state == "running" and job.progress for job in jobs(app, study="mine")))
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=60) == 130
    assert all(job.state in ("waiting", "done") for job in jobs(app, study="mine"))
    with worker(url, "--until-idle") as second:
        assert second.wait(timeout=300) == 0
    found = jobs(app, study="mine")
    assert [job.state for job in found] == ["done"] * 5
    assert all(len(job.values) == 3 for job in found)
