"""The queue and its workers with a check that takes no time: order, bounds, call-off, silence, database faults."""

import json
import re
import sqlite3
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from optuna.trial import TrialState
from sqlalchemy.exc import SQLAlchemyError

import ranp.queue.worker
from ranp.__main__ import main
from ranp.checks import Check, Contestant, Entry, Progress
from ranp.checks.check import pair
from ranp.queue import (
    CHECKS,
    Database,
    Job,
    Stop,
    StudyError,
    answered,
    cancel,
    database_url,
    enqueue,
    find_job,
    jobs,
    local_worker_runs,
    lock_file,
    start_local_worker,
    work,
)
from ranp.queue.able import Able
from ranp.queue.address import without_secrets
from ranp.queue.database import FORM_KEY, patiently
from ranp.queue.job import MOST_ATTEMPTS, QueueFullError
from ranp.queue.take import put_back, take
from ranp.queue.worker import run_trial
from ranp.selection import PruningConfig
from ranp.subject import Subject
from ranp.training import Point

CHECK = pair(Subject("unet3d"), PruningConfig("ranp-f"), seeds=(0, 1))
Report = Callable[[Progress], None]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(str(tmp_path / "runs" / "studies.db"), heartbeat_seconds=1, grace_seconds=1)


@pytest.fixture(autouse=True)
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Checks that end at once; the list says which entries were trained."""
    trained: list[tuple[int, int]] = []

    def fake(
        check: Check, report: Report, finished: Callable[[Entry], None], finished_before: Sequence[Entry] = (), **_: Any
    ) -> list[Entry]:
        entries = list(finished_before)
        for seed in check.seeds:
            for index, contestant in enumerate(check.contestants):
                if any((entry.contestant, entry.seed) == (index, seed) for entry in finished_before):
                    continue
                point = Point(1, 0.1, 0.5, {"dice": 0.7 - 0.1 * index})
                report(Progress(index, contestant.label, seed, 1, 0.5, 0.5, 1.0, point))
                entry = Entry(index, contestant.label, seed, score=0.7 - 0.1 * index, curve=(point,), macs=5)
                trained.append((index, seed))
                entries.append(entry)
                finished(entry)
        return entries

    monkeypatch.setattr("ranp.queue.worker.run_check", fake)
    monkeypatch.setattr("ranp.queue.write.SAVE_SECONDS", 0.0)
    return trained


def states(database: Database) -> list[str]:
    return [job.state for job in jobs(database)]


def fall_silent(database: Database) -> None:
    """Let the heartbeats of running trials be older than the grace time, as those of a killed worker."""
    with sqlite3.connect(database.file) as connection:
        connection.execute("UPDATE trial_heartbeats SET heartbeat = '2020-01-01 00:00:00'")


def test_a_check_is_put_in_run_and_read_back(database: Database) -> None:
    id = enqueue(database, CHECK, owner="ada", title="mine")
    waiting = find_job(database, id)
    assert (waiting.state, waiting.position, waiting.owner, waiting.title) == ("waiting", 1, "ada", "mine")
    assert waiting.check == CHECK
    assert work(database, idle_seconds=0) == 1
    done = find_job(Database(database.url), id)  # another process sees the same
    assert (done.state, done.position, done.reason) == ("done", None, None)
    assert [(entry.label, entry.seed) for entry in done.entries] == [
        ("full", 0), ("ranp-f", 0), ("full", 1), ("ranp-f", 1),
    ]  # fmt: skip
    assert done.values == (pytest.approx(0.6),)
    assert done.entries[0].curve[0].figures == {"dice": 0.7}
    assert done.growing == ()
    assert done.versions["torch"]
    assert done.worker
    assert done.started is not None
    assert done.ended is not None


def test_jobs_run_in_the_order_in_which_they_were_asked_for(database: Database) -> None:
    ids = [enqueue(database, CHECK, owner=owner) for owner in "abc"]
    assert [job.position for job in jobs(database)] == [1, 2, 3]
    assert [job.id for job in jobs(database, owner="b")] == [ids[1]]
    taken = take(database, Able())
    assert taken is not None
    assert [(job.state, job.position) for job in jobs(database)] == [("running", None), ("waiting", 1), ("waiting", 2)]


def test_the_queue_is_bounded(database: Database) -> None:
    for _ in range(3):
        enqueue(database, CHECK, most_waiting=3)
    with pytest.raises(QueueFullError, match="3 checks wait already"):
        enqueue(database, CHECK, most_waiting=3)
    take(database, Able())
    enqueue(database, CHECK, most_waiting=3)


def test_a_silent_workers_job_waits_again_in_its_place_with_what_was_finished(
    database: Database, ran: list[tuple[int, int]]
) -> None:
    first, second = enqueue(database, CHECK), enqueue(database, CHECK)
    taken = take(database, Able())
    entry = Entry(0, "full", 0, score=0.9)
    database.storage.set_trial_user_attr(taken[1], "entry.0", entry.as_dict())
    fall_silent(database)
    again = take(database, Able())
    assert again is not None
    trial = database.storage.get_trial(again[1])
    assert trial.user_attrs["job"] == first  # before the second, which was asked for later
    run_trial(database, *again, Stop())
    job = find_job(database, first)
    assert (job.state, job.attempt) == ("done", 2)
    assert job.entries[0] == entry
    assert ran == [(1, 0), (0, 1), (1, 1)]
    assert find_job(database, second).state == "waiting"


def test_a_worker_that_died_before_its_first_heartbeat_is_noticed(database: Database) -> None:
    enqueue(database, CHECK)
    study = database.study()
    (trial,) = study.trials
    database.storage.set_trial_state_values(trial._trial_id, state=TrialState.RUNNING)
    with sqlite3.connect(database.file) as connection:
        connection.execute("UPDATE trials SET datetime_start = '2020-01-01 00:00:00'")
    assert take(database, Able()) is None  # it is given a heartbeat first
    fall_silent(database)
    assert work(database, idle_seconds=0) == 1
    assert states(database) == ["done"]


def test_a_worker_that_dies_while_it_puts_back_loses_nothing(database: Database) -> None:
    """Failed and not yet waiting again: the gap that a retry callback would leave."""
    enqueue(database, CHECK)
    _, trial_id = take(database, Able())
    database.storage.set_trial_state_values(trial_id, state=TrialState.FAIL)
    assert work(database, idle_seconds=0) == 1
    assert states(database) == ["done"]


def test_a_job_that_kills_its_workers_is_given_up_with_a_reason(database: Database) -> None:
    enqueue(database, CHECK)
    for _ in range(MOST_ATTEMPTS):
        assert take(database, Able()) is not None
        fall_silent(database)
    assert take(database, Able()) is None
    (job,) = jobs(database)
    assert job.state == "failed"
    assert "vanished 3 times" in job.reason


def test_putting_back_twice_makes_one_trial(database: Database) -> None:
    enqueue(database, CHECK)
    take(database, Able())
    fall_silent(database)
    for _ in range(3):
        put_back(database, database.study())
    assert [trial.state for trial in database.study().trials] == [TrialState.FAIL, TrialState.WAITING]


def test_a_second_trial_of_a_job_that_is_done_is_not_run(database: Database, ran: list[tuple[int, int]]) -> None:
    """As two workers may put one job back at once where the database has no lock that we know."""
    enqueue(database, CHECK)
    study = database.study()
    study.enqueue_trial({}, user_attrs=study.trials[0].user_attrs)
    assert work(database, idle_seconds=0) == 1
    assert len(ran) == 4
    assert states(database) == ["done"]


def test_a_worker_that_slept_too_long_does_not_count_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch, ran: list[tuple[int, int]]
) -> None:
    id = enqueue(database, CHECK)
    mine = take(database, Able())
    fall_silent(database)
    assert work(database, idle_seconds=0) == 1  # somebody else took it over and finished
    run_trial(database, *mine, Stop())
    trials = database.study().trials
    assert [trial.state for trial in trials] == [TrialState.FAIL, TrialState.COMPLETE]
    assert find_job(database, id).state == "done"


def test_calling_off_what_waits(database: Database, ran: list[tuple[int, int]]) -> None:
    first, second = enqueue(database, CHECK), enqueue(database, CHECK)
    cancel(database, first, by="ada")
    job = find_job(database, first)
    assert (job.state, job.reason) == ("cancelled", "called off before it began")
    assert find_job(database, second).position == 1
    assert work(database, idle_seconds=0) == 1


def test_calling_off_what_runs(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    id = enqueue(database, CHECK)
    steps = 0

    def endless(check: Check, report: Report, finished: Callable[[Entry], None], **_: Any) -> list[Entry]:
        nonlocal steps
        finished(Entry(0, "full", 0, score=0.9))
        while steps < 1000:
            steps += 1
            if steps == 3:
                cancel(Database(database.url), id)
            report(Progress(1, "ranp-f", 0, steps, 0.5, 0.5, None))
        return []

    monkeypatch.setattr("ranp.queue.worker.run_check", endless)
    work(database, idle_seconds=0)
    job = find_job(database, id)
    assert (job.state, job.reason, steps) == ("cancelled", "called off while it ran", 3)
    assert [entry.label for entry in job.entries] == ["full"]
    cancel(database, id)  # again, which changes nothing
    assert work(database, idle_seconds=0) == 0


def test_a_called_off_job_of_a_silent_worker_stays_called_off(database: Database) -> None:
    id = enqueue(database, CHECK)
    take(database, Able())
    cancel(database, id)
    fall_silent(database)
    assert take(database, Able()) is None
    assert find_job(database, id).state == "cancelled"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("the folder\n is gone"), "the folder is gone"),
        (RuntimeError("a defect"), "RuntimeError: a defect"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_what_goes_wrong_is_the_reason_and_the_worker_goes_on(
    error: Exception, reason: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("ranp.queue.worker.run_check", broken)
    enqueue(database, CHECK)
    enqueue(database, CHECK)
    assert work(database, idle_seconds=0) == 2
    assert [(job.state, job.reason) for job in jobs(database)] == [("failed", reason)] * 2


def test_a_check_whose_networks_all_fail_says_why(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry(1, "vanilla", 0, reason="'conv' has no neuron left")
    monkeypatch.setattr("ranp.queue.worker.run_check", lambda *_, **__: [entry])
    enqueue(database, CHECK)
    work(database, idle_seconds=0)
    assert jobs(database)[0].reason == "'conv' has no neuron left"


def test_a_stopped_worker_hands_its_job_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    enqueue(database, CHECK)
    with monkeypatch.context() as patched:
        patched.setattr("ranp.queue.worker.run_check", stopped)
        with pytest.raises(KeyboardInterrupt):
            work(database, idle_seconds=0)
    assert states(database) == ["waiting"]
    work(database, idle_seconds=0)
    assert states(database) == ["done"]


def test_a_stop_while_a_job_is_taken_or_written_down_loses_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that is taken when the stop comes waits again; one whose results are there is finished first."""
    stop = Stop()
    taking = ranp.queue.worker.take

    def take_and_stop(database: Database, able: Able) -> Any:
        found = taking(database, able)
        stop.ask()
        return found

    enqueue(database, CHECK)
    with monkeypatch.context() as patched:
        patched.setattr("ranp.queue.worker.take", take_and_stop)
        with pytest.raises(KeyboardInterrupt):
            work(database, idle_seconds=0, stop=stop)
    assert states(database) == ["waiting"]

    stop = Stop()
    valuing = ranp.queue.worker.values_of
    with monkeypatch.context() as patched:
        patched.setattr("ranp.queue.worker.values_of", lambda *given: (stop.ask(), valuing(*given))[1])
        with pytest.raises(KeyboardInterrupt):
            work(database, idle_seconds=0, stop=stop)
    assert states(database) == ["done"]


