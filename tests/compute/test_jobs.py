"""The shared queue: one computation for all who ask, in order, with failures told and tried again."""

from collections.abc import Callable, Collection
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.compute import Job, Report, Visitor, heavy, visitors
from explorer.compute.queue import JobQueue, Places, Visitors
from explorer.compute.turns import Line
from explorer.state import default_state


def test_who_asks_for_the_same_gets_the_same_job() -> None:
    queue = JobQueue[int](remember=4)
    calls: list[int] = []

    def compute(report) -> int:
        calls.append(1)
        return len(calls)

    first, second = queue.ask("a", compute), queue.ask("a", compute)
    assert first is second
    assert (first.result(), second.result(), len(calls)) == (1, 1, 1)


def test_jobs_run_one_after_the_other_and_know_their_place() -> None:
    queue = JobQueue[str](remember=4)
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
    queue = JobQueue[None](remember=4)
    job = queue.ask("known", lambda report: report(1, 4))
    job.result()
    assert job.progress == 0.25
    job = queue.ask("unknown", lambda report: report(3, None))
    job.result()
    assert job.progress == 0.0


def test_a_failure_reaches_who_waits_and_is_tried_again_when_asked_again() -> None:
    queue = JobQueue[int](remember=4)

    def fail(report) -> int:
        raise ValueError("the loss is nan")

    job = queue.ask("a", fail)
    assert job.wait(10)
    with pytest.raises(ValueError, match="the loss is nan"):
        job.result()
    assert queue.ask("a", lambda report: 7).result() == 7


def test_a_full_queue_says_so() -> None:
    queue = JobQueue[None](remember=4, places=Places(all=1))
    gate = Event()
    queue.ask("a", lambda report: gate.wait(10) and None)
    with pytest.raises(ValueError, match="1 computations are waiting"):
        queue.ask("b", lambda report: None)
    gate.set()


def test_old_results_are_forgotten_and_running_jobs_are_not() -> None:
    queue = JobQueue[int](remember=2)
    for number in range(4):
        queue.ask(str(number), lambda report, number=number: number).result()
    assert queue.ask("3", lambda report: -1).result() == 3
    assert queue.ask("0", lambda report: -1).result() == -1


def test_a_forgotten_result_is_made_anew() -> None:
    queue = JobQueue[int](remember=4)
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
    """Visitors by name: who is asking, who has left, and whose tabs they are ("ann 2" is ann's)."""

    def __init__(self) -> None:
        self.visitor: Visitor | None = None
        self.gone: set[str] = set()

    def queue(self, places: Places, linger: float = 0.0) -> JobQueue[str]:
        visitors = Visitors(lambda: self.visitor, lambda visitor: visitor.session not in self.gone)
        return JobQueue[str](8, places, visitors, linger)

    def ask(self, queue: JobQueue[str], name: str, key: str, gate: Event | None = None, address: str = "") -> Job[str]:
        self.visitor = Visitor(name, name.split()[0], address)
        return queue.ask(key, lambda report: key if gate is None or gate.wait(10) else "")


def test_a_visitor_cannot_have_more_than_a_few_pending_and_the_last_gives_way() -> None:
    room, gate = Class(), Event()
    queue = room.queue(Places(person=2))
    running = room.ask(queue, "ann", "running", gate)
    second, third = room.ask(queue, "ann", "second"), room.ask(queue, "ann", "third")
    with pytest.raises(ValueError, match="gave way"):
        second.result()
    bens = room.ask(queue, "ben", "ben's")
    assert (queue.ahead_of(bens), queue.ahead_of(third)) == (1, 2)  # ann is being served, so it is ben's turn next
    gate.set()
    assert [running.result(), third.result(), bens.result()] == ["running", "third", "ben's"]
    assert room.ask(queue, "ann", "second").result() == "second"  # it can be asked for again


def test_what_another_visitor_wants_too_does_not_give_way() -> None:
    room, gate = Class(), Event()
    queue = room.queue(Places(person=2))
    room.ask(queue, "ann", "running", gate)
    shared = room.ask(queue, "ann", "shared")
    assert room.ask(queue, "ben", "shared") is shared
    room.ask(queue, "ann", "third")
    gate.set()
    assert shared.result() == "shared"


def test_nobody_asks_without_end() -> None:
    """However many computations thirty visitors ask for, no more than the bound of each are pending."""
    room, gate = Class(), Event()
    queue = room.queue(Places(64, person=2))
    room.ask(queue, "teacher", "running", gate)
    jobs = [room.ask(queue, f"student{n % 30}", f"seed {n}") for n in range(300)]
    assert sum(not job.future.done() for job in jobs) == 60
    gate.set()


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    room, gate = Class(), Event()
    queue = room.queue(Places(person=4))
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


