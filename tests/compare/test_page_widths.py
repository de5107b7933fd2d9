"""The best widths on Compare: the library's figures, at equal MACs and at equal MACs and memory."""

import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.compare import widths_of, wording
from explorer.compare.charts.widths import widths, widths_in_words
from explorer.compare.facts import WidthFacts
from explorer.state import ExplorerState
from explorer.units import percent
from ranp.selection import importance_kept, optimal_allocation, reweight
from tests.cases import SMALL
from tests.compare.test_page_compare import state, tab, visit

__all__ = ["state"]  # a fixture

FACTS = WidthFacts(("a", "b<"), (4, 10), (2, 5), (4, 1), 0.5, 0.6, 0.7, False, {"macs": 0.01})


def test_the_figures_are_the_librarys(state: ExplorerState) -> None:
    app = tab(visit(), "Best widths")
    assert not app.exception
    assert not app.error
    assert _free(app) == []
    plan, graph = compute.plan(state), compute.tracing(state).result().graph
    balanced = reweight(compute.importance(state).result().scores, None)
    found = optimal_allocation(graph, balanced, {"macs": plan.pruned.macs}, [plan.kept])
    ours = importance_kept(graph, balanced, plan.kept)
    assert ours < found.importance
    assert [metric.value for metric in app.metric][-3:-1] == [percent(ours), percent(found.importance)]
    said = " ".join(element.value for element in app.markdown)
    assert "a lens, not a promise" in said
    assert wording.buys("macs", found.prices["macs"] * plan.full.macs / 100) in said
    [table] = [frame.value for frame in app.dataframe if "The best widths keep" in frame.value]
    assert table["The best widths keep"].tolist() == [int(mask.sum()) for mask in found.kept.values()]


def test_two_limits_hold_both(state: ExplorerState) -> None:
    found = widths_of.best(state, ("macs", "memory")).result()
    one = widths_of.best(state, ("macs",)).result()
    assert found.importance == one.importance <= found.most <= one.most + 1e-9
    assert set(found.buys) == {"macs", "memory"}


def test_what_binds_the_plan_alone_is_said() -> None:
    app = tab(visit(**SMALL, min_neurons="2", protect="encoder1.conv1"), "Best widths")
    assert not app.exception
    assert _free(app) == [
        "This plan holds to what is set under *Protected layers* and *Fewest neurons a layer*; the best widths do not."
    ]


def _free(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption if caption.value.endswith("the best widths do not.")]


@pytest.mark.parametrize(("more", "said"), [({"method": "random"}, wording.NO_SCORES)])
def test_what_cannot_be_compared_is_said(more: dict[str, str], said: str) -> None:
    app = tab(visit(preset="classroom", **more), "Best widths")
    assert not app.exception
    assert [info.value for info in app.info] == [said]


def test_the_chart_has_a_mark_for_each_layer() -> None:
    figure = widths(FACTS)
    assert [list(line.y) for line in figure.data] == [[0.5, 0.5], [1.0, 0.1]]
    assert figure.data[0].customdata[1][0] == "b&lt;"
    assert "b< 50" in widths_in_words(FACTS)
    assert wording.buys("macs", 0.0).startswith("More MACs would buy nothing")
    assert "1 points" in wording.buys("memory", 0.01)
    assert wording.tried(True) != wording.tried(False)
