"""The shared queue: one computation for all who ask, in order, with failures told and tried again."""

from threading import Event

import pytest

from explorer.jobs import JobQueue


def test_who_asks_for_the_same_gets_the_same_job() -> None:
    queue = JobQueue[int](remember=4, waiting=4)
    calls: list[int] = []

    def compute(report) -> int:
        calls.append(1)
        return len(calls)

    first, second = queue.ask("a", compute), queue.ask("a", compute)
    assert first is second
    assert (first.result(), second.result(), len(calls)) == (1, 1, 1)


def test_jobs_run_one_after_the_other_and_know_their_place() -> None:
    queue = JobQueue[str](remember=4, waiting=4)
    gate, started = Event(), Event()

    def slow(report) -> str:
        started.set()
        gate.wait(10)
        return "slow"

    running = queue.ask("slow", slow)
    assert started.wait(10)
    waiting = queue.ask("next", lambda report: "next")
    assert (queue.ahead_of(running), queue.ahead_of(waiting)) == (0, 1)
    assert not waiting.wait(0.01)
    gate.set()
    assert waiting.wait(10)
    assert (running.result(), waiting.result(), queue.ahead_of(waiting)) == ("slow", "next", 0)


def test_progress_is_a_share_and_stays_zero_where_the_total_is_unknown() -> None:
    queue = JobQueue[None](remember=4, waiting=4)
    job = queue.ask("known", lambda report: report(1, 4))
    job.result()
    assert job.progress == 0.25
    job = queue.ask("unknown", lambda report: report(3, None))
    job.result()
    assert job.progress == 0.0


def test_a_failure_reaches_who_waits_and_is_tried_again_when_asked_again() -> None:
    queue = JobQueue[int](remember=4, waiting=4)

    def fail(report) -> int:
        raise ValueError("the loss is nan")

    job = queue.ask("a", fail)
    assert job.wait(10)
    with pytest.raises(ValueError, match="the loss is nan"):
        job.result()
    assert queue.ask("a", lambda report: 7).result() == 7


def test_a_full_queue_says_so() -> None:
    queue = JobQueue[None](remember=4, waiting=1)
    gate = Event()
    queue.ask("a", lambda report: gate.wait(10) and None)
    with pytest.raises(ValueError, match="1 computations are waiting"):
        queue.ask("b", lambda report: None)
    gate.set()


def test_old_results_are_forgotten_and_running_jobs_are_not() -> None:
    queue = JobQueue[int](remember=2, waiting=8)
    for number in range(4):
        queue.ask(str(number), lambda report, number=number: number).result()
    assert queue.ask("3", lambda report: -1).result() == 3
    assert queue.ask("0", lambda report: -1).result() == -1


def test_a_forgotten_result_is_made_anew() -> None:
    queue = JobQueue[int](remember=4, waiting=4)
    calls: list[int] = []

    def compute(report) -> int:
        calls.append(1)
        return len(calls)

    queue.ask("a", compute).result()
    queue.forget("a")
    queue.forget("never asked")
    assert not queue.has_result("a")
    assert queue.ask("a", compute).result() == 2
