"""The figures against the values they were made from, and what must hold for every figure: fixed scales, no markup."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import charts, units
from explorer.charts.importance import MARKS_SHOWN
from explorer.facts import CurveFacts, Fate, LayerFacts, NeuronFacts, stages

LAYERS = [
    LayerFacts("encoder1.conv1", "Conv3d", 8, 4, 0.25),
    LayerFacts("encoder1.conv2", "Conv3d", 16, 0, 0.35),
    LayerFacts("decoder1.up", "ConvTranspose3d", 16, 16, 0.3, held="a layer that nothing can shrink", tied=("head",)),
    LayerFacts("head", "Conv3d", 4, 3, 0.1),
]


def neuron_facts(neurons: int = 6) -> NeuronFacts:
    scores = np.linspace(1.0, 0.01, neurons)
    fates = np.where(scores >= 0.5, Fate.KEPT, Fate.REMOVED).astype(np.int8)
    return NeuronFacts({"a": scores, "b": scores / 2}, {"a": fates, "b": fates}, {"a": 0.5, "b": 0.5})


def curve_facts(max_feasible: float = 0.8) -> CurveFacts:
    grid = np.linspace(0, 0.99, 100)
    return CurveFacts(
        grid, (1 - grid) ** 2, 1 - grid, (1 - grid) ** 3, grid <= max_feasible,
        "encoder1.conv2" if max_feasible < 0.99 else None, max_feasible,
    )  # fmt: skip


FIGURES = {
    "retention": lambda colours: charts.retention(LAYERS, colours),
    "importance": lambda colours: charts.importance(neuron_facts(), colours),
    "resources": lambda colours: charts.resources(curve_facts(), 0.5, colours),
}


def traces(figure, name):
    return [trace for trace in figure.data if trace.name == name]


@pytest.mark.parametrize("colours", [charts.LIGHT, charts.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_every_axis_is_named_or_labelled_and_has_a_fixed_range(draw, colours) -> None:
    figure = draw(colours)
    assert figure.layout.yaxis.title.text
    assert figure.layout.xaxis.title.text or figure.layout.xaxis.ticktext
    assert figure.layout.xaxis.range is not None
    assert figure.layout.yaxis.range is not None
    json.loads(figure.to_json())


def test_retention_shows_each_layer_once_and_flags_the_emptied_one() -> None:
    figure = charts.retention(LAYERS)
    free, held = traces(figure, "kept")[0], traces(figure, "held")[0]
    assert list(free.y) == [50, 0, None, 75]
    assert list(held.y) == [None, None, 100, None]
    assert held.marker.pattern.shape == "/"
    assert list(traces(figure, "emptied")[0].x) == [1]
    assert list(figure.layout.yaxis.range) == [0, 100]


def test_retention_has_no_legend_entry_for_what_is_not_there() -> None:
    figure = charts.retention(LAYERS[:1])
    assert not traces(figure, "emptied")[0].showlegend
    assert not traces(figure, "held")[0].showlegend


def test_importance_is_sorted_within_the_layer_and_split_by_fate() -> None:
    figure = charts.importance(neuron_facts())
    kept, removed = traces(figure, "kept")[0], traces(figure, "removed")[0]
    assert list(kept.y[:3]) == sorted(kept.y[:3], reverse=True)
    assert len(kept.x) + len(removed.x) == 12
    assert max(kept.x[:3]) < min(removed.x[:3])  # within the first layer, from high to low
    line = traces(figure, "threshold")[0]
    assert set(line.y) == {0.5}
    assert None not in line.x


def test_a_threshold_for_each_layer_is_drawn_as_separate_lines() -> None:
    facts = neuron_facts()
    figure = charts.importance(NeuronFacts(facts.scores, facts.fates, {"a": 0.5, "b": 0.25}))
    assert list(traces(figure, "threshold")[0].y) == [0.5, 0.5, None, 0.25, 0.25, None]


def test_scores_of_zero_are_drawn_at_the_lower_edge() -> None:
    scores = {"a": np.array([1.0, 0.0])}
    figure = charts.importance(NeuronFacts(scores, {"a": np.zeros(2, np.int8)}, {}))
    low, high = figure.layout.yaxis.range
    assert low <= np.log10(min(traces(figure, "kept")[0].y)) < high
    assert traces(figure, "threshold") == []


def test_large_networks_are_thinned() -> None:
    figure = charts.importance(neuron_facts(neurons=10 * MARKS_SHOWN))
    assert sum(len(trace.x) for trace in figure.data if trace.mode == "markers") <= MARKS_SHOWN + 2


def test_importance_range_stays_while_the_threshold_moves() -> None:
    facts = neuron_facts()
    moved = NeuronFacts(facts.scores, facts.fates, {"a": 0.02, "b": 0.02})
    assert charts.importance(facts).layout.yaxis.range == charts.importance(moved).layout.yaxis.range


def test_resources_mark_the_position_on_each_curve() -> None:
    figure = charts.resources(curve_facts(), 0.5)
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert [mark.x[0] for mark in marks] == [50, 50, 50]
    assert marks[0].y[0] == pytest.approx(0.25, abs=1e-3)
    assert {line.line.dash for line in figure.data if line.mode == "lines"} == {"solid", "dash", "dot"}


def test_resources_shade_and_name_what_cannot_be_built() -> None:
    figure = charts.resources(curve_facts(0.8), 0.9)
    assert any(shape.x0 == 80 and shape.x1 == 100 for shape in figure.layout.shapes)
    assert "encoder1.conv2" in figure.layout.annotations[0].text


def test_resources_shade_nothing_where_all_can_be_built() -> None:
    figure = charts.resources(curve_facts(1.0), 0.9)
    assert len(figure.layout.annotations) == 0
    assert [shape.type for shape in figure.layout.shapes] == ["line"]


def test_layer_names_are_text_and_not_markup() -> None:
    layer = LayerFacts("<a href='x'>.conv", "Conv3d", 4, 2, 1.0)
    assert "<a" not in charts.retention([layer]).to_json()
    scores = {layer.name: np.ones(4)}
    assert "<a" not in charts.importance(NeuronFacts(scores, {layer.name: np.zeros(4, np.int8)}, {})).to_json()


def test_every_figure_has_words_for_those_who_do_not_see_it() -> None:
    assert "23 of 44 neurons kept" in charts.retention_in_words(LAYERS)
    assert "encoder1.conv2 (0 of 16)" in charts.retention_in_words(LAYERS)
    assert "6 are kept" in charts.importance_in_words(neuron_facts())
    assert "MACs 25.0 %" in charts.resources_in_words(curve_facts(), 0.5)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["encoder1.conv1", "encoder2.conv1", "decoder1.conv1", "final"], ["encoder", "decoder", "final"]),
        (["model.stem", "model.head"], ["stem", "head"]),
        (["stem", *(f"layer{n}.{m}" for n in (1, 2) for m in (0, 1, 2))], ["stem", "layer1", "layer2"]),
        (["0", "2", "4"], ["0", "2", "4"]),
        (["conv"], ["conv"]),
        ([], []),
    ],
)
def test_stages_come_from_the_names(names, expected) -> None:
    assert [stage.title for stage in stages(names)] == expected


@given(st.lists(st.text(alphabet="ab.1", min_size=1, max_size=6), max_size=12))
def test_stages_cover_every_layer_once(names) -> None:
    found = stages(names)
    assert [position for stage in found for position in range(stage.start, stage.stop)] == list(range(len(names)))


@given(st.floats(0, 1e17))
def test_counts_are_short_and_close(value) -> None:
    text = units.count(value, "B")
    number, unit = text.split(" ", 1) if " " in text else (text, "")
    scale = {"B": 1, "": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}[unit]
    assert float(number) * scale == pytest.approx(value, rel=0.006, abs=0.006)
    assert len(number) <= 5