def served(room: Class, asked: list[tuple[str, str]], gone: Collection[str] = ()) -> list[str]:
    """In which order the queue does what was asked, while the first of it ran; it says so beforehand."""
    order: list[str] = []
    running, gate = Event(), Event()
    queue = room.queue(Places(all=64, person=64))

    def compute(key: str, first: bool) -> Callable[[Report], str]:
        def run(report: Report) -> str:
            running.set()
            order.append(key)
            return key if not first or gate.wait(10) else ""

        return run

    jobs: dict[str, Job[str]] = {}
    for name, key in asked:
        room.visitor = Visitor(name, name.split()[0])
        jobs[key] = queue.ask(key, compute(key, first=not jobs))
        assert running.wait(10)
    room.gone.update(gone)
    said = {key: queue.ahead_of(job) for key, job in jobs.items()}
    gate.set()
    for job in jobs.values():
        job.wait(10)
    assert [said[key] for key in order] == list(range(len(order)))
    return order


def test_people_are_served_in_turn_however_much_one_of_them_asks_for() -> None:
    asked = [*((f"ann {tab}", f"a{tab}") for tab in range(20)), ("ben", "b0"), ("ben", "b1"), ("cem", "c0")]
    assert served(Class(), asked)[:6] == ["a0", "b0", "c0", "a1", "b1", "a2"]


def test_who_was_there_first_is_served_first_and_a_persons_own_jobs_keep_their_order() -> None:
    asked = [("ann", "a0"), ("cem", "c0"), ("ben", "b0"), ("cem", "c1"), ("ben", "b1"), ("dan", "d0"), ("ann", "a1")]
    assert served(Class(), asked) == ["a0", "c0", "b0", "d0", "a1", "c1", "b1"]


def test_what_several_want_comes_on_the_turn_of_whoever_is_next_and_costs_the_others_none() -> None:
    asked = [
        ("ann", "a0"), ("ann", "a1"), ("ann", "shared"), ("ben", "b0"), ("cem", "shared"), ("cem", "c0"), ("ben", "b1"),
    ]  # fmt: skip
    assert served(Class(), asked) == ["a0", "b0", "shared", "a1", "b1", "c0"]


def test_who_has_left_takes_no_turn() -> None:
    asked = [("ann", "a0"), ("ben", "b0"), ("cem", "c0"), ("ben 2", "b1"), ("cem", "c1")]
    assert served(Class(), asked, gone=["ben"]) == ["a0", "b1", "c0", "c1"]


def test_nobody_who_stays_is_overtaken_by_ever_new_people() -> None:
    """Newcomers stand behind who has been served: otherwise one who forges names would always be next."""
    line = Line()
    for person in ("ann", "ben"):
        line.join(person)
    wanted: dict[str, list[str]] = {"ann": ["a0", "a1"], "ben": ["b0"]}
    order: list[str] = []
    for number in range(4):
        person, thing = line.turns(wanted)[0]
        line.serve(person)
        line.join(f"new {number}")
        wanted = {
            name: [one for one in things if one != thing] for name, things in wanted.items()
        } | {f"new {number}": [f"n{number}"]}  # fmt: skip
        line.served(name for name, things in wanted.items() if things)
        order.append(thing)
    assert order == ["a0", "b0", "n0", "a1"]


def test_all_tabs_of_a_person_share_their_places() -> None:
    room, gate = Class(), Event()
    queue = room.queue(Places(all=8, person=2))
    room.ask(queue, "ben", "running", gate)
    jobs = [room.ask(queue, f"ann {tab}", f"seed {tab}") for tab in range(30)]
    assert [job.is_pending() for job in jobs] == [True, *[False] * 28, True]
    gate.set()
    assert (jobs[0].result(), jobs[-1].result()) == ("seed 0", "seed 29")


def test_an_address_has_a_part_of_the_queue_however_many_people_it_claims_to_be() -> None:
    room, gate = Class(), Event()
    queue = room.queue(Places(all=8, person=2, address=4))
    room.ask(queue, "teacher", "running", gate, "192.0.2.1")
    for number in range(4):
        room.ask(queue, f"forged{number}", f"seed {number}", address="192.0.2.2")
    with pytest.raises(ValueError, match="4 computations are waiting from where you are already"):
        room.ask(queue, "forged5", "seed 5", address="192.0.2.2")
    ours = room.ask(queue, "ben", "ben's", address="192.0.2.1")
    gate.set()
    assert ours.result() == "ben's"


def test_who_has_left_takes_no_place() -> None:
    room, gate = Class(), Event()
    queue = room.queue(Places(all=4, person=3))
    room.ask(queue, "teacher", "running", gate)
    left = [room.ask(queue, f"{name} 1", f"of {name}") for name in ("ann", "cem", "eve")]
    room.gone.update(["ann 1", "cem 1", "eve 1"])
    ours = room.ask(queue, "ben", "ben's")
    assert queue.ahead_of(ours) == 1  # the running one
    assert not any(job.is_pending() for job in left)
    gate.set()
    assert ours.result() == "ben's"


