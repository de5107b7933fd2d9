"""What Compare writes of MACs and memory over alpha and lambda, worked out anew by pruning again."""

from dataclasses import replace
from itertools import product

import pytest

from explorer import compute
from explorer.compare import equal_live, facts_of
from explorer.compare.charts.plane import plane as plane_figure
from explorer.compare.charts.plane import plane_in_words
from explorer.compare.facts import PlaneFacts
from explorer.compute import Seconds
from explorer.page import timing
from explorer.state import ExplorerState
from tests.compare.by_library import CHOICES, left, pruned, step_time_left
from tests.compare.test_page_compare import tab, visit


@pytest.fixture(scope="module")
def plane(state: ExplorerState) -> PlaneFacts:
    return facts_of.plane(state)


def test_the_plane_has_every_pair_and_one_plan_without_lambda(state: ExplorerState, plane: PlaneFacts) -> None:
    lams, alphas = [1, 2, 5, 11, 25, 50, 100, 150], [step / 10 for step in range(11)]
    places = [(point.alpha, point.lam) for point in plane.points]
    assert sorted(places) == sorted([*product(alphas, lams), (0.5, 0)])
    (flat,) = (point for point in plane.points if point.lam == 0)
    weighted = pruned("weighted", sparsity=state.sparsity)  # layers balanced, costs ignored
    assert (100 * flat.macs, 100 * flat.memory) == (left(weighted, "macs"), left(weighted, "activations"))
    assert plane.sparsity == state.sparsity


def test_the_front_is_what_no_other_point_beats(plane: PlaneFacts) -> None:
    built = [point for point in plane.points if point.feasible]
    for point in plane.points:
        costs = (point.macs, point.memory)
        beaten = any(
            one.macs <= costs[0] and one.memory <= costs[1] and (one.macs, one.memory) != costs for one in built
        )
        assert point.best == (point.feasible and not beaten)


@pytest.mark.parametrize(
    ("alpha", "lam", "method"), [(0.3, 5.0, "blend"), (0.7, 0.0, "weighted"), (1.0, 11.0, "ranp-f")]
)
def test_a_point_of_the_plane_is_written_out(
    state: ExplorerState, plane: PlaneFacts, alpha: float, lam: float, method: str
) -> None:
    app = tab(visit(), "MACs and memory")
    app.selectbox(key="plane_lam").set_value(lam).run()
    app.selectbox(key="plane_alpha").set_value(alpha).run()
    plan = pruned(method, sparsity=state.sparsity, alpha=alpha, lam=lam)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown.pop("MACs left") == f"{left(plan, 'macs'):.1f} %"
    assert shown.pop("Memory left") == f"{left(plan, 'activations'):.1f} %"
    assert shown.pop("Step time left") == f"{step_time_left(plan):.1f} %"
    place = next(
        point for point in plane.points if (point.alpha, point.lam) == ((0.5, 0) if lam == 0 else (alpha, lam))
    )
    assert shown == {"Place": "on the front" if place.best else "behind the front"}


def test_what_the_plane_says_is_in_its_points(plane: PlaneFacts) -> None:
    built = [point for point in plane.points if point.feasible]
    least, lightest = min(point.macs for point in built), min(point.memory for point in built)
    words = plane_in_words(plane)
    assert f"{len(plane.points)} pairs of alpha and lambda at sparsity {100 * plane.sparsity:.1f} %" in words
    assert f"Fewest MACs: {100 * least:.1f} % at" in words
    assert f"Least memory: {100 * lightest:.1f} % at" in words
    front, can, cannot, present = plane_figure(plane).data
    marks = [
        (x, y, *data) for trace in (can, cannot) for x, y, data in zip(trace.x, trace.y, trace.customdata, strict=True)
    ]
    expected = [(point.macs, point.memory, place, point.alpha, point.lam) for place, point in enumerate(plane.points)]
    assert sorted(marks, key=lambda mark: mark[2]) == expected
    assert list(zip(front.x, front.y, strict=True)) == sorted(
        {(one.macs, one.memory) for one in built if one.best}, key=lambda one: (one[0], -one[1])
    )
    assert [(present.x[0], present.y[0])] == [plane.present]


def test_seconds_are_by_the_table_that_the_state_names(state: ExplorerState) -> None:
    """Also of a plan that needs none; and what no table decides is kept once."""
    table = compute.table_of(state)
    assert table is not None
    compute.calling(state, table.batch).result()
    slower = replace(table, constants=dict.fromkeys(table.constants, 100.0))
    named = replace(state, table=compute.name_table(slower))
    found = timing.seconds(facts_of.fitting(named))
    assert found is not None
    assert found["training"].before > 100
    flips = [facts_of.flips(each, "macs", 0.5, CHOICES) for each in (state, named)]
    assert flips[0] is flips[1]


def test_a_plan_that_takes_longer_than_the_full_network_starts_at_all_of_it(
    state: ExplorerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was timed is no line: fewer channels may take longer."""
    monkeypatch.setattr("explorer.page.timing.seconds", lambda _: {"training": Seconds(1.0, 1.2, {}, {})})
    assert equal_live._start(state, "time").budget == 1.0
