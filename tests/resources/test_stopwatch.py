"""Runs during which the machine slept are taken again; what others compute meanwhile is told."""

import pytest
import torch

from ranp.resources import Others, others, seconds_of, stopwatch

CPU = torch.device("cpu")


class Clocks:
    """Three clocks that a run sets forward: seconds of the steady one, of the wall, and of the processor."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, runs: list[tuple[float, float, float]]) -> None:
        self.now = [0.0, 0.0, 0.0]
        self.runs, self.calls = runs, 0
        for number, name in enumerate(("perf_counter", "time", "process_time")):
            monkeypatch.setattr(stopwatch.time, name, lambda number=number: self.now[number])

    def run(self) -> None:
        passed = self.runs[min(self.calls, len(self.runs) - 1)]
        self.now = [before + more for before, more in zip(self.now, passed, strict=True)]
        self.calls += 1


@pytest.mark.parametrize(
    ("slept", "device"),
    [
        ((0.2, 3600.2, 0.2), CPU),  # the steady clock stood still while the machine slept
        ((0.2, -86400.0, 0.2), CPU),  # somebody set the clock
        ((3600.2, 3600.2, 0.2), CPU),  # the process was held, and all clocks went on
        ((0.2, 3600.2, 0.0), torch.device("meta")),
    ],
)
def test_a_run_during_which_the_machine_slept_is_taken_again(
    slept: tuple[float, float, float], device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopwatch, "wait_for", lambda device: None)
    clocks = Clocks(monkeypatch, [slept, slept, (0.25, 0.25, 0.2)])
    assert seconds_of(clocks.run, device) == pytest.approx(0.25)
    assert clocks.calls == 3


def test_a_busy_machine_is_no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """With four others on the processor a run takes some five times as long; that counts, and others are told."""
    clocks = Clocks(monkeypatch, [(1.0, 1.0, 0.2)])
    assert seconds_of(clocks.run, CPU) == 1.0
    assert clocks.calls == 1


def test_an_accelerator_computes_while_the_processor_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "wait_for", lambda device: None)
    clocks = Clocks(monkeypatch, [(60.0, 60.0, 0.0)])
    assert seconds_of(clocks.run, torch.device("meta")) == 60.0
    assert clocks.calls == 1


def test_a_run_that_is_always_held_counts_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch, [(100.0, 100.0, 0.1)])
    assert seconds_of(clocks.run, CPU) == 100.0
    assert clocks.calls == 1 + stopwatch.MOST_AGAIN


def test_what_others_compute_is_told_without_what_we_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """In ten seconds all processors computed for 13, three of which were ours."""
    now = {"perf_counter": 0.0, "process_time": 0.0}
    computed = [100.0]
    for name in now:
        monkeypatch.setattr(others.time, name, lambda name=name: now[name])
    monkeypatch.setattr(others, "_computed", lambda: computed[0])
    watch = Others()
    now.update(perf_counter=10.0, process_time=3.0)
    computed[0] = 113.0
    assert watch.processors() == pytest.approx(1.0)
    computed[0] = 102.0  # clocks of the system are coarse
    assert watch.processors() == 0.0
