"""The Counting page by what a visitor sees, against the library's figures."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from explorer import compute
from explorer.counting import measuring, step_times, wording
from explorer.counting.measuring import Finding
from explorer.state import default_state
from explorer.units import count
from ranp.graph import VerificationError
from ranp.resources import StepTimes
from tests.cases import SMALL

APP = str(Path(__file__).parents[2] / "explorer" / "app.py")


def visit(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    app._page_hash = calc_hash("counting")
    for name, value in (query or SMALL).items():
        app.query_params[name] = value
    return app.run()


def finished(app: AppTest) -> AppTest:
    """The page once no job is under way; a browser looks after them by itself."""
    while any(str(button.key).endswith("_cancel") for button in app.button):
        time.sleep(0.1)
        app.run()
    return app


def told(app: AppTest) -> str:
    found = (*app.error, *app.warning, *app.info, *app.success, *app.markdown, *app.caption)
    return " ".join(element.value for element in found)


def test_every_figure_is_shown_before_and_after_with_its_convention() -> None:
    app = visit()
    assert any("The smallest network that can be built has **0.42 %** of the MACs" in one.value for one in app.markdown)
    assert not app.exception
    assert not app.error
    plan = compute.plan(app.session_state["_last_state"])
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["MACs"] == f"{count(plan.full.macs)} → {count(plan.pruned.macs)}"
    assert shown["FLOPs"] == f"{count(2 * plan.full.macs)} → {count(2 * plan.pruned.macs)}"
    assert shown["The paper's count"] == f"{count(plan.full.paper_macs)} → {count(plan.pruned.paper_macs)}"
    assert shown["Parameters"] == f"{count(plan.full.params)} → {count(plan.pruned.params)}"
    memory = f"{count(4 * plan.full.activations, 'B')} → {count(4 * plan.pruned.activations, 'B')}"
    assert shown["Activation memory"] == memory
    assert "→" in shown["Peak training memory"]
    for title, convention, source in wording.CONVENTIONS.values():
        assert title in shown
        assert convention in told(app)
        assert source in told(app)
    assert wording.NOTHING_ELSE in told(app)
    table = app.dataframe[0].value
    assert table["MACs"].sum() == plan.full.macs
    assert table["MACs after"].sum() == plan.pruned.macs


def test_other_counters_are_asked_and_agree() -> None:
    app = visit()
    app.button(key="count").click().run()
    assert wording.ALL_AGREE.format(10) in told(app)
    table = app.dataframe[0].value
    biased = table[table["Counted by"] == "ptflops as it is"]
    assert ((biased["There"] - biased["Here"]) > 0).all()
    assert list(biased["Verdict"]) == [f"+ {more:,} for biases" for more in biased["There"] - biased["Here"]]
    assert (table["Verdict"] == "the same").sum() == 10


def test_a_difference_that_has_no_reason_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit()
    wrong = [Finding("full", "MACs", "somebody", 5, 7), Finding("full", "FLOPs", "somebody", 5, None)]
    monkeypatch.setattr("explorer.counting.measuring._findings", lambda *_: wrong)
    app.query_params["sparsity"] = "0.27"
    app = visit(sparsity="0.27")
    app.button(key="count").click().run()
    assert wording.SOME_DIFFER.format(2, 4) in told(app)
    assert wording.GAVE_UP in told(app)
    assert list(app.dataframe[0].value["Verdict"]) == ["differs by +2", "not counted"] * 2


def test_the_smaller_network_is_compared_with_the_masked_one() -> None:
    app = visit()
    app.button(key="verify").click().run()
    assert "They compute the same" in told(app)


def test_a_comparison_that_fails_is_told_and_can_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    def differ(*_: object, **__: object) -> float:
        raise VerificationError("the outputs differ")

    monkeypatch.setattr("explorer.counting.measuring.compare_shrunk", differ)
    app = visit(sparsity="0.26")
    app.button(key="verify").click().run()
    assert "the outputs differ" in app.error[0].value
    assert "verify" in {button.key for button in app.run().button}


def test_a_step_of_both_is_timed_on_a_named_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "explorer.counting.step_times.time_steps", lambda *_, **__: [StepTimes((0.4, 0.6, 0.5)), StepTimes((0.1,))]
    )
    app = visit(sparsity="0.28")
    finished(app.button(key="time").click().run())
    assert "**100 ms** instead of **500 ms**: **5.0 times** as fast" in told(app)
    assert "Full: median of 3 steps of 2 examples, from 400 ms to 600 ms." in told(app)
    assert "Measured on this server" in told(app)


def test_what_would_take_too_long_or_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_times, "LARGEST_MACS", 1000)
    for module in (measuring, step_times):
        monkeypatch.setattr(module, "available_memory", lambda: 1_000_000)
    app = visit(sparsity="0.29")
    assert app.button(key="time").disabled
    assert app.button(key="verify").disabled
    assert app.button(key="table").disabled
    assert "up to 1.00 k are timed here" in told(app)
    assert "1.00 MB to spare" in told(app)


def test_without_a_network_there_is_nothing_to_count() -> None:
    app = visit(sparsity="0.97")
    assert wording.FEASIBLE_ONLY in told(app)
    assert {metric.label: metric.value for metric in app.metric}["MACs"] == count(
        compute.network(default_state(compute.choices(), "unet3d", "classroom")).full.macs
    )
    assert "count" not in {button.key for button in app.button}
