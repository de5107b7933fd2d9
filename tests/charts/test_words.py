"""What charts say in words and under the pointer, against the plain values that they are given."""

import numpy as np
import pytest

from explorer import charts
from explorer.charts.thinning import thinning
from explorer.facts import CurveFacts, Fate, LayerFacts, NeuronFacts

TIED = ("a_layer_whose_name_is_much_too_long_for_a_tooltip", "b", "c", "d", "e")
LAYERS = [
    LayerFacts("stem", "Conv3d", 16, 5, 0.123),
    LayerFacts("tied", "Conv3d", 10, 10, 0.5, "all 10 neurons stay, because of output", TIED),
    LayerFacts("pair", "Linear", 8, 1, 0.377, None, ("stem",)),
]


def test_a_layer_s_tooltip_has_its_figures() -> None:
    kept = next(trace for trace in charts.retention(LAYERS).data if trace.name == "kept")
    assert list(kept.customdata) == [
        "<b>stem</b> (Conv3d)<br>5 of 16 neurons kept (31 %)<br>12.3 % of the full network's MACs",
        "<b>tied</b> (Conv3d)<br>10 of 10 neurons kept (100 %)<br>50.0 % of the full network's MACs<br>"
        "all 10 neurons stay, because of output<br>tied to …_too_long_for_a_tooltip, b, c and 2 more",
        "<b>pair</b> (Linear)<br>1 of 8 neurons kept (12 %)<br>37.7 % of the full network's MACs<br>tied to stem",
    ]
    assert list(kept.y) == [100 * 5 / 16, None, 100 / 8]
    words = charts.retention_in_words(LAYERS)
    assert words.endswith("3 layers: 16 of 34 neurons kept. Least in pair (1 of 8), most in tied (10 of 10).")


def test_a_neuron_s_tooltip_has_its_rank_and_stands_at_its_score() -> None:
    scores = {"a": np.array([0.2, 1.0, 0.5]), "b": np.array([0.4, 0.1])}
    fates = {"a": np.array([Fate.REMOVED, Fate.KEPT, Fate.DROPPED]), "b": np.array([Fate.RESCUED, Fate.REMOVED])}
    figure = charts.importance(NeuronFacts(scores, fates, {"a": 0.5, "b": 0.5}))
    marks = {words: y for trace in figure.data[:4] for words, y in zip(trace.customdata, trace.y, strict=True)}
    assert marks == {
        "a, neuron 1<br>rank 1 of 3 in its layer": 1.0,
        "a, neuron 2<br>rank 2 of 3 in its layer": 0.5,
        "a, neuron 0<br>rank 3 of 3 in its layer": 0.2,
        "b, neuron 0<br>rank 1 of 2 in its layer": 0.4,
        "b, neuron 1<br>rank 2 of 2 in its layer": 0.1,
    }
    named = {trace.name: list(trace.customdata) for trace in figure.data[:4]}
    assert [words[0][:11] for words in named.values() if len(words) == 1] == [
        "a, neuron 1",
        "b, neuron 0",
        "a, neuron 2",
    ]
    assert charts.importance_in_words(NeuronFacts(scores, fates, {})).endswith("with the threshold: 2 are kept.")


@pytest.fixture
def curve() -> CurveFacts:
    grid = np.array([0.0, 0.25, 0.5, 0.75])
    left = [np.array(values) for values in ([1, 0.6, 0.3, 0.1], [1, 0.8, 0.5, 0.4], [1, 0.5, 0.2, 0.05])]
    return CurveFacts(grid, *left, np.array([True, True, True, False]), "stem", 0.61234)


def test_the_curves_words_are_their_values(curve: CurveFacts) -> None:
    assert charts.resources_in_words(curve, 0.25) == (
        "Line chart over sparsity. Left of the full network at sparsity 25.0 %: MACs 60.0 %, activation memory 80.0 %, "
        "parameters 50.0 %."
    )
    figure = charts.resources(curve, 0.5)
    lines = {trace.name: list(trace.y) for trace in figure.data if trace.mode == "lines"}
    assert lines == {"MACs": [1, 0.6, 0.3, 0.1], "memory": [1, 0.8, 0.5, 0.4], "parameters": [1, 0.5, 0.2, 0.05]}
    assert [trace.y[0] for trace in figure.data if trace.mode == "markers"] == [0.3, 0.5, 0.2]
    assert list(figure.data[0].x) == [0, 25, 50, 75]
    # rounded up: at the figure that is said there is none
    assert [note.text for note in figure.layout.annotations] == ["no network from 61.3 %: stem is empty"]
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == [(50, 50), (pytest.approx(61.234), 100)]


def test_the_animation_s_bars_say_how_many_stay() -> None:
    figure = thinning(["a", "b"], [8, 4], [[8, 4], [3, 4]], [0.0, 0.5])
    assert list(figure.data[0].customdata) == ["<b>a</b><br>8 neurons in full", "<b>b</b><br>4 neurons in full"]
    (last,) = figure.frames[-1].data
    assert list(last.customdata) == ["<b>a</b><br>3 of 8 neurons kept", "<b>b</b><br>4 of 4 neurons kept"]
