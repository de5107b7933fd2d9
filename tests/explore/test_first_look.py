"""Charts at once: what comes with the library, a first look on one example, and the ways out where memory is short."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.compute import heavy, needs
from explorer.state import ExplorerState, default_state, from_query, to_query
from ranp.subject import compute_scores
from tests.explore.test_explorer import metrics, sentence, visit

GIGABYTES = 10**9


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


def state(**changes: Any) -> ExplorerState:
    return replace(default_state(compute.choices(), "unet3d", "classroom"), **changes)


def paper(**changes: Any) -> ExplorerState:
    return state(preset="brats", sparsity=0.7817, lam=15.0, **changes)


def test_a_network_at_the_papers_size_is_there_without_a_click(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "available_memory", lambda: 1)  # nothing could be computed
    app = visit(architecture="unet3d", preset="shapenet")
    assert not app.error
    assert "removes" in sentence(app)
    assert "voxel-parts procedural, 1 example, seed 0" in captions(app)
    assert all(button.key != "compute" for button in app.button)


def test_the_memory_is_that_of_the_batch_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """BraTS at the paper's size: 8.7 GB for one example, and half as much again for kernels."""
    monkeypatch.setattr(needs, "available_memory", lambda: 14 * GIGABYTES)
    assert needs.refusal(paper(seed=5)) is None
    refused = needs.refusal(paper(seed=5, examples="8"))
    assert refused is not None
    assert "about 26.0 GB" in refused
    monkeypatch.setattr(needs, "available_memory", lambda: 12 * GIGABYTES)
    refused = needs.refusal(paper(seed=5))
    assert refused is not None
    assert "about 13.0 GB" in refused


@pytest.mark.parametrize("criterion", ["l1", "l2"])
def test_weights_alone_are_never_refused(monkeypatch: pytest.MonkeyPatch, criterion: str) -> None:
    monkeypatch.setattr(needs, "available_memory", lambda: 1)
    assert needs.refusal(paper(seed=5, criterion=criterion)) is None
    monkeypatch.setattr(heavy, "LONG_MACS", 1)
    app = visit(seed="5", criterion=criterion)
    assert not app.error
    assert "removes" in sentence(app)


@pytest.mark.parametrize("criterion", ["pgp", "bn-scale"])
def test_what_needs_training_is_told_where_nothing_is_trained(criterion: str) -> None:
    app = visit(criterion=criterion, preset="classroom")
    assert not app.error
    assert not app.exception
    assert any("train first: on *Train check*" in info.value for info in app.info)
    app.selectbox(key="criterion").select("fpgm").run()
    assert not app.error
    assert "removes" in sentence(app)


def test_the_ways_out_are_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "available_memory", lambda: 1)
    app = visit(architecture="mobilenetv2", preset="ucf101", seed="6")
    assert "memory" in app.error[0].value
    ways = [str(button.key) for button in app.button if str(button.key).startswith("way_")]
    assert ways == ["way_one", "way_smaller", "way_weights", "way_magnitude", "way_random"]
    [command] = [code.value for code in app.code if "ranp prune" in code.value]
    assert command.startswith("python -m ranp prune mobilenetv2 --preset ucf101 --seed 6")
    assert "--sparsity 0.3315" in command
    assert command.endswith("--out plan.zip")
    app.button(key="way_weights").click().run()
    assert not app.error
    assert app.session_state["criterion"] == "l2"
    assert "removes" in sentence(app)


@pytest.mark.parametrize(
    ("way", "name", "value"),
    [("one", "examples", "1"), ("smaller", "preset", "classroom"), ("magnitude", "method", "magnitude")],
)
def test_each_way_out_sets_what_it_says(monkeypatch: pytest.MonkeyPatch, way: str, name: str, value: str) -> None:
    monkeypatch.setattr(needs, "available_memory", lambda: 1)
    app = visit(architecture="mobilenetv2", preset="ucf101", seed="6")
    monkeypatch.undo()
    app.button(key=f"way_{way}").click().run()
    assert getattr(app.session_state["_last_state"], name) == value
    assert metrics(app) or sentence(app)


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Event:
    """What the thorough scoring waits for; every network is too long for the visitor's patience."""
    go_on = Event()
    monkeypatch.setattr(needs, "PATIENT_MACS", 1)
    monkeypatch.setattr(heavy, "compute_scores", waiting_for(go_on))
    return go_on


def waiting_for(go_on: Event) -> Callable[..., Any]:
    def scored(network: Any, graph: Any, scoring: Any, *more: Any) -> Any:
        if scoring.examples > 1:
            assert go_on.wait(60)
        return compute_scores(network, graph, scoring, *more)

    return scored


def test_one_example_is_shown_first_and_the_rest_as_it_comes(rest: Event) -> None:
    app = visit(seed="92")
    asked = state(seed=92)
    first = replace(asked, examples="1")
    assert "brain procedural, 1 example, seed 92" in captions(app)
    assert any("Charts of **1 example**. 8 are being computed" in text.value for text in app.markdown)
    removed = f"removes **{removed_by(first)} of"
    assert removed in sentence(app)
    rest.set()
    compute.importance(asked).wait(60)
    app.run()
    assert "brain procedural, 8 examples, batches of 2, seed 92" in captions(app)
    assert not any("Charts of **1 example**" in text.value for text in app.markdown)
    assert f"removes **{removed_by(asked)} of" in sentence(app)


def removed_by(state: ExplorerState) -> int:
    plan = compute.results(state).plan
    assert plan.pruned is not None
    return plan.full.neurons - plan.pruned.neurons


def test_a_first_look_that_fails_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of one is too few for some networks' norm layers."""

    def scored(network: Any, graph: Any, scoring: Any, *more: Any) -> Any:
        if scoring.examples == 1:
            raise ValueError("expected more than 1 value per channel when training")
        return compute_scores(network, graph, scoring, *more)

    monkeypatch.setattr(needs, "PATIENT_MACS", 1)
    monkeypatch.setattr(heavy, "compute_scores", scored)
    app = visit(seed="93")
    assert not app.error
    assert "8 examples" in captions(app)


def test_how_many_examples_is_in_the_link() -> None:
    choices = compute.choices()
    eight = paper(examples="8")
    query = to_query(eight, choices)
    assert query["examples"] == ["8"]
    assert from_query(query, choices) == (eight, [])
    again, notices = from_query({**query, "examples": ["nine"]}, choices)
    assert again.examples == "usual"
    assert "examples `nine`" in notices[0]
    assert compute.examples(paper()) == (1, 1)
    assert compute.examples(eight) == (8, 2)
    assert compute.examples(state()) == (8, 2)
    assert compute.examples(state(criterion="l2")) == (1, 1)
