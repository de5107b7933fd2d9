"""Which of the two recipes a check ran, and what the nudge of that recipe is, told below its results."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.training import queue, wording
from explorer.training.facts_of import nudge
from ranp.checks import Contestant, nudge_check, read_nudges
from ranp.checks.nudge import NOT_MEASURED, Nudged
from ranp.models import RECIPES
from ranp.queue import Database, enqueue, work
from ranp.subject import Subject
from tests.training.test_page_training import made_up, said, visit

KNOWN = Subject("unet3d", "classroom-shapes")


def shown(recipe: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page on a check of that recipe, whose figures are made up."""
    monkeypatch.setattr("ranp.queue.worker.run_check", made_up)
    enqueue(queue.database(), nudge_check("voxel-parts", recipe, 2), "somebody", "a check")
    work(Database(queue.database().url), idle_seconds=0)
    return visit()


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_recipe_and_its_nudge_stand_below_the_result(
    recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANP_DATABASE", str(tmp_path / "studies.db"))
    monkeypatch.setenv("RANP_WORKER", "none")
    monkeypatch.setattr(queue, "READ_SECONDS", 0.0)
    check = nudge_check("voxel-parts", recipe, 2)
    app = shown(recipe, monkeypatch)
    assert not app.exception
    text = re.sub(r"\\", "", said(app))
    assert f"Trained for {KNOWN.recipe_called(recipe).steps} steps ({recipe} recipe). {nudge(check)}" in text
    other = next(name for name in RECIPES if name != recipe)
    assert f"({other} recipe)" not in text


def test_the_nudge_is_that_of_the_recipe_that_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    known = read_nudges()["voxel-parts, quick"]
    quick, longer = (nudge_check("voxel-parts", name) for name in RECIPES)
    monkeypatch.setattr("explorer.training.facts_of._nudges", lambda: {"voxel-parts, quick": known})
    assert nudge(quick) == known.text
    assert nudge(longer) == NOT_MEASURED
    entries = tuple((share, replace(entry, score=0.9 + 1e5 * share)) for share, entry in known.entries)
    moved = Nudged(longer, entries, ())
    monkeypatch.setattr("explorer.training.facts_of._nudges", lambda: {"a": known, "b": moved})
    assert nudge(longer) == moved.text != known.text
    alone = replace(quick, contestants=(Contestant(),))
    assert nudge(alone) == known.text  # the recipe's, whoever was trained
    assert wording.recipe("own", 7) == "7 steps (no recipe of this size)"