def test_who_comes_back_before_the_place_was_needed_has_it_still() -> None:
    room, gate = Class(), Event()
    queue = room.queue(Places(all=4))
    room.ask(queue, "teacher", "running", gate)
    first = room.ask(queue, "ann 1", "ann's")
    room.gone.add("ann 1")
    second = room.ask(queue, "ben", "ben's")
    assert queue.ahead_of(second) == 1
    assert room.ask(queue, "ann 2", "ann's") is first
    assert queue.ahead_of(second) == 2
    gate.set()
    assert first.result() == "ann's"


def batches(gates: list[Event], seen: list[int]) -> Callable[[Report], str]:
    """A computation that reports after each batch, as scoring does."""

    def compute(report: Report) -> str:
        for number, gate in enumerate(gates, start=1):
            gate.wait(10)
            seen.append(number)
            report(number, len(gates))
        return "scored"

    return compute


def test_a_computation_whose_last_visitor_left_ends_at_its_next_batch() -> None:
    room, gates, seen = Class(), [Event(), Event(), Event()], list[int]()
    queue = room.queue(Places())
    room.visitor = Visitor("ann", "ann")
    job = queue.ask("long", batches(gates, seen))
    room.gone.add("ann")
    gates[0].set()
    with pytest.raises(ValueError, match="nobody"):
        job.result()
    ours = room.ask(queue, "ben", "ben's")
    assert ours.result() == "ben's"
    assert seen == [1]
    room.visitor = Visitor("ben", "ben")
    for gate in gates:
        gate.set()
    assert queue.ask("long", batches(gates, seen)).result() == "scored"  # begun anew for who wants it now


@pytest.mark.parametrize("who", ["reloaded", "another", "nobody in particular"])
def test_a_computation_that_somebody_still_wants_goes_on(who) -> None:
    room, gates, seen = Class(), [Event(), Event()], list[int]()
    queue = room.queue(Places(), linger=60.0 if who == "reloaded" else 0.0)
    room.visitor = Visitor("ann", "ann")
    job = queue.ask("long", batches(gates, seen))
    if who != "reloaded":
        room.visitor = None if who == "nobody in particular" else Visitor("ben", "ben")
        assert queue.ask("long", batches(gates, seen)) is job
    room.gone.add("ann")
    for gate in gates:
        gate.set()
    assert (job.result(), seen) == ("scored", [1, 2])


def test_the_batches_of_scoring_are_reported() -> None:
    """So that it can be ended between two of them."""
    state = replace(
        default_state(compute.choices(), "unet3d", "classroom"), architecture="unet3d", preset="classroom", seed=4711
    )
    heard: list[float] = []

    class Listening(JobQueue[Any]):
        def _report(self, job: Job[Any], done: int, total: int | None) -> None:
            super()._report(job, done, total)
            if total is not None:  # else it only says that it goes on
                heard.append(job.progress)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heavy, "QUEUE", Listening(8))
        heavy.tracing(state).result()
        heard.clear()
        heavy.scoring(state).result()
    assert heard == [0.2, 0.4, 0.6, 0.8, 1.0]


def test_a_page_asks_as_its_session() -> None:
    """The sessions of the app are the queue's visitors; a thread of its own is nobody."""

    def script() -> None:
        import streamlit

        from explorer.compute import visitors

        streamlit.session_state["who"] = visitors.asking()

    app = AppTest.from_function(script).run()
    assert app.session_state["who"]
    assert visitors.asking() is None
    assert visitors.present(Visitor("anyone", "anyone"))  # without a server, nobody leaves
    assert heavy.QUEUE._visitors is visitors.SESSIONS


def test_a_job_is_called_off_by_the_last_who_wants_it() -> None:
    """It ends where it next tells how far it is, and who asks again has it done from the start."""
    people, gate, told = Class(), Event(), Event()
    queue = people.queue(Places())
    ended: list[BaseException] = []

    def compute(report: Report) -> str:
        told.set()
        gate.wait(10)
        try:
            report(1, 2)
        except BaseException as error:
            ended.append(error)
            raise
        return "done"

    for name in ("ann", "bob"):
        people.visitor = Visitor(name, name)
        job = queue.ask("long", compute)
    assert told.wait(10)
    queue.call_off("long")  # bob's
    assert job.is_pending()
    people.visitor = Visitor("ann 2", "ann")
    queue.call_off("long")
    queue.call_off("never asked")
    assert not job.is_pending()
    with pytest.raises(ValueError, match="called off; ask again"):
        job.result()
    assert not queue.knows("long")
    gate.set()
    assert queue.ask("long", lambda report: "again").result() == "again"
    assert len(ended) == 1
