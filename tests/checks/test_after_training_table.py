"""The README's table on pruning after training: the figures that are kept, and how they come about."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.benchmarks.after_training.measuring import (
    AFTER,
    BEFORE,
    CONTESTANTS,
    NETWORKS,
    markdown,
    measure,
    provenance,
)
from tests.benchmarks.after_training.picture import in_words, svg

ROOT = Path(__file__).parents[2]
KEPT = json.loads((ROOT / "tests" / "benchmarks" / "after_training" / "figures.json").read_text(encoding="utf-8"))


def test_the_readme_shows_the_figures_that_are_kept() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert list(KEPT["networks"]) == list(NETWORKS)
    assert markdown(KEPT) in readme
    assert provenance(KEPT) in " ".join(readme.split())


def test_the_picture_is_drawn_from_the_figures_that_are_kept() -> None:
    drawn = (ROOT / "docs" / "after_training.svg").read_text(encoding="utf-8")
    assert drawn == svg(KEPT), "run: python -m tests.benchmarks.after_training --show ... --picture docs/..."
    assert f"![{in_words(KEPT)}](docs/after_training.svg)" in (ROOT / "README.md").read_text(encoding="utf-8")
    lines = ElementTree.fromstring(drawn).findall(".//{http://www.w3.org/2000/svg}polyline")
    curves = [one for found in KEPT["networks"].values() for one in found["curves"]]
    assert [len(line.attrib["points"].split()) for line in lines] == [len(one["points"]) for one in curves]


def _curves(found: dict[str, Any]) -> dict[str, list[list[float]]]:
    assert [one["label"] for one in found["curves"]] == list(CONTESTANTS)
    return {one["label"]: one["points"] for one in found["curves"]}


def _check(found: dict[str, Any], before: int, after: int) -> dict[str, list[list[float]]]:
    curves, macs = _curves(found), {one["label"]: one["macs"] for one in found["curves"]}
    full, tuned, anew = curves.values()
    assert found["before"] == before
    assert full[0] == [0, pytest.approx(found["start"])]  # where the training before ended
    assert (tuned[0][0], anew[0][0] > 0) == (0, True)
    assert full[-1][0] == tuned[-1][0] == anew[-1][0] == after
    assert macs["full, fine-tuned"] == 1
    assert 0.4 < macs["pruned, fine-tuned"] == macs["pruned, trained anew"] <= 0.5
    return curves


@pytest.mark.parametrize("name", NETWORKS)
def test_kept_figures_are_of_the_same_steps_and_the_same_macs(name: str) -> None:
    _check(KEPT["networks"][name], BEFORE, AFTER)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_fine_tuning_what_is_left_beats_training_it_anew_for_as_long(name: str) -> None:
    curves = _check(measure(name, seeds=1), BEFORE, AFTER)
    assert curves["pruned, fine-tuned"][-1][1] > curves["pruned, trained anew"][-1][1]
