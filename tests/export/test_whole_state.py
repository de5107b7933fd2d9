"""All that was set, saved and read again: the same state, the same pins, and whether the same neurons stay."""

import json
from dataclasses import replace

import pytest

from explorer import compute
from explorer.export import whole_state, wording
from explorer.page import pinboard
from explorer.state import MAX_LINK, MAX_PINS, ExplorerState, Pin, decisive, default_state, settle
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
    return whole_state.write(state, [pin], compute.choices())


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
    "another format": (
        lambda document: {**document, "format": "other", "made_with": "ranp-explorer-state"},
        "'format' of the saved state is 'other', not 'ranp-explorer-state'",
    ),
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
    assert all(notice.startswith("The saved state asks for ") for notice in kept.notices)


def test_a_visitor_goes_on_from_it(state: ExplorerState, saved: bytes) -> None:
    app = visit(preset="classroom", method="random")
    assert "State (.json)" in [button.proto.label for button in app.get("download_button")]
    upload(app, "state.json", saved)
    assert not app.exception
    assert "All that somebody had set: `Random, sparsity 32.2 %`." in told(app)
    app.button(key="open_state").click().run()
    assert app.session_state["_last_state"] == state
    assert [pin.name for pin in app.session_state["_pins"]] == ["First try"]


def test_pins_that_fit_no_link_are_saved_and_read(state: ExplorerState) -> None:
    """Two of them: each alone is longer than what a link may have of one pin, and has more settings."""
    named = tuple(f"encoder{number}.a_rather_long_name" for number in range(400))
    long = replace(state, protect=named, caps=tuple((name, 0.5) for name in named))
    pins = [Pin(number, number, f"Pin {number}", replace(long, seed=number)) for number in range(2)]
    content = whole_state.write(state, pins, compute.choices())
    assert len(content) > MAX_LINK
    kept = whole_state.read(content, compute.choices())
    assert list(kept.notices) == []
    assert list(kept.pins) == [(pin.name, replace(pin.state, layer="", neuron=-1)) for pin in pins]


def test_a_pin_that_is_too_long_is_said_of_the_file(saved: bytes) -> None:
    document = json.loads(saved)
    document["pins"] = ["protect=a&" * (whole_state.MOST_SETTINGS + 1), *["method=random"] * MAX_PINS]
    notices = whole_state.read(json.dumps(document).encode(), compute.choices()).notices
    assert [notice.partition(",")[0] for notice in notices] == [
        "A pinned plan of the saved state",
        f"The saved state pins {MAX_PINS + 1} plans; the first {MAX_PINS} are shown.",
    ]


def test_a_plan_of_seconds_is_compared_too(state: ExplorerState) -> None:
    """A file names no time table; what is at hand does."""
    timed = settle(replace(state, method="ranp-t"))
    table = compute.table_of(timed)
    assert table is not None
    compute.calling(timed, table.batch).result()
    compute.importance(timed).result()
    present = replace(timed, table=compute.name_table(table))
    kept = whole_state.read(whole_state.write(present, [], compute.choices()), compute.choices())
    assert whole_state.compared(kept, present) == wording.SAME_STATE
    other = replace(kept, hashes={**kept.hashes, "masks_sha256": "0"})
    assert "another machine, version, time table, data or code" in (whole_state.compared(other, present) or "")


def test_pins_that_find_no_place_are_said_on_explore(state: ExplorerState, saved: bytes) -> None:
    app = visit(preset="classroom", method="random")
    board = [Pin(number, number, f"{number}", replace(state, seed=number + 10)) for number in range(MAX_PINS)]
    app.session_state["_pins"] = board
    upload(app, "state.json", saved)
    app.button(key="open_state").click().run()
    assert not app.exception
    assert [notice.value for notice in app.warning] == [pinboard.left_out(1)]
