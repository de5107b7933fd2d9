"""The explorer's page by what a visitor sees: values, messages and controls, on real input and without a browser."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer import background, compute, session
from explorer.component.serve import PACKETS
from explorer.state import MAX_SPARSITY, ExplorerState, default_state
from explorer.units import count
from ranp.config import PruningConfig
from ranp.data import batches, loss
from ranp.fingerprint import weights_sha256
from ranp.graph import trace
from ranp.importance import importance
from ranp.memory import peak_training_bytes
from ranp.models import build, example_inputs, find_preset
from ranp.plan import Plan, load_plan, prune
from ranp.shrink import shrink

APP = str(Path(__file__).parent.parent / "explorer" / "app.py")


def visit(**query: str | list[str]) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    app.session_state["numbers"] = True  # the drawer is open
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def figures(app: AppTest) -> dict[str, str]:
    """Cost -> what the pruned network costs, as the page has it in numbers."""
    table = app.dataframe[0].value
    return dict(zip(table["Cost of one input"], table["Pruned"], strict=True))


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def sentence(app: AppTest) -> str:
    """What the page says that the plan does."""
    numbers = next(part for part in app.expander if part.label == "The same in numbers")
    return str(numbers.markdown[0].value)


def sent(app: AppTest) -> dict[str, Any]:
    """What the page hands to the live component."""
    data = json.loads(app.get("bidi_component")[0].proto.json)
    assert isinstance(data, dict)
    return data


def move(app: AppTest, **settings: Any) -> AppTest:
    """Move the live component's controls, as the browser reports it."""
    data = sent(app)
    app.session_state["live-explore"] = {
        "settings": {**data["settings"], **settings, "revision": data["revision"], "stamp": 1}
    }
    return app.run()


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    return default_state(compute.choices())


@pytest.fixture(scope="module")
def by_library() -> Plan:
    """The plan of the first visit, made without the explorer."""
    preset = find_preset("unet3d", "classroom")
    model = build("unet3d", "classroom", seed=0)
    graph = trace(model, example_inputs("unet3d", "classroom"))
    data = batches(preset.task, preset.input_shapes[0], preset.arguments["classes"], batch_size=2, count=4, seed=0)
    scores = importance(model, data, loss(preset.task), layers=list(graph.layers.values()))
    return prune(graph, scores, PruningConfig(sparsity=preset.sparsity, lam=preset.lam))


def test_the_first_visit_shows_costs_as_the_library_has_them(by_library: Plan) -> None:
    app = visit()
    assert not app.exception
    assert not app.error
    assert not app.warning
    assert "RANP-f removes" in sentence(app)
    assert figures(app) == {
        "Neurons": count(sum(by_library.kept_counts.values())),
        "MACs": count(by_library.pruned.macs),
        "FLOPs (2 × MACs)": count(by_library.pruned.flops),
        "Parameters": count(by_library.pruned.params),
        "Activation memory": count(4 * by_library.pruned.activations, "B"),
    }
    layers = app.dataframe[1].value
    assert dict(zip(layers["Layer"], layers["Kept"], strict=True)) == by_library.kept_counts
    assert [app.selectbox(key=key).value for key in ("architecture", "preset")] == ["unet3d", "classroom"]
    assert sent(app)["settings"]["method"] == "ranp-f"


def test_the_component_gets_a_packet_that_is_at_hand() -> None:
    packet = PACKETS.get(sent(visit())["packet"])
    assert packet is not None
    length = int.from_bytes(packet[:4], "little")
    header = json.loads(packet[4 : 4 + length])
    assert [layer["name"] for layer in header["layers"]] == visit().dataframe[1].value["Layer"].tolist()


def test_the_training_memory_follows_once_it_is_worked_out(state: ExplorerState, by_library: Plan) -> None:
    app = visit()
    compute.peak_after(state).result()  # what a browser asks for a moment later
    app.run()
    model = build("unet3d", "classroom", device="meta")
    small = shrink(model, trace(model, example_inputs("unet3d", "classroom")), by_library.kept)
    expected = peak_training_bytes(small, example_inputs("unet3d", "classroom"))
    peak = sent(app)["peak"]
    assert (peak["after"], peak["pending"]) == (expected, False)
    assert peak["before"] > expected


def test_sparsity_zero_is_the_full_network() -> None:
    app = visit(sparsity="0")
    assert "removes **0 of 588 neurons**" in sentence(app)
    assert "**100.0 %** of the MACs" in sentence(app)


def test_at_the_upper_end_the_emptied_layer_is_named() -> None:
    app = move(visit(), sparsity=MAX_SPARSITY)
    assert "has no neuron left" in sentence(app)
    assert "The largest that works is" in sentence(app)
    assert figures(app)["MACs"] == "–"
    assert app.get("download_button")[0].proto.disabled


@pytest.mark.parametrize("method", list(compute.choices().methods))
def test_every_method_can_be_chosen(method: str) -> None:
    app = visit(method=method, sparsity="0.01")
    assert not app.exception
    assert not app.error
    assert figures(app)["MACs"] != "–"


