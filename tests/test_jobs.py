"""The shared queue: one computation for all who ask, in order, with failures told and tried again."""

from threading import Event

import pytest
from streamlit.testing.v1 import AppTest

from explorer import background, visitors
from explorer.jobs import Job, JobQueue, Visitors


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


class Class:
    """Visitors by name: who is asking, and who has left."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.gone: set[str] = set()

    def queue(self, waiting: int = 8, each: int = 2) -> JobQueue[str]:
        return JobQueue[str](8, waiting, each, Visitors(lambda: self.name, lambda name: name not in self.gone))

    def ask(self, queue: JobQueue[str], name: str, key: str, gate: Event | None = None) -> Job[str]:
        self.name = name
        return queue.ask(key, lambda report: key if gate is None or gate.wait(10) else "")


def test_a_visitor_cannot_have_more_than_a_few_pending_and_the_last_gives_way() -> None:
    room, gate = Class(), Event()
    queue = room.queue(each=2)
    running = room.ask(queue, "ann", "running", gate)
    second, third = room.ask(queue, "ann", "second"), room.ask(queue, "ann", "third")
    with pytest.raises(ValueError, match="gave way"):
        second.result()
    bens = room.ask(queue, "ben", "ben's")
    assert queue.ahead_of(bens) == 2
    gate.set()
    assert [running.result(), third.result(), bens.result()] == ["running", "third", "ben's"]
    assert room.ask(queue, "ann", "second").result() == "second"  # it can be asked for again


def test_what_another_visitor_wants_too_does_not_give_way() -> None:
    room, gate = Class(), Event()
    queue = room.queue(each=2)
    room.ask(queue, "ann", "running", gate)
    shared = room.ask(queue, "ann", "shared")
    assert room.ask(queue, "ben", "shared") is shared
    room.ask(queue, "ann", "third")
    gate.set()
    assert shared.result() == "shared"


def test_nobody_asks_without_end() -> None:
    """However many computations thirty visitors ask for, no more than the bound of each are pending."""
    room, gate = Class(), Event()
    queue = room.queue(waiting=64, each=2)
    room.ask(queue, "teacher", "running", gate)
    jobs = [room.ask(queue, f"student {n % 30}", f"seed {n}") for n in range(300)]
    assert sum(not job.future.done() for job in jobs) == 60
    gate.set()


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    room, gate = Class(), Event()
    queue = room.queue(each=4)
    running = room.ask(queue, "ann", "running", gate)
    alone, both = room.ask(queue, "ann", "alone"), room.ask(queue, "ann", "both")
    room.ask(queue, "ben", "both")
    room.gone.add("ann")
    gate.set()
    assert running.result() == "running"  # what has begun goes on
    with pytest.raises(ValueError, match="nobody"):
        alone.result()
    assert both.result() == "both"
    assert room.ask(queue, "ben", "alone").result() == "alone"


def test_a_page_asks_as_its_session() -> None:
    """The sessions of the app are the queue's visitors; a thread of its own is nobody."""

    def script() -> None:
        import streamlit

        from explorer import visitors

        streamlit.session_state["who"] = visitors.asking()

    app = AppTest.from_function(script).run()
    assert app.session_state["who"]
    assert visitors.asking() is None
    assert visitors.present("anyone")  # without a server, nobody leaves
    assert background.QUEUE._visitors is visitors.SESSIONS
