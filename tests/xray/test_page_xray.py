"""The X-ray page by what a visitor sees, and what it hands to the browser."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.compute import LARGEST, WeightFacts, heavy
from explorer.compute.weights import BINS, weight_facts
from explorer.packets.weights import encode_weights
from explorer.state import ExplorerState, default_state, from_query, to_query
from explorer.xray import wording
from ranp.data import batches, loss
from ranp.importance import Connections, connections
from ranp.models import build, find_preset
from ranp.selection import balance_factors, reweight
from tests.cases import SMALL


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    return default_state(compute.choices(), "unet3d", "classroom")


@pytest.fixture(scope="module")
def found(state: ExplorerState) -> Connections:
    """What the first visit's weights contribute, without the explorer's jobs."""
    preset = find_preset("unet3d", "classroom")
    data = batches(preset.task, preset.input_shapes[0], preset.arguments["classes"], batch_size=2, count=4, seed=0)
    layers = list(heavy.tracing(state).result().graph.layers.values())
    return connections(build("unet3d", "classroom", seed=0), data, loss(preset.task), layers=layers)


def visit(**query: str) -> AppTest:
    page = AppTest.from_string("from explorer import xray\nxray.page()", default_timeout=120)
    page.session_state["xray_numbers"] = True  # the drawer is open
    for name, value in (query or SMALL).items():
        page.query_params[name] = value
    return page.run()


def said(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


def test_one_neuron_s_numbers_are_the_library_s(state: ExplorerState, found: Connections) -> None:
    compute.tracing(state).wait(60)
    compute.importance(state).wait(60)
    compute.weights(state).wait(60)
    app = visit(layer="encoder2.conv1", neuron="3", xray="4")
    assert not app.exception
    assert not app.error
    scores = found.scores
    raw = scores["encoder2.conv1"][3].item()
    balanced = reweight(scores, None)["encoder2.conv1"][3].item()
    text = said(app)
    assert f"Neuron 3 of `encoder2.conv1`: score {raw:.4g}, balanced {balanced:.4g}" in text
    count = found.contributions["encoder2.conv1"].shape[1]
    assert f"Its {count:,} weights contribute {raw:.4g} when put together, which is equal to its score." in text
    table = app.dataframe[0].value.set_index("Layer")
    assert table.loc["encoder2.conv1", "Balanced by"] == f"× {balance_factors(scores)['encoder2.conv1']:.4g}"
    kept = compute.results(state).plan.layers
    assert list(table["Kept"]) == [f"{layer.kept} of {layer.neurons}" for layer in kept]
    assert app.query_params["xray"] in ("4", ["4"])


def test_without_a_choice_the_first_neuron_is_followed_and_methods_leave_steps_out() -> None:
    app = visit(method="vanilla")
    assert "Neuron 0 of `encoder1.conv1`" in said(app)
    table = app.dataframe[0].value
    assert set(table["Balanced by"]) == {"× 1"}
    assert set(table["R"]) == {"–"}
    assert set(table["Reweighted by"]) == {"× 1"}


def test_a_wrong_link_falls_back_with_a_notice() -> None:
    app = visit(layer="<b>nowhere</b>", neuron="99999", xray="9")
    assert not app.exception
    notices = " ".join(warning.value for warning in app.warning)
    assert "xray `9`" in notices
    assert "`<b>nowhere</b>`" in notices
    assert "Neuron 0 of `encoder1.conv1`" in said(app)


def test_the_step_is_in_the_link_and_decides_no_plan(state: ExplorerState) -> None:
    third = replace(state, xray=3)
    query = to_query(third, compute.choices())
    assert query == {"xray": ["3"]}
    assert from_query(query, compute.choices()) == (third, [])
    assert compute.results(third) is compute.results(state)


def test_histograms_count_every_weight(state: ExplorerState) -> None:
    facts: WeightFacts = compute.weights(state).result()
    assert np.array_equal(facts.positive.sum(axis=1) + facts.zeros, facts.counts)
    assert facts.equal.all()
    assert facts.positive.shape == (facts.counts.size, BINS)
    assert facts.places.shape == (facts.counts.size, LARGEST)
    assert (np.diff(facts.contributions, axis=1) <= 0).all()
    assert len(encode_weights(facts)) % 8 == 0


def test_a_score_that_is_not_its_weights_sum_is_told(state: ExplorerState, found: Connections) -> None:
    graph = heavy.tracing(state).result().graph
    wrong = {name: score.clone() for name, score in found.scores.items()}
    wrong["final"][0] *= 1.01
    equal = weight_facts(graph, found, wrong).equal
    assert equal.sum() == equal.size - 1
    signed = weight_facts(graph, _negated(found), found.scores)
    assert signed.signed
    assert np.array_equal(signed.negative.sum(axis=1) + signed.zeros, signed.counts)


def _negated(found: Connections) -> Connections:
    return replace(found, contributions={name: -rows for name, rows in found.contributions.items()})


def test_a_criterion_of_whole_neurons_shows_no_weights() -> None:
    app = visit(criterion="activation-density", layer="encoder2.conv1", neuron="3", **SMALL)
    assert not app.exception
    assert not app.error
    assert "Neuron 3 of `encoder2.conv1`: score 0." in said(app)
    assert "when put together" in wording.CONNECTIONS
    assert "when put together" not in said(app)


def test_every_step_and_criterion_has_its_words() -> None:
    words = wording.WORDS
    for criterion in compute.choices().criteria:
        assert words[f"x_words_{criterion}"]
    assert all("<" not in text for name, text in words.items() if name.startswith("x_"))
