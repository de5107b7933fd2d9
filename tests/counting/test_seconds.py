"""Predicted beside measured seconds, what is kept of it, and a table that is measured from the page."""

import time
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.counting import step_times, tables, wording
from explorer.counting.timed import _making
from explorer.page import timing
from ranp.resources import StepTimes
from ranp.timing import Estimate, Machine, TimeTable, comparisons, shipped_table
from tests.counting.test_page_counting import finished, told, visit

STEPS = [StepTimes((0.04, 0.04, 0.04)), StepTimes((0.01, 0.01, 0.01))]
ELSEWHERE = Machine("another processor", "cpu", 64, "1.0")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing was measured before."""
    monkeypatch.setenv("RANP_CACHE", str(tmp_path))
    return tmp_path / "times"


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle machine, on which steps take what `STEPS` says."""
    monkeypatch.setattr(step_times, "time_steps", lambda *_, **__: STEPS)
    monkeypatch.setattr(step_times.Others, "processors", lambda _: 0.0)


def at_hand(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> TimeTable:
    shipped = shipped_table("unet3d", "classroom")
    assert shipped is not None
    table = replace(shipped, machine=machine)
    monkeypatch.setattr(timing, "in_use", lambda state: table)
    return table


def compared(app: AppTest) -> dict[str, dict[str, str]]:
    """The rows of predicted and measured steps."""
    found = next(frame.value for frame in app.dataframe if "Predicted" in frame.value)
    return {row.pop("Step"): row for row in found.to_dict("records")}


@pytest.mark.usefixtures("quiet")
def test_seconds_are_compared_with_those_of_this_machine_s_table(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    table = at_hand(step_times.this_machine(), monkeypatch)
    app = visit(sparsity="0.41")
    finished(app.button(key="time").click().run())
    assert not app.exception
    rows = compared(app)
    assert list(rows) == ["Full", "Pruned", "Pruned / full"]
    assert [row["Measured"] for row in rows.values()] == ["40 ms", "10 ms", "25.0 %"]
    (kept,) = comparisons(cache, table, step_times.this_machine())
    assert kept.measured == (0.04, 0.01)
    for name, guess, found in zip(("Full", "Pruned"), kept.predicted, kept.measured, strict=True):
        assert rows[name]["Predicted"] == f"{1000 * guess:.0f} ms"
        assert rows[name]["Off by"] == f"{100 * (guess / found - 1):+.1f} %".replace("-", "−")
    assert "Kept for later predictions of this network: off by" in told(app)
    assert "Counting found steps off by" in told(visit(sparsity="0.4"))
    assert "of 1 comparison on this machine" in told(app)


@pytest.mark.usefixtures("quiet")
def test_of_another_machine_s_table_only_the_ratio_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    at_hand(ELSEWHERE, monkeypatch)
    app = visit(sparsity="0.42")
    finished(app.button(key="time").click().run())
    assert list(compared(app)) == ["Pruned / full"]
    assert "Seconds of different machines are not compared" in told(app)
    assert "**another processor**, 64 threads" in told(app)
    assert "the pruned step as a share of the full one is off by" in told(app)


def test_a_busy_machine_is_told_and_its_times_are_not_kept(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    table = at_hand(step_times.this_machine(), monkeypatch)
    monkeypatch.setattr(step_times, "time_steps", lambda *_, **__: STEPS)
    monkeypatch.setattr(step_times.Others, "processors", lambda _: 1.5)
    app = visit(sparsity="0.43")
    finished(app.button(key="time").click().run())
    assert "others took 1.5 processors" in told(app)
    assert wording.NOT_KEPT in told(app)
    assert comparisons(cache, table, step_times.this_machine()) == []
    monkeypatch.setattr(step_times.Others, "processors", lambda _: 0.0)
    finished(app.button(key="time_again").click().run())
    assert "others took" not in told(app)
    assert len(comparisons(cache, table, step_times.this_machine())) == 1


def test_a_table_of_large_batches_is_too_much_to_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps that are timed are of the table's batch."""
    table = at_hand(ELSEWHERE, monkeypatch)
    assert not visit(sparsity="0.48").button(key="time").disabled
    monkeypatch.setattr(timing, "in_use", lambda state: replace(table, batch=4096))
    app = visit(sparsity="0.48")
    assert app.button(key="time").disabled
    assert "are timed here" in told(app)


@pytest.mark.usefixtures("quiet")
def test_a_table_of_another_network_predicts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    other = shipped_table("psmnet", "classroom")
    monkeypatch.setattr(timing, "in_use", lambda state: other)
    app = visit(sparsity="0.44")
    finished(app.button(key="time").click().run())
    assert "of another network or input size" in told(app)
    assert "**10 ms** instead of **40 ms**" in told(app)


def test_a_table_is_measured_from_the_page_and_used_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = shipped_table("unet3d", "classroom")
    assert shipped is not None
    asked: list[Any] = []

    def make(model: Any, graph: Any, works: Any, network: str, *_: Any, **given: Any) -> TimeTable:
        asked.append((network, given["within"]))
        given["progress"](1, 2)
        return replace(shipped, network=network, machine=step_times.this_machine(), measured=0.75, date="2026-01-02")

    monkeypatch.setattr(tables, "estimate", lambda *_, **__: Estimate(32, 42.0, whole=1.0))
    monkeypatch.setattr(tables, "make_table", make)
    app = visit(sparsity="0.45")
    assert "Times: predicted for **AMD EPYC**, 1 thread, batch 2" in told(app)
    assert "It takes 2 min at most" in told(app)
    finished(app.button(key="table").click().run())
    assert not app.exception
    assert asked == [("unet3d, preset classroom", Estimate(32, 42.0, whole=1.0))]
    found = compute.table_at_hand(app.session_state["_last_state"])
    assert found is not None
    assert (found.machine, found.date) == (step_times.this_machine(), "2026-01-02")
    assert "Timed are operations that take 75 % of a step" in told(app)
    assert "table" in {button.key for button in app.button}


def test_a_measurement_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Estimate:
        raise ValueError("timing one operation on the coarsest grid takes about 9 min")

    monkeypatch.setattr(tables, "estimate", fail)
    app = visit(sparsity="0.46")
    finished(app.button(key="table").click().run())
    assert "timing one operation" in app.error[0].value


def test_a_measurement_is_called_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is under way the page shows how far it is, and how long it takes; once called off, the button again."""
    gate = Event()

    def make(*_: Any, **given: Any) -> None:
        given["progress"](1, 4)
        gate.wait(30)
        given["progress"](2, 4)

    monkeypatch.setattr(tables, "estimate", lambda *_, **__: Estimate(32, 42.0, whole=1.0))
    monkeypatch.setattr(tables, "make_table", make)
    app = visit(sparsity="0.47")
    app.button(key="table").click().run()
    state = app.session_state["_last_state"]
    while tables.estimated(state) is None:
        time.sleep(0.1)
    assert tables.estimated(state) == 42
    assert "about 42 s in all" in _making(state, 0)
    app.button(key="table_cancel").click().run()
    gate.set()
    assert not app.exception
    assert not app.error
    assert {"table", "table_cancel"} & {button.key for button in finished(app).button} == {"table"}
