"""The explorer's page by what a visitor sees: values, messages and controls, on real input and without a browser."""

import csv
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer import background, compute
from explorer.state import MAX_SPARSITY, ExplorerState, default_state
from explorer.units import count, percent
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
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def messages(app: AppTest) -> list[str]:
    return [element.value for element in (*app.error, *app.warning, *app.success)]


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


def test_the_first_visit_shows_costs_before_and_after_as_the_library_has_them(by_library: Plan) -> None:
    app = visit()
    assert not app.exception
    assert not app.error
    assert not app.warning
    assert "RANP-f removes" in app.success[0].value
    shown = metrics(app)
    assert shown["MACs"] == count(by_library.pruned.macs)
    assert shown["FLOPs (2 × MACs)"] == count(by_library.pruned.flops)
    assert shown["Parameters"] == count(by_library.pruned.params)
    assert shown["Activation memory"] == count(4 * by_library.pruned.activations, "B")
    assert shown["Neurons removed"] == percent(by_library.achieved_sparsity)
    assert [app.selectbox(key=key).value for key in ("architecture", "preset", "method")] == [
        "unet3d",
        "classroom",
        "ranp-f",
    ]
    assert len(app.get("plotly_chart")) == 3


def test_the_training_memory_follows_once_it_is_worked_out(state: ExplorerState, by_library: Plan) -> None:
    app = visit()
    compute.peak_after(state).result()  # what a browser asks for a moment later
    app.run()
    model = build("unet3d", "classroom", device="meta")
    small = shrink(model, trace(model, example_inputs("unet3d", "classroom")), by_library.kept)
    expected = peak_training_bytes(small, example_inputs("unet3d", "classroom"))
    assert metrics(app)["Training memory"] == count(expected, "B")


def test_sparsity_zero_is_the_full_network() -> None:
    app = visit(sparsity="0")
    assert metrics(app)["Neurons removed"] == "0.0 %"
    assert "**100.0 %** of the MACs" in app.success[0].value


def test_at_the_upper_end_the_emptied_layer_is_named_and_one_click_mends_it() -> None:
    app = visit()
    app.slider(key="sparsity").set_value(MAX_SPARSITY).run()
    (message,) = messages(app)
    assert "has no neuron left" in message
    assert "The largest that works is" in message
    assert metrics(app)["MACs"] == "–"
    assert app.get("download_button")[0].proto.disabled
    app.button(key="use_possible").click().run()
    assert not app.error
    assert 0.5 < app.slider(key="sparsity").value < MAX_SPARSITY
    assert metrics(app)["MACs"] != "–"


@pytest.mark.parametrize("method", list(compute.choices().methods))
def test_every_method_can_be_chosen(method: str) -> None:
    app = visit(method=method, sparsity="0.01")
    assert not app.exception
    assert not app.error
    assert metrics(app)["MACs"] != "–"
    reweighted = method in ("ranp-f", "ranp-m", "blend")
    assert app.slider(key="alpha").disabled is not reweighted
    assert app.slider(key="lam").disabled is not reweighted


def test_alpha_and_method_say_the_same() -> None:
    app = visit()
    app.slider(key="alpha").set_value(0.4).run()
    assert app.selectbox(key="method").value == "blend"
    app.slider(key="alpha").set_value(0.0).run()
    assert app.selectbox(key="method").value == "ranp-m"
    app.selectbox(key="method").set_value("ranp-f").run()
    assert app.slider(key="alpha").value == 1.0
    app.selectbox(key="method").set_value("blend").run()
    assert app.slider(key="alpha").value == 0.5


def test_lambda_changes_what_is_kept() -> None:
    app = visit()
    before = metrics(app)["MACs"]
    app.slider(key="lam").set_value(150.0).run()
    assert metrics(app)["MACs"] != before


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
    assert app.slider(key="sparsity").value == expected.sparsity
    assert app.slider(key="lam").value == expected.lam
    assert not app.error


def test_a_target_finds_the_sparsity() -> None:
    app = visit(target="macs", budget="0.1")
    assert not app.error
    left = float(app.success[0].value.split("neurons**: **")[1].split(" %")[0])
    assert 9 < left <= 10


def test_a_target_that_cannot_be_met_says_so_and_shows_the_smallest_network() -> None:
    app = visit(target="memory", budget="0.01")
    assert "No plan leaves at most 1 % of the activation memory" in app.error[0].value
    assert metrics(app)["MACs"] != "–"
    app.button(key="use_possible").click().run()
    assert not app.error
    assert app.selectbox(key="target").value == "memory"
    assert 0.01 < app.slider(key="budget").value < 1


def test_a_protected_layer_is_kept_whole_and_a_least_number_guards_against_emptying() -> None:
    app = visit(protect=["encoder1.conv1"], sparsity="0.9", min_neurons="1")
    assert not app.error
    plan = compute.results(shown_state(app)).plan
    kept = {layer.name: layer.kept for layer in plan.layers}
    assert kept["encoder1.conv1"] == 8
    assert min(kept.values()) >= 1


def shown_state(app: AppTest) -> ExplorerState:
    state = app.session_state["_last_state"]
    assert isinstance(state, ExplorerState)
    return state


def test_the_url_follows_the_controls_and_restores_them() -> None:
    app = visit()
    assert app.query_params == {}
    app.slider(key="sparsity").set_value(0.25).run()
    app.selectbox(key="method").set_value("vanilla").run()
    assert dict(app.query_params) == {"sparsity": "0.25", "method": "vanilla"}
    again = visit(sparsity="0.25", method="vanilla")
    assert metrics(again) == metrics(app)
    assert not again.warning


def test_a_bad_link_falls_back_and_says_so_until_a_control_is_moved() -> None:
    app = visit(sparsity="1.5", method="magic", protect=["nowhere"])
    texts = [warning.value for warning in app.warning]
    assert any("sparsity `1.5`" in text for text in texts)
    assert any("method `magic`" in text for text in texts)
    assert any("`nowhere`" in text for text in texts)
    assert app.slider(key="sparsity").value == 0.5
    app.slider(key="sparsity").set_value(0.4).run()
    assert not app.warning


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
    assert "removes" in app.success[0].value


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
    assert metrics(app)["MACs"] != "–"
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
