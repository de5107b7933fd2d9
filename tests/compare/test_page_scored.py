"""Scores after training on Compare: what can be chosen, what is said, and that it is what the races' file has."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.compare import wording
from ranp.checks import CAUTION, Race, against_cost
from tests.checks.made_races import by_name, made
from tests.compare.test_page_compare import tab, visit

WIDE = {"full": (0.9, 0.92, 0.94), "ranp-f": (0.88, 0.9, 0.92), "thin": (0.5, 0.52, 0.53), "weighted": (None, 0.6, 0.7)}
SLIM = {"full": (0.9,), "ranp-f": (0.7,), "thin": (0.8,), "weighted": (0.3,)}
ERRORS = {"full": (3.0, 3.2), "ranp-f": (3.5, 3.6)}


@pytest.fixture
def races(monkeypatch: pytest.MonkeyPatch) -> dict[str, Race]:
    found = by_name(made(WIDE), made(SLIM, share=0.05), made(ERRORS, "stereo"))
    monkeypatch.setattr("explorer.compare.scored.compute.raced", lambda: against_cost(found))
    monkeypatch.setattr("explorer.compare.scored.compute.not_raced", lambda: ("tissue", "motion at 5%"))
    return found


def opened(**query: str) -> AppTest:
    return tab(visit(**query), wording.TABS[-2])


def chart(app: AppTest) -> dict[str, Any]:
    [figure] = app.get("plotly_chart")
    return {trace["name"]: trace for trace in json.loads(figure.proto.spec)["data"] if "name" in trace}


def text(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning))


def test_the_task_is_that_of_the_network_and_all_shares_are_drawn(races: dict[str, Race]) -> None:
    app = opened()
    assert not app.exception
    assert app.selectbox(key="scored_task").value == "brain"
    assert app.selectbox(key="scored_task").options == ["brain", "stereo"]
    assert set(chart(app)) == {"full", "ranp-f", "thin", "runs failed"}
    said = text(app)
    assert "- brain at 25%: `ranp-f` beside `full`: worse by 0.020 from each of 3 seeds" in said
    assert "- brain at 25%: `ranp-f` beside `thin`: better by 0.369 to 0.398" in said
    assert "- brain at 5%: `ranp-f` beside `thin`: one seed: nothing can be said" in said
    assert "brain: 1 seed at 5 % and 3 seeds at 25 % of the MACs, " in said
    assert "Not run yet: tissue, motion at 5%." in said
    assert CAUTION in said
    assert app.selectbox(key="scored_task").set_value("stereo").run().selectbox(key="scored_task").value == "stereo"
    assert opened(architecture="psmnet").selectbox(key="scored_task").value == "stereo"


def test_a_row_a_result_with_what_failed(races: dict[str, Race]) -> None:
    app = opened()
    app.button_group(key="scored_labels_brain").set_value(["weighted", "ranp-f"]).run()
    assert set(chart(app)) == {"full", "ranp-f", "weighted", "runs failed"}
    frame = app.dataframe[-1].value
    rows = {(row["Network"], row["Allowed"]): row for row in frame.to_dict("records")}
    assert set(rows) == {("full", "100 %"), *((name, at) for name in ("ranp-f", "weighted") for at in ("5 %", "25 %"))}
    assert rows["weighted", "25 %"]["Failed"] == "1"
    assert rows["weighted", "25 %"]["Verdict"].startswith("1 of 3 runs failed; of the 2 seeds where both ended: ")
    assert rows["ranp-f", "25 %"]["Score"] == "0.900 ± 0.050"
    assert rows["ranp-f", "5 %"]["Difference to full"] == "-0.200"


def test_shares_differences_and_the_axis_are_chosen(races: dict[str, Race]) -> None:
    app = opened()
    app.button_group(key="scored_shares_brain").set_value([0.25]).run()
    assert len(chart(app)["ranp-f"]["y"]) == 1
    assert "brain at 5%:" not in text(app)
    app.button_group(key="scored_values").set_value("paired").run()
    assert chart(app)["full"]["y"] == [0.0, 0.0]
    assert chart(app)["ranp-f"]["y"][0] == pytest.approx(-0.02)
    app.button_group(key="scored_scale").set_value("linear").run()
    assert "log" not in json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["xaxis"].get("type", "")
    app.button_group(key="scored_labels_brain").set_value([]).run()
    assert wording.NOTHING_CHOSEN in text(app)
    assert not app.exception


def test_without_races_or_with_damaged_ones_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.compare.scored.compute.raced", tuple)
    assert wording.NO_RACES in text(opened())

    def broken() -> None:
        raise ValueError("the file is of *another* version")

    monkeypatch.setattr("explorer.compare.scored.compute.raced", broken)
    assert r"cannot be read: the file is of \*another\* version" in text(opened())


def test_what_ships_is_shown() -> None:
    app = opened()
    assert not app.exception
    names = [task.name for task in compute.raced()]
    assert app.selectbox(key="scored_task").options == names if names else wording.NO_RACES in text(app)