def test_a_clock_that_was_set_back_moves_nobody_in_the_queue(
    database: Database, monkeypatch: pytest.MonkeyPatch, ran: list[tuple[int, int]]
) -> None:
    class Earlier(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(2001, 1, 1, tzinfo=tz)

    first = enqueue(database, CHECK)
    monkeypatch.setattr("ranp.queue.job.datetime", Earlier)
    second = enqueue(database, CHECK)
    assert [(job.id, job.position) for job in jobs(database)] == [(first, 1), (second, 2)]
    taken = take(database, Able())
    assert taken is not None
    fall_silent(database)
    put_back(database, database.study())
    assert [(job.id, job.position) for job in jobs(database)] == [(first, 1), (second, 2)]  # it keeps its turn, too
    assert work(database, idle_seconds=0) == 2


def test_a_clock_that_was_set_back_does_not_keep_a_vanished_workers_job(database: Database) -> None:
    """Its last heartbeat lies in the future, and would for years."""
    enqueue(database, CHECK)
    assert take(database, Able()) is not None
    with sqlite3.connect(database.file) as connection:
        connection.execute("UPDATE trial_heartbeats SET heartbeat = '2099-01-01 00:00:00'")
        connection.execute("UPDATE trials SET datetime_start = '2099-01-01 00:00:00'")
    assert work(database, idle_seconds=0) == 0
    time.sleep(2.1)  # the grace time, from when that was noticed
    assert work(database, idle_seconds=0) == 1
    assert states(database) == ["done"]


def test_a_check_of_another_version_ends_with_a_reason(database: Database) -> None:
    enqueue(database, CHECK)
    study = database.study()
    request = {**study.trials[0].user_attrs, "job": "x", "check": {"architecture": "unet3d", "newer": 1}}
    study.enqueue_trial({}, user_attrs=request)
    assert work(database, idle_seconds=0) == 2
    odd = find_job(database, "x")
    assert (odd.state, odd.check) == ("failed", None)
    assert "another version" in odd.reason


def test_a_study_of_another_version_is_left_alone(database: Database) -> None:
    study = database.checks()
    study.set_user_attr(FORM_KEY, 99)
    for call in (lambda: enqueue(database, CHECK), lambda: jobs(database)):
        with pytest.raises(StudyError, match=r"form 99 this version .* does not read"):
            call()
    assert work(database, idle_seconds=0) == 0


def test_a_database_of_another_optuna_is_refused(database: Database) -> None:
    with sqlite3.connect(database.file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v99.0.0'")
    with pytest.raises(StudyError, match="another version of Optuna"):
        Database(database.url)


def test_a_deleted_database_is_noticed(database: Database) -> None:
    enqueue(database, CHECK)
    database.file.unlink()
    with pytest.raises(StudyError, match="deleted or replaced"):
        work(database, idle_seconds=0)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "studies.db").write_text("something else, long enough to be looked at " * 10)
    with pytest.raises(StudyError, match="cannot be opened"):
        Database(str(tmp_path / "studies.db"))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="cannot be made"):
        Database(str(tmp_path / "file" / "studies.db"))


