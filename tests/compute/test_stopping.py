"""Scoring a long network ends between two operations once nobody waits for it, and scores the same until then."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import torch
from torch import nn

from explorer import compute
from explorer.compute import Job, Report, Visitor, heavy, stopping
from explorer.compute.queue import JobQueue, Visitors
from explorer.compute.stopping import Stoppable
from explorer.state import default_state
from ranp.importance import importance
from tests.cases import CASES


def training_step(done: list[str]) -> Callable[[], None]:
    """A forward and a backward pass of a small network that writes down which layers are through."""
    model = nn.Sequential(*(nn.Conv3d(2, 2, 1) for _ in range(4)), nn.Flatten(), nn.Linear(16, 1))
    for number, layer in enumerate(model):
        layer.register_forward_hook(lambda *_, number=number: done.append(f"forward {number}"))
        layer.register_full_backward_hook(lambda *_, number=number: done.append(f"backward {number}"))
    return lambda: model(torch.ones(1, 2, 2, 2, 2, requires_grad=True)).sum().backward()


def leaving_after(place: str | None) -> tuple[Job[str], list[str]]:
    """The job of one step whose only visitor leaves once this layer is through, and what was done."""
    done: list[str] = []
    present = Visitors(lambda: Visitor("ann", "ann"), lambda visitor: place not in done)
    step, clock = training_step(done), count()

    def compute(report: Report) -> str:
        with Stoppable(report, clock=lambda: float(next(clock))):
            step()
        return "scored"

    job = JobQueue[str](8, visitors=present, linger=0.0).ask("long", compute)
    assert job.wait(10)
    return job, done


@pytest.mark.parametrize("place", ["forward 1", "backward 3"])
def test_a_long_computation_ends_at_the_next_operation(place) -> None:
    job, whole = leaving_after(None)
    assert (job.result(), whole[-1]) == ("scored", "backward 0")
    job, done = leaving_after(place)
    with pytest.raises(ValueError, match="nobody"):
        job.result()
    assert done == whole[: whole.index(place) + 1]


@pytest.mark.parametrize("criterion", ["mpmg", "grasp", "synflow-once"])
@pytest.mark.parametrize("case", CASES)
def test_scores_are_the_same_to_the_bit(case, criterion) -> None:
    made, asked = CASES[case](), list[int]()
    settings = (made.batches, made.loss, criterion)
    plain = importance(made.model, *settings)
    clock = count()
    with Stoppable(lambda done, total: asked.append(done), clock=lambda: float(next(clock))):
        found = importance(made.model, *settings)
    assert asked
    assert all(torch.equal(found[name], plain[name]) for name in plain)


def test_scoring_and_weighing_long_networks_can_be_stopped(monkeypatch) -> None:
    heard: list[str] = []

    class Listening(JobQueue[Any]):
        def _report(self, job: Job[Any], done: int, total: int | None) -> None:
            super()._report(job, done, total)
            if total is None:
                heard.append(next(key for key, known in self._jobs.items() if known is job).split()[0])

    monkeypatch.setattr(heavy, "QUEUE", Listening(8))
    monkeypatch.setattr(stopping, "ASK_SECONDS", 0.0)
    state = replace(
        default_state(compute.choices(), "unet3d", "classroom"),
        architecture="mobilenetv2",
        preset="classroom",
        seed=4712,
    )
    heavy.tracing(state).result()
    heavy.scoring(state).result()
    assert heard == []  # a short one ends at its next batch
    monkeypatch.setattr(heavy, "LONG_MACS", 0)
    state = replace(state, seed=4713)
    for job in (heavy.scoring(state), heavy.connecting(state)):
        job.result()
    assert set(heard) == {"importance", "connections"}
