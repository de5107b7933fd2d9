"""All that was set, saved and read again: the same state, the same pins, and whether the same neurons stay."""

import json
from dataclasses import replace

import pytest

from explorer import compute
from explorer.export import whole_state, wording
from explorer.state import ExplorerState, Pin, decisive, default_state, write_pin
from tests.export.test_page_export import told, upload, visit


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    """A state of which little is as by default; its method needs no data."""
    start = default_state(compute.choices(), "unet3d", "classroom")
    chosen = replace(start, method="random", sparsity=0.3217, lam=7.0, seed=4, protect=("encoder2.conv1",), batch=3)
    chosen = replace(chosen, caps=(("encoder1.conv1", 0.25),), min_neurons=2, coupling="all", layer="final", neuron=1)
    compute.tracing(chosen).result()
    return chosen


@pytest.fixture(scope="module")
def saved(state: ExplorerState) -> bytes:
    pin = Pin(1, 0, "First try", replace(state, sparsity=0.1))
    return whole_state.write(state, [write_pin(pin, compute.choices())])


def test_what_is_saved_is_what_is_read(state: ExplorerState, saved: bytes) -> None:
    assert whole_state.is_one(saved)
    kept = whole_state.read(saved, compute.choices())
    assert (kept.state, list(kept.notices)) == (state, [])
    [(name, pinned)] = kept.pins
    assert (name, decisive(pinned)) == ("First try", decisive(replace(state, sparsity=0.1)))
    assert whole_state.compared(kept, state) == wording.SAME_STATE
    assert whole_state.compared(kept, replace(state, sparsity=0.5)) is None


def test_other_scores_and_masks_are_said(state: ExplorerState, saved: bytes) -> None:
    document = {**json.loads(saved), "masks_sha256": "0", "weights_sha256": None}
    kept = whole_state.read(json.dumps(document).encode(), compute.choices())
    said = whole_state.compared(kept, state)
    assert said is not None
    assert "but the weights and the neurons that stay differ from what was saved" in said


STRANGE = {
    "no JSON": (lambda document: b'{"format": "ranp-explorer-state",', "is not valid JSON"),
    "another version": (lambda document: {**document, "version": 9}, "has version 9, this explorer reads 1"),
    "no list": (lambda document: {**document, "settings": {}}, "'settings' in the saved state must be a list"),
    "no pairs": (lambda document: {**document, "settings": [["a"]]}, "pairs of texts"),
    "more keys": (lambda document: {**document, "more": 1}, "unknown key"),
    "too long": (lambda document: {**document, "pins": ["x" * whole_state.MAX_BYTES]}, "has at most 1 MB"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_file_that_is_none_is_refused_in_a_sentence(name: str, saved: bytes) -> None:
    change, sentence = STRANGE[name]
    changed = change(json.loads(saved))
    with pytest.raises(ValueError, match=sentence):
        whole_state.read(changed if isinstance(changed, bytes) else json.dumps(changed).encode(), compute.choices())


def test_settings_that_make_no_sense_fall_back_and_are_said(saved: bytes) -> None:
    document = json.loads(saved)
    document["settings"] += [["sparsity", "7"], ["method", "</script>"], ["nothing", "x"]]
    kept = whole_state.read(json.dumps(document).encode(), compute.choices())
    assert kept.state.sparsity == default_state(compute.choices(), "unet3d", "classroom").sparsity
    assert len(kept.notices) == 2


def test_a_visitor_goes_on_from_it(state: ExplorerState, saved: bytes) -> None:
    app = visit(preset="classroom", method="random")
    assert "State (.json)" in [button.proto.label for button in app.get("download_button")]
    upload(app, "state.json", saved)
    assert not app.exception
    assert "All that somebody had set: `Random, sparsity 32.2 %`." in told(app)
    app.button(key="open_state").click().run()
    assert app.session_state["_last_state"] == state
    assert [pin.name for pin in app.session_state["_pins"]] == ["First try"]