def test_alpha_and_method_say_the_same() -> None:
    app = move(visit(), method="blend", alpha=0.4)
    assert dict(app.query_params) == {"method": "blend", "alpha": "0.4"}
    assert shown_state(move(app, method="ranp-m", alpha=0.4)).alpha == 0.0


def test_lambda_changes_what_is_kept() -> None:
    app = visit()
    before = figures(app)["MACs"]
    assert figures(move(app, lam=150.0))["MACs"] != before


@pytest.mark.parametrize(
    "settings",
    [
        {"sparsity": "nan"},
        {"sparsity": 7},
        {"sparsity": [0.5]},
        {"method": "magic"},
        {"protect": "encoder1.conv1"},
        {"protect": [{}], "caps": {"encoder1.conv1": "x"}},
        {"lam": None, "minNeurons": 1e9, "neuron": "first"},
    ],
)
def test_a_report_that_makes_no_sense_changes_nothing(settings: dict[str, Any]) -> None:
    app = visit()
    before = shown_state(app)
    app = move(app, **settings)
    assert not app.exception
    assert not app.error
    assert shown_state(app) == before


def test_an_outdated_report_is_ignored() -> None:
    app = visit()
    app.session_state["live-explore"] = {"settings": {"sparsity": 0.9, "revision": 0, "stamp": 1}}
    assert shown_state(app.run()).sparsity == 0.5


def test_alpha_changes_what_the_blend_keeps(state: ExplorerState) -> None:
    visit()
    ends, blends = (("ranp-m", 0.0), ("ranp-f", 1.0)), (("blend", 0.0), ("blend", 1.0))
    macs = [
        compute.results(replace(state, method=method, alpha=alpha)).plan.pruned.macs
        for method, alpha in (*ends, *blends)
    ]
    assert macs[:2] == macs[2:]
    assert macs[0] != macs[1]


def test_another_size_starts_at_its_own_sparsity_and_lambda() -> None:
    app = visit(sparsity="0.2", **{"lambda": "3"})
    app.selectbox(key="preset").set_value("classroom-shapes").run()
    expected = default_state(compute.choices(), "unet3d", "classroom-shapes")
    assert (shown_state(app).sparsity, shown_state(app).lam) == (expected.sparsity, expected.lam)
    assert sent(app)["settings"]["lam"] == expected.lam
    assert not app.error


def test_a_target_finds_the_sparsity() -> None:
    app = visit(target="macs", budget="0.1")
    assert not app.error
    left = float(sentence(app).split("neurons**: **")[1].split(" %")[0])
    assert 9 < left <= 10


def test_a_target_that_cannot_be_met_says_so_and_shows_the_smallest_network() -> None:
    app = visit(target="memory", budget="0.01")
    assert "No plan leaves at most 1 % of the activation memory" in sentence(app)
    assert figures(app)["MACs"] != "–"


def test_a_protected_layer_is_kept_whole_and_a_least_number_guards_against_emptying() -> None:
    app = visit(protect=["encoder1.conv1"], cap="encoder2.conv1=0.5", sparsity="0.9", min_neurons="1")
    assert not app.error
    plan = compute.results(shown_state(app)).plan
    kept = {layer.name: layer.kept for layer in plan.layers}
    assert kept["encoder1.conv1"] == 8
    assert kept["encoder2.conv1"] >= {layer.name: layer.neurons for layer in plan.layers}["encoder2.conv1"] / 2
    assert min(kept.values()) >= 1


def shown_state(app: AppTest) -> ExplorerState:
    state = app.session_state["_last_state"]
    assert isinstance(state, ExplorerState)
    return state


def test_the_url_follows_the_controls_and_restores_them() -> None:
    app = visit()
    assert app.query_params == {}
    move(app, sparsity=0.25)
    move(app, sparsity=0.25, method="vanilla")
    assert dict(app.query_params) == {"sparsity": "0.25", "method": "vanilla"}
    again = visit(sparsity="0.25", method="vanilla")
    assert figures(again) == figures(app)
    assert not again.warning


def test_a_bad_link_falls_back_and_says_so_until_a_control_is_moved() -> None:
    app = visit(sparsity="1.5", method="magic", protect=["nowhere"])
    texts = [warning.value for warning in app.warning]
    assert any("sparsity `1.5`" in text for text in texts)
    assert any("method `magic`" in text for text in texts)
    assert any("`nowhere`" in text for text in texts)
    assert shown_state(app).sparsity == 0.5
    assert not move(app, sparsity=0.4).warning


def test_what_cannot_be_pruned_is_said_in_words() -> None:
    app = visit()
    assert any("`final`" in text.value and "returns" in text.value for text in app.markdown)


def test_a_network_too_large_for_this_machine_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "available_memory", lambda: 1_000_000)
    app = visit(seed="77")
    assert "memory" in app.error[0].value
    assert metrics(app)["MACs"] == "792 M"  # the full network's


