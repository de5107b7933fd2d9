"""The explorer's page by what a visitor sees: values, messages and controls, on real input and without a browser."""

import csv
import html
import importlib
import io
import json
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from explorer import compute
from explorer.compare import stability_of
from explorer.compute import heavy, needs, plans
from explorer.export import files, reproducing
from explorer.live import PACKETS
from explorer.page import command_line, session
from explorer.state import MAX_SPARSITY, ExplorerState, default_state
from explorer.units import binary_bytes, count
from ranp.data import batches, loss
from ranp.fingerprint import weights_sha256
from ranp.graph import trace
from ranp.importance import importance
from ranp.inputs import format_inputs
from ranp.models import build, example_inputs, find_preset, load_checkpoint, read_checkpoint
from ranp.plan import Plan, load_plan, prune, shrink
from ranp.resources import peak_training_bytes
from ranp.selection import PruningConfig, at_most
from tests.cases import SMALL
from tests.packaging.test_extras import hide

APP = str(Path(__file__).parents[2] / "explorer" / "app.py")


def visit(**query: str | list[str]) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    app.session_state["numbers"] = True  # the drawer is open
    for name, value in (query or SMALL).items():
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


def packet_of(app: AppTest) -> dict[str, Any]:
    """What the component's packet says of the network."""
    packet = PACKETS.get(sent(app)["packet"])
    assert packet is not None
    header = json.loads(packet[4 : 4 + int.from_bytes(packet[:4], "little")])
    assert isinstance(header, dict)
    return header


def move(app: AppTest, **settings: Any) -> AppTest:
    """Move the live component's controls, as the browser reports it."""
    data = sent(app)
    app.session_state["live-explore"] = {
        "settings": {**data["settings"], **settings, "revision": data["revision"], "stamp": 1}
    }
    return app.run()


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    return default_state(compute.choices(), "unet3d", "classroom")


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
    counted = {name: told for name, told in figures(app).items() if not name.endswith("of a batch")}
    assert counted == {
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


def test_a_visit_starts_on_the_real_scan() -> None:
    app = AppTest.from_file(APP, default_timeout=120).run()
    assert not app.exception
    assert not app.error
    assert [app.selectbox(key=key).value for key in ("architecture", "preset")] == ["unet3d", "classroom-tissue"]
    assert dict(app.query_params) == {}, "the address is as short as it was"
    model, inputs = build("unet3d", "classroom-tissue", seed=0), example_inputs("unet3d", "classroom-tissue")
    header = packet_of(app)
    assert [layer["neurons"] for layer in header["layers"]] == [
        layer.neurons for layer in trace(model, inputs).layers.values()
    ]
    app.session_state["live-explore"] = {
        "settings": {**sent(app)["settings"], "sparsity": 0.25, "revision": sent(app)["revision"], "stamp": 1}
    }
    app.run()
    assert app.query_params["preset"] == "classroom-tissue", "a link says what it means"
    assert app.query_params["sparsity"] == "0.25"


def test_a_link_of_before_opens_what_it_was_written_for() -> None:
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["sparsity"] = "0.3"
    app.run()
    assert app.selectbox(key="preset").value == "classroom"


def test_without_the_scan_a_visit_starts_where_it_did_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hide("nilearn", monkeypatch)
    app = AppTest.from_file(APP, default_timeout=120).run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="preset").value == "classroom"
    said = [caption.value for caption in app.caption if "nilearn" in caption.value]
    assert said == [
        "These are procedural data. A visit can start with a real MR scan instead: the task tissue needs nilearn, "
        "which is not installed; run pip install 'ranp-explorer[tissue]'."
    ]
    assert "classroom-tissue" in compute.choices().architectures["unet3d"].presets, "it can be chosen all the same"


def test_the_component_gets_a_packet_that_is_at_hand() -> None:
    header = packet_of(visit())
    assert [layer["name"] for layer in header["layers"]] == visit().dataframe[1].value["Layer"].tolist()


def test_the_training_memory_follows_once_it_is_worked_out(state: ExplorerState, by_library: Plan) -> None:
    app = visit()
    compute.measuring(state).result()  # what a browser asks for a moment later
    app.run()
    model = build("unet3d", "classroom", device="meta")
    small = shrink(model, trace(model, example_inputs("unet3d", "classroom")), by_library.kept)
    expected = binary_bytes(peak_training_bytes(small, example_inputs("unet3d", "classroom")))
    peak = sent(app)["peak"]
    assert (PACKETS.get(peak["moments"]) is not None, peak["pending"], peak["failed"]) == (True, False, None)
    numbers = next(part for part in app.expander if part.label == "The same in numbers")
    assert f"holds **{expected}** at its peak" in numbers.markdown[1].value
    assert "kernels is left out" in numbers.markdown[1].value