def test_a_locked_database_is_waited_for(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program holds the write lock for longer than SQLite waits by itself."""
    monkeypatch.setattr("ranp.queue.opening.SQLITE_SECONDS", 0.1)
    impatient = Database(database.url)
    enqueue(impatient, CHECK)
    blocker = sqlite3.connect(database.file, check_same_thread=False, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    threading.Timer(0.8, lambda: blocker.execute("COMMIT")).start()
    began = time.monotonic()
    assert work(impatient, idle_seconds=0) == 1
    assert time.monotonic() - began > 0.5
    assert states(impatient) == ["done"]


def test_a_full_database_keeps_what_is_finished(database: Database) -> None:
    enqueue(database, CHECK)
    work(database, idle_seconds=0)
    enqueue(database, CHECK)
    with sqlite3.connect(database.file) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0] + 2

    def at_most(pages: int) -> None:
        from sqlalchemy import event

        @event.listens_for(database.engine, "connect")
        def limit(connection: Any, _: Any) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages}")

        database.engine.dispose()

    at_most(pages)

    def fill() -> None:
        for _ in range(1000):
            enqueue(database, CHECK, most_waiting=100_000)

    with pytest.raises(StudyError, match="full"):
        fill()
    assert states(database)[0] == "done"


def test_nobody_takes_the_same_trial(database: Database) -> None:
    """Eight threads with a database of their own each; SQLite alone would let two have one."""
    for _ in range(12):
        enqueue(database, CHECK)
    taken: list[int] = []

    def grab() -> None:
        mine, able = Database(database.url), Able()
        while (found := patiently(lambda: take(mine, able), mine)) is not None:
            taken.append(found[1])

    threads = [threading.Thread(target=grab) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 12


def test_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RANP_DATABASE", raising=False)
    assert database_url() == f"sqlite:///{tmp_path}/runs/studies.db"
    monkeypatch.setenv("RANP_DATABASE", "postgres://u:secret@h/d")
    assert database_url() == "postgresql+psycopg://u:secret@h/d"


ADDRESSES = {
    "before the host": "postgresql://teacher:s3cret-pw@127.0.0.1:1/ranp",
    "a parameter": "postgresql://teacher@127.0.0.1:1/ranp?password=s3cret-pw",
    "of a key": "postgresql://teacher@127.0.0.1:1/ranp?sslpassword=s3cret-pw&connect_timeout=1",
    "with percent signs": "postgresql://teacher:%733cret%2Dpw@127.0.0.1:1/ranp?password=s3cret%2Dpw",
    "torn apart": "postgresql://teacher:s3cret-pw/@127.0.0.1:1/ranp",
    "with marks of its own": "postgresql://teacher:x@home:s3cret-pw@127.0.0.1:1/ranp",
    "misspelt parameter": "postgresql://teacher@127.0.0.1:1/ranp?passwd=s3cret-pw",
    "no driver": "postgresql+s3cret://teacher:s3cret-pw@127.0.0.1:1/ranp",
}


@pytest.mark.parametrize("url", ADDRESSES.values(), ids=ADDRESSES)
def test_an_unreachable_server_is_said_without_its_password(url: str) -> None:
    with pytest.raises(StudyError, match=r"cannot be opened|can be read|not installed") as caught:
        Database(url)
    # As a log or a debugging user would see it, causes and all.
    told = "".join(traceback.format_exception(caught.value)).replace("postgresql+s3cret", "")
    assert not re.search("s3cret|%733cret", "\n".join(line for line in told.splitlines() if line[:1].strip()))
    assert "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "url", "said"),
    [
        ("no 'a rose@home'", "postgresql://ann:a+rose%40home@lab/ranp", "no '***'"),
        ("a%20rose%40home", "postgresql://ann@lab/ranp?password=a+rose@home", "***"),
        ("host=lab password='a rose' dbname=x", "sqlite:///x", "host=lab password=*** dbname=x"),
        ("postgresql://ann@lab/ranp", "postgresql://ann@lab/ranp", "postgresql://ann@lab/ranp"),
    ],
)
def test_every_form_of_a_password_is_hidden(text: str, url: str, said: str) -> None:
    assert without_secrets(text, url) == said


def test_what_fails_while_a_database_is_used_tells_no_password(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "studies.db"))
    database.url = ADDRESSES["a parameter"]
    with pytest.raises(StudyError, match="does not answer") as caught, answered(database):
        raise SQLAlchemyError("connection to postgresql://teacher@127.0.0.1:1/ranp?password=s3cret-pw failed")
    assert "s3cret" not in "".join(traceback.format_exception(caught.value, chain=True)).split("StudyError")[-1]
    assert "password=***" in str(caught.value)


def test_a_local_worker_is_given_the_address_where_others_do_not_see_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody on a machine can list the commands that run on it."""
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(
        "ranp.queue.local_worker.subprocess.Popen", lambda command, env, **_: started.append((command, env))
    )
    assert start_local_worker(database)
    ((command, environment),) = started
    assert database.url not in " ".join(command)
    assert environment["RANP_DATABASE"] == database.url


def test_the_commands(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = enqueue(database, CHECK), enqueue(database, CHECK)
    assert main(["queue", "--database", database.url, "--cancel", second[:10], "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["jobs"]
    assert [job["state"] for job in listed] == ["waiting", "cancelled"]
    assert main(["worker", "--database", database.url, "--until-idle", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["jobs"] == 1
    assert main(["queue", "--database", database.url]) == 0
    assert "full, ranp-f" in capsys.readouterr().out
    assert main(["queue", "--database", database.url, "--cancel", "nothing"]) == 2
    assert find_job(database, first).state == "done"


def test_a_local_worker_starts_and_runs_what_waits(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started for real, from a folder of somebody's, as the app starts it."""
    monkeypatch.chdir(tmp_path)
    started: list[subprocess.Popen[bytes]] = []
    begin = subprocess.Popen

    def noted(*given: Any, **named: Any) -> subprocess.Popen[bytes]:
        started.append(begin(*given, **named))
        return started[0]

    monkeypatch.setattr("ranp.queue.local_worker.subprocess.Popen", noted)
    asked = enqueue(database, CHECK)
    assert start_local_worker(database, threads=1)
    log = lock_file(database).with_suffix(".log")
    try:
        for _ in range(3000):  # it is nice to the tests beside it
            if find_job(database, asked).state == "done":
                break
            assert started[0].poll() is None, log.read_text()
            time.sleep(0.2)
        assert find_job(database, asked).state == "done", log.read_text()
    finally:
        started[0].kill()
        started[0].wait()


def test_one_local_worker_is_enough(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("ranp.queue.local_worker.subprocess.Popen", lambda command, **_: started.append(command))
    assert start_local_worker(database, threads=1)
    assert started[0][1:4] == ["-m", "ranp", "worker"]
    with FileLock(lock_file(database)):
        assert not start_local_worker(database)
        assert main(["worker", "--database", database.url, "--single"]) == 2
    assert not local_worker_runs(database)
    assert len(started) == 1


def test_jobs_are_plain_values(database: Database) -> None:
    enqueue(database, Check(Subject("unet3d"), (Contestant(),)))
    (job,) = jobs(database)
    assert isinstance(job, Job)
    assert job.study == CHECKS
