"""When to prune on Compare: the chart, the table and what is not run yet."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.compare import wording
from explorer.compare.charts.when import when, when_in_words
from ranp.checks import AGES, WHEN, Race, when_name, when_not_run, when_raced
from tests.checks.made_races import by_name
from tests.compare.test_page_compare import tab, visit
from tests.compare.test_page_scored import text
from tests.schedules.test_when import SLIM, WIDE, raced


@pytest.fixture
def races(monkeypatch: pytest.MonkeyPatch) -> dict[str, Race]:
    bills = raced(SLIM, when_name("voxel-parts", 0.1, "total"))
    found = by_name(raced(WIDE, when_name("tissue", 0.25)), raced(SLIM, when_name("tissue", 0.1)), bills)
    monkeypatch.setattr("explorer.compare.when.compute.raced_when", lambda: when_raced(found))
    monkeypatch.setattr("explorer.compare.when.compute.not_raced_when", lambda: tuple(when_not_run(found)))
    return found


def opened() -> AppTest:
    return tab(visit(), "When to prune")


def drawn(figure: Any) -> dict[str, Any]:
    return {trace["name"]: trace for trace in figure["data"]}


def test_scores_are_drawn_against_what_is_left_and_what_it_took(races: dict[str, Race]) -> None:
    app = opened()
    assert not app.exception
    assert app.selectbox(key="when_race").options == ["tissue, equal steps", "voxel-parts, equal bills"]
    [figure] = app.get("plotly_chart")
    assert list(drawn(json.loads(figure.proto.spec))) == ["full", *AGES]
    rows = {(row["Cut down"], row["Allowed"]): row for row in app.dataframe[-1].value.to_dict("records")}
    assert (rows["soft", "25 %"]["MACs in all"], rows["soft", "25 %"]["Failed"]) == ("120.0 %", "1")
    assert rows["after", "25 %"]["Difference to init"] == "+0.080 ± 0.000"
    assert "Not run yet: voxel-parts schedules at 25%; " in text(app)
    app.button_group(key="when_cost").set_value("total").run()
    [figure] = app.get("plotly_chart")
    found = drawn(json.loads(figure.proto.spec))
    assert found["init"]["x"] == pytest.approx([0.3, 0.3])
    assert found["soft"]["x"] == pytest.approx([1.2, 1.2])
    app.selectbox(key="when_race").set_value("voxel-parts, equal bills").run()
    assert len(app.dataframe[-1].value) == 1 + len(AGES)
    assert not app.exception


def test_without_any_it_says_so_and_how_to_run_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.compare.when.compute.raced_when", tuple)
    monkeypatch.setattr("explorer.compare.when.compute.not_raced_when", lambda: tuple(WHEN))
    said = text(opened())
    assert wording.NO_WHEN in said
    assert "Not run yet: tissue schedules at 25%; tissue schedules at 10%; " in said

    def broken() -> None:
        raise ValueError("of another version")

    monkeypatch.setattr("explorer.compare.when.compute.raced_when", broken)
    assert "of another version" in text(opened())


def test_points_of_few_seeds_are_empty_and_the_full_network_is_one_point(races: dict[str, Race]) -> None:
    facts = when_raced(races)[0]
    found = {trace.name: trace for trace in when(facts, "macs").data}
    assert list(found["gradual"].x) == pytest.approx([0.25, 0.1])
    apart = [trace.x[0] for name, trace in found.items() if name != "full"]
    assert apart == sorted(set(apart)), "side by side"
    assert max(apart) - min(apart) < 0.1
    assert list(found["init"].marker.symbol) == ["circle", "circle-open"]
    assert (list(found["full"].x), list(found["full"].y)) == ([1.0], [pytest.approx(0.91)])
    assert len({trace.line.color for trace in found.values()}) == len(found)
    low, high = when(facts, "total").layout.yaxis.range
    assert low < 0.7 < 0.92 < high
    words = when_in_words(facts)
    assert "init at 25 % 0.810 ± 0.025 for 30 % of the bill, at 10 % " in words