@pytest.fixture
def unread(state: ExplorerState, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No moments can be read, and none are remembered."""

    def refuse(*_: Any, **__: Any) -> None:
        raise ValueError("no such moments")

    compute.measuring(state).result()
    heavy.QUEUE.forget(heavy.measuring_key(state))
    monkeypatch.setattr(heavy, "peak_moments", refuse)
    yield
    heavy.QUEUE.forget(heavy.measuring_key(state))


def test_a_step_whose_moments_cannot_be_read_is_estimated_plan_by_plan(state: ExplorerState, unread: None) -> None:
    app = visit()
    compute.measuring(state).result()
    compute.peak_after(state).result()
    app.run()
    peak = sent(app)["peak"]
    assert (peak["pending"], peak["moments"], peak["failed"]) == (False, None, "no such moments")
    assert 0 < peak["after"] < peak["before"]


def test_card_and_batch_of_a_link_reach_the_component_and_its_sentence(state: ExplorerState) -> None:
    compute.measuring(state).result()
    app = visit(card="0.02", batch="3")
    assert {"card": 0.02, "batch": 3}.items() <= sent(app)["settings"].items()
    numbers = next(part for part in app.expander if part.label == "The same in numbers")
    assert "With batch 3" in numbers.markdown[1].value
    assert "fits** on a card of 0.02 GiB" in numbers.markdown[1].value
    assert move(app, card=0.5).query_params["card"] == "0.5"


@pytest.mark.parametrize(("name", "value"), [("card", "0"), ("card", "nan"), ("batch", "0"), ("batch", "2.5")])
def test_a_card_or_batch_that_makes_no_sense_is_told(name: str, value: str) -> None:
    app = visit(**{name: value})
    assert f"The link asks for {name} `{value}`; expected a" in app.warning[0].value


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
        {"lam": None, "min_neurons": 1e9, "neuron": "first"},
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


def test_the_peak_of_training_is_prescribed_alone_and_beside_macs(state: ExplorerState) -> None:
    graph = trace(build("unet3d", "classroom"), example_inputs("unet3d", "classroom"))
    app = visit(target="peak", budget="0.5", batch="2")
    assert not app.error
    chosen = replace(state, target="peak", budget=0.5, batch=2)
    moments = compute.moments_of(state)
    assert moments is not None
    assert moments.peak(graph, compute.plan(chosen).kept, 2) <= 0.5 * moments.peak(graph, None, 2)
    assert compute.plan(chosen).requested_sparsity > 0.01
    app = move(app, target="macs", budget=0.9, also="peak", also_budget=0.5)
    assert app.query_params["also"] == "peak"
    both = compute.plan(replace(chosen, target="macs", budget=0.9, also="peak", also_budget=0.5))
    assert both.config.budgets == (("macs", 0.9), ("peak", 0.5))
    assert both.kept_counts == compute.plan(chosen).kept_counts  # which needs the higher sparsity of both


def test_a_peak_that_cannot_be_met_says_so() -> None:
    app = visit(target="macs", budget="0.5", also="peak", also_budget="0.01")
    assert "No plan leaves at most 1 % of the peak training memory" in sentence(app)


def test_a_peak_that_cannot_be_priced_is_not_prescribed(unread: None) -> None:
    app = visit(target="peak", budget="0.5")
    assert [warning.value for warning in app.warning] == [
        "The peak memory of this network's training step cannot be prescribed: no such moments."
    ]
    assert shown_state(app).target == "sparsity"


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
    assert dict(app.query_params) == SMALL
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
    monkeypatch.setattr(needs, "available_memory", lambda: 1_000_000)
    app = visit(seed="77")
    assert "memory" in app.error[0].value
    assert metrics(app)["MACs"] == "792 M"  # the full network's


def test_a_long_computation_waits_for_the_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heavy, "LONG_MACS", 1)
    app = visit(seed="78")
    assert metrics(app)["MACs"] == "792 M"  # the full network's
    app.button(key="compute").click().run()
    assert "removes" in sentence(app)


def test_a_failure_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("the loss of batch 1 is nan; lower the input's scale")

    monkeypatch.setattr(heavy, "compute_scores", fail)
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
    original = heavy.compute_scores
    monkeypatch.setattr(heavy, "compute_scores", lambda *args: calls.append(1) or original(*args))
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

def uneven():
    return nn.Sequential(nn.Conv3d(1, 64, 1), nn.ReLU(), nn.Conv3d(64, 2, 5, padding=2), nn.ReLU(), nn.Conv3d(2, 2, 1))

def remembering():
    network = tiny()
    network.output_channels = 8
    return network

class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.entry, self.head = nn.Conv3d(1, 6, 3, padding=1), nn.Conv3d(6, 2, 1)

    def forward(self, volumes, *, mask):
        return self.head(self.entry(volumes[0] + volumes[1]).masked_fill(~mask, 0))
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Starts the app with a network of one's own on its command line."""
    (tmp_path / "own_networks.py").write_text(OWN_NETWORK)
    monkeypatch.syspath_prepend(tmp_path)

    def start(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["app.py", *arguments])
        heavy.owns.cache_clear()
        for made_of_a_state in (plans._results, plans._plan_or_smallest, plans._curve):
            made_of_a_state.cache_clear()  # a server has one network of its own

    yield start
    monkeypatch.undo()
    heavy.owns.cache_clear()


def test_a_network_of_ones_own_comes_first_and_can_be_pruned(own: Callable[..., None]) -> None:
    own("--model", "own_networks:tiny", "--input", "1x1x8x8x8")
    app = visit(sparsity="0.3")
    assert not app.error
    assert app.selectbox(key="architecture").value == "own"
    assert figures(app)["MACs"] != "–"
    assert "random inputs" in app.caption[-1].value
    plan = load_plan(io.BytesIO(compute.plan_zip(shown_state(app))))
    assert plan.provenance.import_path == "own_networks:tiny"


def test_a_network_opens_where_every_layer_keeps_a_neuron(own: Callable[..., None]) -> None:
    """At the sparsity that it starts from a layer would be empty; what the visitor chooses is left as it is."""
    own("--model", "own_networks:uneven", "--input", "1x1x8x8x8")
    app = visit()
    opened = shown_state(app)
    plan = compute.results(opened).plan
    assert 0 < opened.sparsity < 0.5
    assert plan.feasible
    assert opened.sparsity == at_most(plan.max_feasible_sparsity)
    assert app.query_params["sparsity"] == str(opened.sparsity)
    beyond = shown_state(move(app, sparsity=0.5))
    assert beyond.sparsity == 0.5
    assert not compute.is_feasible(beyond)


def test_the_report_lists_attributes_that_may_be_stale(own: Callable[..., None]) -> None:
    own("--model", "own_networks:remembering", "--input", "1x1x8x8x8")
    state = shown_state(visit(sparsity="0.3", method="random"))
    kept = load_plan(io.BytesIO(compute.plan_zip(state))).kept_counts["2"]
    assert kept < 8
    assert compute.stale(state) == [f"'output_channels' says 8, '2' has {kept} now"]
    page = html.unescape(files.html(state, "", {}, date(2026, 1, 1)).decode())
    assert f"<li>'output_channels' says 8, '2' has {kept} now</li>" in page


def test_a_network_of_ones_own_is_called_as_the_command_line_says(
    own: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = ["--input", '["1x1x8x8x8", "1x1x8x8x8"]', "--input", "mask=1x1x8x8x8:bool"]
    own("--model", "own_networks:Masked", *inputs)
    app = visit(sparsity="0.3")
    assert not app.error
    state = shown_state(app)
    plan = load_plan(io.BytesIO(compute.plan_zip(state)))
    assert format_inputs(plan.inputs) == [inputs[1], inputs[3]]
    assert "random inputs" in app.caption[-1].value
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    exec(reproducing.script(state, heavy.own(state)), found)
    assert all(torch.equal(plan.kept[name], mask) for name, mask in found["plan"].kept.items())
    assert shlex.join(inputs) in command_line(state, heavy.own(state))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "own_networks:broken", "--input", "1x1x8x8x8"], "no weights here"),
        (["--model", "own_networks:absent", "--input", "1x1x8x8x8"], "has no 'absent'"),
        (["--model", "own_networks:tiny", "--input", "1x5x8x8x8"], "5"),
        (["--model", "own_networks:tiny", "--input", "1xax8"], "is no shape"),
        (["--model", "own_networks:tiny", "--input", "k=1x1", "--input", "k=1x1"], "'k' is given twice"),
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


