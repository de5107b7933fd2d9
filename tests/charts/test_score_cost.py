"""Score against cost as a chart: what is drawn for made-up races, and the colours of contestants."""

import math

import pytest

from explorer.charts import DARK, Shown, all_of, contestant_looks, score_cost, score_cost_in_words
from ranp.checks import RACED, AgainstCost, against_cost
from tests.checks.made_races import by_name, made

WIDE = {"full": (0.9, 0.92, 0.94), "ranp-f": (0.88, 0.9, 0.92), "thin": (0.8, 0.81, 0.85), "random": (None, 0.6, 0.7)}
SLIM = {"full": (0.9, 0.92), "ranp-f": (0.7, 0.8), "thin": (None, None), "random": (0.5, 0.5)}


@pytest.fixture
def task() -> AgainstCost:
    (found,) = against_cost(by_name(made(WIDE), made(SLIM, share=0.05)))
    return found


def drawn(task: AgainstCost, shown: Shown) -> dict[str, dict[str, list[float]]]:
    figure = score_cost(task, shown)
    return {trace.name: {"x": list(trace.x), "y": list(trace.y)} for trace in figure.data if trace.name}


def test_a_line_a_contestant_with_intervals_and_empty_marks_of_few_seeds(task: AgainstCost) -> None:
    figure = score_cost(task, all_of(task))
    own = next(trace for trace in figure.data if trace.name == "ranp-f")
    assert list(own.y) == pytest.approx([0.75, 0.9])
    assert list(own.marker.symbol) == ["circle-open", "circle"]
    assert [text.strip() for text in own.text] == ["2", ""]
    # of 0.88, 0.9, 0.92: deviation 0.02, ± 4.303 · 0.02 / √3
    assert own.error_y.array[1] == pytest.approx(0.04968, abs=1e-5)
    full = next(trace for trace in figure.data if trace.name == "full")
    assert list(full.y) == pytest.approx([0.92, 0.92])
    low, high = figure.layout.yaxis.range
    assert low < 0.5 < 0.97 < high


def test_failed_runs_are_crosses_and_no_points(task: AgainstCost) -> None:
    found = drawn(task, all_of(task))
    assert len(found["thin"]["y"]) == 1  # at 5% both runs failed
    crosses = found["runs failed"]
    assert len(crosses["x"]) == 2
    by_place = sorted(crosses["x"])
    assert by_place[0] == pytest.approx(0.05, rel=0.2)
    assert by_place[1] == pytest.approx(0.25, rel=0.2)
    said = score_cost_in_words(task, all_of(task))
    assert "thin at 5 % failed, at 25 % 0.820" in said
    assert "random at 5 % 0.500 ± 0.000 (2 seeds), at 25 % 0.650 ± 0.635 (2 seeds, 1 of 3 runs failed)" in said


def test_only_what_was_chosen_is_drawn(task: AgainstCost) -> None:
    found = drawn(task, Shown(("thin", "ranp-f"), (0.25,)))
    assert {name for name in found if name not in ("full", "runs failed")} == {"thin", "ranp-f"}
    assert found["ranp-f"]["y"] == pytest.approx([0.9])
    assert found["runs failed"]["x"] == []
    assert "random" not in score_cost_in_words(task, Shown(("thin",), (0.25,)))
    empty = score_cost(task, Shown((), ()))
    assert [trace.name for trace in empty.data if trace.name not in (None, "full", "runs failed")] == []


def test_differences_are_paired_and_the_full_network_is_zero(task: AgainstCost) -> None:
    found = drawn(task, Shown(("ranp-f",), (0.25, 0.05), paired=True))
    assert found["full"]["y"] == [0.0, 0.0]
    assert found["ranp-f"]["y"] == pytest.approx([-0.16, -0.02])


@pytest.mark.parametrize("logarithmic", [True, False])
def test_marks_of_one_share_stand_side_by_side_in_order(task: AgainstCost, logarithmic: bool) -> None:
    shown = Shown(("ranp-f", "thin", "random"), (0.25,), logarithmic=logarithmic)
    found = drawn(task, shown)
    places = [found[name]["x"][0] for name in shown.labels]
    assert places == sorted(places)
    assert len(set(places)) == 3
    assert places[1] == pytest.approx(0.25)  # the one in the middle stands where it belongs
    axis = score_cost(task, shown).layout.xaxis
    assert axis.type == ("log" if logarithmic else None)
    low, high = (10**end if logarithmic else end for end in axis.range)
    assert low < min(places) < 1 < high


def test_a_score_without_an_interval_has_no_bar() -> None:
    (task,) = against_cost(by_name(made({"full": (0.9,), "ranp-f": (0.8,)})))
    own = next(trace for trace in score_cost(task, all_of(task)).data if trace.name == "ranp-f")
    assert own.error_y.array[0] is None or math.isnan(own.error_y.array[0])
    assert own.marker.symbol[0] == "circle-open"


def test_a_contestant_has_its_look_wherever_it_stands() -> None:
    raced = contestant_looks(["full", *RACED])
    assert len({(look.colour, look.dash) for look in raced}) == len(raced)
    assert len({look.symbol for look in raced}) == len(raced)
    for place, label in enumerate(["full", *RACED]):
        assert contestant_looks([label]) == [raced[place]]
    first, second = contestant_looks(["ranp-f", "ranp-f, weights kept"], DARK)
    assert first == contestant_looks(["ranp-f (1 of 5 runs failed)"], DARK)[0]
    assert second != first