def test_a_long_computation_waits_for_the_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "LONG_MACS", 1)
    app = visit(seed="78")
    assert metrics(app)["MACs"] == "792 M"  # the full network's
    app.button(key="compute").click().run()
    assert "removes" in sentence(app)


def test_a_failure_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("the loss of batch 1 is nan; lower the input's scale")

    monkeypatch.setattr(background, "compute_scores", fail)
    app = visit(seed="79")
    assert not app.exception
    assert [error.value for error in app.error] == ["the loss of batch 1 is nan; lower the input's scale"]


def test_an_error_that_nobody_foresaw_is_hidden_from_the_visitor(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret path")

    monkeypatch.setattr(compute, "results", fail)
    app = visit()
    assert not app.exception
    assert "went wrong" in app.error[0].value
    assert "secret" not in app.error[0].value
    assert "a secret path" in caplog.text


def test_the_same_importance_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    original = background.compute_scores
    monkeypatch.setattr(background, "compute_scores", lambda *args: calls.append(1) or original(*args))
    first, second = visit(seed="80"), visit(seed="80", sparsity="0.3")
    assert not first.error
    assert not second.error
    assert len(calls) == 1


def test_the_plan_file_is_the_plan_that_is_shown(state: ExplorerState) -> None:
    visit()
    plan = load_plan(io.BytesIO(compute.plan_zip(state)))
    shown = compute.results(state).plan
    assert plan.kept_counts == {layer.name: layer.kept for layer in shown.layers}
    assert plan.provenance.weights_sha256 == weights_sha256(build("unet3d", "classroom", seed=0))
    small = plan.apply(build("unet3d", "classroom", seed=0))
    assert sum(parameter.numel() for parameter in small.parameters()) == shown.pruned.params


def test_the_masks_table_has_a_row_for_every_neuron(state: ExplorerState) -> None:
    visit()
    rows = list(csv.DictReader(io.StringIO(compute.masks_csv(state).decode())))
    shown = compute.results(state).plan
    assert len(rows) == shown.full.neurons
    assert sum(int(row["keep"]) for row in rows) == shown.pruned.neurons


def test_fates_agree_with_the_plan(state: ExplorerState) -> None:
    visit()
    outcome = compute.results(state)
    for layer in outcome.plan.layers:
        fates = outcome.neurons.fates[layer.name]
        assert int(((fates == 0) | (fates == 2)).sum()) == layer.kept
    dropped = sum(int((fates == 3).sum()) for fates in outcome.neurons.fates.values())
    assert dropped == 0  # under coupling `any`, no neuron above the threshold goes


OWN_NETWORK = """
from torch import nn

def tiny():
    return nn.Sequential(nn.Conv3d(1, 6, 3, padding=1), nn.ReLU(), nn.Conv3d(6, 8, 3, padding=1), nn.ReLU(),
                         nn.Conv3d(8, 2, 1))

def broken():
    raise RuntimeError("no weights here")
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Starts the app with a network of one's own on its command line."""
    (tmp_path / "own_networks.py").write_text(OWN_NETWORK)
    monkeypatch.syspath_prepend(tmp_path)

    def start(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["app.py", *arguments])
        background.own.cache_clear()

    yield start
    monkeypatch.undo()
    background.own.cache_clear()


def test_a_network_of_ones_own_comes_first_and_can_be_pruned(own: Callable[..., None]) -> None:
    own("--model", "own_networks:tiny", "--input", "1x1x8x8x8")
    app = visit(sparsity="0.3")
    assert not app.error
    assert app.selectbox(key="architecture").value == "own"
    assert figures(app)["MACs"] != "–"
    assert "random inputs" in app.caption[-1].value
    plan = load_plan(io.BytesIO(compute.plan_zip(shown_state(app))))
    assert plan.provenance.import_path == "own_networks:tiny"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "own_networks:broken", "--input", "1x1x8x8x8"], "no weights here"),
        (["--model", "own_networks:absent", "--input", "1x1x8x8x8"], "has no 'absent'"),
        (["--model", "own_networks:tiny", "--input", "1x5x8x8x8"], "5"),
        (["--model", "own_networks:tiny", "--input", "1xax8"], "is no shape"),
        (["--model", "own_networks:tiny"], "needs the shape"),
    ],
)
def test_a_network_of_ones_own_that_fails_is_told_in_a_sentence(
    own: Callable[..., None], arguments: list[str], words: str
) -> None:
    own(*arguments)
    app = visit()
    assert not app.exception
    assert words in app.error[0].value
    assert "Traceback" not in app.error[0].value


def test_what_an_outdated_run_has_set_is_told_to_the_browser_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may never have arrived: the browser would show, and at the next touch report, the first of each list."""
    told: list[bool] = []
    fill = session._fill
    monkeypatch.setattr(session, "_fill", lambda state, overwrite: (told.append(overwrite), fill(state, overwrite)))
    app = visit()
    app.run()
    told.clear()
    app.run()
    assert told == [False]
    with monkeypatch.context() as interrupted:
        interrupted.setattr("explorer.views.subject.known_layers", lambda *_: st.stop())
        app.run()
    app.run()
    assert told == [False, False, True]