def _tiny() -> nn.Module:
    model: nn.Module = importlib.import_module("own_networks").tiny()
    return model


def _trained(path: Path, network: nn.Module) -> Path:
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.1)
    torch.save({"state_dict": {f"module.{name}": value for name, value in network.state_dict().items()}}, path)
    return path


def test_pruning_after_training_stands_beside_pruning_before_it(
    own: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _trained(tmp_path / "best.pt", _tiny())
    title = read_checkpoint(file).title
    own("--model", "own_networks:tiny", "--input", "1x1x8x8x8", "--checkpoint", str(file))
    app = visit(sparsity="0.3")
    assert not app.error
    assert (app.selectbox(key="architecture").value, app.selectbox(key="preset").value) == ("own", "trained")
    assert f"with the trained weights of {title}" in app.caption[-1].value
    after = shown_state(app)
    before = shown_state(visit(sparsity="0.3", preset="own"))
    assert before == replace(after, preset="own")
    plans = [load_plan(io.BytesIO(compute.plan_zip(state))) for state in (before, after)]
    assert [plan.provenance.checkpoint for plan in plans] == [None, "best.pt"]
    assert plans[0].provenance.weights_sha256 != plans[1].provenance.weights_sha256
    trained = _tiny()
    load_checkpoint(trained, file)
    assert plans[1].provenance.weights_sha256 == weights_sha256(trained)
    assert (
        html.escape(str(plans[1].provenance.checkpoint_sha256)) in files.html(after, "", {}, date(2026, 1, 1)).decode()
    )

    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    exec(reproducing.script(after, heavy.own(after)), found)
    assert found["plan"].provenance == plans[1].provenance
    assert all(torch.equal(plans[1].kept[name], mask) for name, mask in found["plan"].kept.items())
    assert f"--checkpoint {file}" in command_line(after, heavy.own(after))
    assert "--checkpoint" not in command_line(before, heavy.own(before))


def test_a_network_of_the_library_with_trained_weights(own: Callable[..., None], tmp_path: Path) -> None:
    file = _trained(tmp_path / "best.pt", build("unet3d", "classroom"))
    own("--architecture", "unet3d", "--checkpoint", str(file))
    app = visit(method="magnitude", sparsity="0.3")
    assert not app.error
    state = shown_state(app)
    assert (state.architecture, state.preset) == ("own", "trained")
    assert heavy.network_of(state).provenance.checkpoint == "best.pt"
    assert compute.choices().architectures["own"].title == "unet3d, classroom"
    assert [size.title for size in compute.choices().architectures["own"].presets.values()] == ["trained: best.pt"]
    assert stability_of.obstacle(replace(state, method="ranp-f")) == "trained"
    line = command_line(state, heavy.own(state))
    assert line.startswith(f"python -m ranp prune unet3d --preset classroom --checkpoint {file} --seed 0")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--checkpoint", "FILE"], "needs the network that it is of"),
        (["--architecture", "unet3d"], "needs the network that it is of"),
        (["--architecture", "unet3d", "--checkpoint", "FILE"], "are not this network's: missing 'encoder"),
        (["--architecture", "unet4d", "--checkpoint", "FILE"], "unet4d"),
        (["--model", "own_networks:tiny", "--input", "1x1x8x8x8", "--architecture", "unet3d"], "not both"),
        (["--model", "own_networks:broken", "--input", "1x1x8x8x8", "--checkpoint", "FILE"], "no weights here"),
        (["--model", "own_networks:tiny", "--input", "1x1x8x8x8", "--checkpoint", "none.pt"], "No such file"),
    ],
)
def test_trained_weights_that_cannot_be_used_are_told_in_a_sentence(
    own: Callable[..., None], tmp_path: Path, arguments: list[str], words: str
) -> None:
    file = str(_trained(tmp_path / "best.pt", _tiny()))
    own(*(file if argument == "FILE" else argument for argument in arguments))
    app = visit()
    assert not app.exception
    assert words in app.error[0].value


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
        interrupted.setattr("explorer.page.subject.known_layers", lambda *_: st.stop())
        app.run()
    app.run()
    assert told == [False, False, True]
