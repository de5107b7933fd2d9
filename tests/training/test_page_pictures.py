"""Pictures on the page and in the report: what is drawn is what was kept."""

import json
from base64 import b64decode
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.export import files
from explorer.state import default_state, to_query
from explorer.training import drawing, drawing_in_words, pictured_check, queue, requests
from explorer.training.requests import Length
from ranp.checks import Answers, Pictures, nudge_text, read_nudges
from ranp.checks.nudge import NOT_MEASURED
from ranp.queue import Database, enqueue, work
from tests.training.test_page_training import EXAMPLES, begin, made_up, said, url, visit

__all__ = ["url"]


@pytest.fixture(autouse=True)
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ranp.queue.worker.run_check", made_up)


def drawn(app: AppTest) -> Any:
    """What the page hands to the drawing of pictures; None where there is none."""
    found = [json.loads(each.proto.json) for each in app.get("bidi_component") if each.proto.json]
    return next((each["pictures"] for each in found if "pictures" in each), None)


def answers(index: int, label: str) -> Answers:
    return Answers(index, label, 0, (np.full((2, 2, 3), index, np.uint8),), (index / 3,))


def test_what_is_drawn_is_what_was_kept() -> None:
    told = drawing(Pictures(EXAMPLES, (answers(0, "full"), answers(1, "ranp-f"))))
    [example] = told["examples"]
    assert example["size"] == [2, 2, 3]
    for name in ("image", "truth"):
        values = np.frombuffer(b64decode(example[name]), np.uint8).reshape(2, 2, 3)
        assert np.array_equal(values, getattr(EXAMPLES.examples[0], name))
    assert [set(b64decode(each)) for each in example["answers"]] == [{0}, {1}]
    assert [each["errors"] for each in told["networks"]] == [
        ["0.0 % wrong in all slices"],
        ["33.3 % wrong in all slices"],
    ]
    assert told["shown"] == [0, 1, 4], "of parts each has a colour"
    assert told["labels"] == {0: "part 0", 1: "part 1", 4: "part 4"}
    assert told["words"]["dark"] == "nothing is known here"
    words = drawing_in_words(Pictures(EXAMPLES, (answers(1, "ranp-f"),)))
    assert "example 1: ranp-f 33.3 % wrong in all slices" in words


def test_the_background_of_a_scan_has_no_colour() -> None:
    told = drawing(Pictures(replace(EXAMPLES, task="tissue", names=("neither", "grey matter"))))
    assert told["shown"] == [1, 4]
    assert told["words"]["dark"] == "neither, or nothing is known"
    assert told["labels"] == {0: "neither", 1: "grey matter", 4: "label 4"}


def test_thinned_volumes_are_said_to_be_thinned() -> None:
    whole = drawing_in_words(Pictures(EXAMPLES))
    part = drawing_in_words(Pictures(replace(EXAMPLES, slices=128, every=3)))
    assert "Drawn are" not in whole
    assert "Drawn are every 3rd voxel of a slice and 2 of 128 slices; errors are of the whole." in part


def test_the_page_shows_what_is_asked_and_then_what_is_answered(url: str) -> None:
    app = visit(sparsity="0.3")
    before = drawn(app)
    assert before is not None
    assert before["networks"] == []
    assert len(before["examples"]) == 3
    assert "What the networks are asked" in said(app)
    app = begin(app)
    assert work(Database(url), idle_seconds=0) == 1
    after = drawn(visit(sparsity="0.3"))
    assert [network["says"] for network in after["networks"]] == ["full says", "ranp-f says"]
    assert len(after["examples"]) == 1


def test_the_report_shows_the_check_of_its_plan_and_of_no_other(url: str) -> None:
    state = replace(default_state(compute.choices(), "unet3d", "classroom-shapes"), method="random", sparsity=0.3)
    other = replace(state, sparsity=0.4)
    for each in (state, other):
        compute.tracing(each).result()
    assert pictured_check(state) is None
    database = Database(url)
    enqueue(database, requests.plan_check(state, Length(4)))
    assert work(database, idle_seconds=0) == 1
    queue.read(fresh=True)
    found = pictured_check(state)
    assert found is not None
    assert [each.label for each in found[1].answers] == ["full", "random"]
    assert pictured_check(other) is None
    told = [
        files.html(each, "It removes.", to_query(each, compute.choices()), date(2026, 1, 2)).decode()
        for each in (state, other)
    ]
    assert ["random says" in each for each in told] == [True, False]
    length = "4 steps (no recipe of this size)"
    assert f"mean IoU of parts after {length}, by the latest check of this plan: full 0.8" in told[0]
    assert "unpacked({" in told[0]
    assert NOT_MEASURED in told[0]  # whose steps are no recipe's, a nudge was not measured


def test_the_report_says_which_recipe_ran_and_its_nudge(url: str) -> None:
    state = replace(default_state(compute.choices(), "unet3d", "classroom-shapes"), method="random", sparsity=0.3)
    compute.tracing(state).result()
    database, check = Database(url), replace(requests.plan_check(state, Length(4)), recipe=None)
    enqueue(database, check)
    assert work(database, idle_seconds=0) == 1
    queue.read(fresh=True)
    told = files.html(state, "It removes.", to_query(state, compute.choices()), date(2026, 1, 2)).decode()
    steps = check.subject.recipe.steps
    assert f"mean IoU of parts after {steps} steps (quick recipe), by the latest check of this plan: full 0.8" in told
    assert nudge_text(check, read_nudges()) in told
    assert "One weight moved by a millionth" in told
