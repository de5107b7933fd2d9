"""The cache key of scores changes with everything that scores depend on, and with nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import ranp.data
from ranp.graph import trace
from ranp.importance import importance
from ranp.models import build, example_inputs, find_preset
from ranp.subject import Scoring, draw_batches, score_preset
from ranp.types import Scores

ARGUMENTS = {"base_channels": 2}


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys that are asked of the cache, which computes nothing here."""
    seen: list[str] = []

    def note(key: str, _: object) -> Scores:
        seen.append(key)
        return {}

    monkeypatch.setattr("ranp.subject.scoring.cached_scores", note)
    return seen


@pytest.fixture(scope="module")
def asked() -> dict[str, Any]:
    """One complete question to `score_preset`."""
    model = build("unet3d", "classroom", **ARGUMENTS)
    return {
        "model": model,
        "graph": trace(model, example_inputs("unet3d", "classroom"), check=False),
        "name": "unet3d",
        "preset": "classroom",
        "arguments": ARGUMENTS,
        "batches": draw_batches("unet3d", "classroom", ARGUMENTS, Scoring()),
        "scoring": Scoring(),
    }


def test_another_question_is_another_key(
    asked: dict[str, Any], keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring = asked["scoring"]
    inputs, target = asked["batches"][0]
    changes: list[dict[str, Any]] = [
        {},
        {"model": build("unet3d", "classroom", seed=1, **ARGUMENTS)},
        {"model": build("unet3d", "classroom", init="orthogonal", **ARGUMENTS)},
        {"preset": "classroom-shapes"},
        {"preset": "classroom-shapes", "arguments": {**find_preset("unet3d", "classroom").arguments, **ARGUMENTS}},
        {"arguments": {"base_channels": 3}},
        {"batches": [(inputs + 1e-6, target)]},
        {"batches": [(inputs, target.roll(1))]},
        {"batches": [(inputs, target), (inputs, target)]},
        {"scoring": replace(scoring, criterion="mnmg")},
        {"scoring": replace(scoring, reduce="max")},
        {"scoring": replace(scoring, autocast=True)},
    ]
    for change in changes:
        score_preset(**{**asked, **change})
    monkeypatch.setattr("ranp.subject.scoring.__version__", "9.9")
    score_preset(**asked)
    assert len(set(keys)) == len(changes) + 1


def test_the_same_question_is_the_same_key(asked: dict[str, Any], keys: list[str]) -> None:
    again = {
        **asked,
        "model": build("unet3d", "classroom", **ARGUMENTS),
        "batches": draw_batches("unet3d", "classroom", ARGUMENTS, Scoring()),
    }
    score_preset(**asked)
    score_preset(**again)
    assert keys[0] == keys[1]


def test_scores_are_those_of_importance(asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RANP_CACHE", str(tmp_path))
    expected = importance(asked["model"], asked["batches"], ranp.data.loss("brain"))
    for _ in range(2):
        scores = score_preset(**asked)
        assert list(scores) == list(expected)
        assert all(torch.equal(scores[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"criterion": "snip"}, "criterion must be one of mpmg, mnmg"),
        ({"reduce": "median"}, "reduce must be one of sum"),
        ({"count": 0}, "count must be at least 1"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"device": "abacus"}, "there is no device 'abacus'"),
        ({"device": "cpu:3"}, "this machine has no device 'cpu:3'"),
        ({"device": "meta"}, "this machine has no device 'meta'"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Scoring(**settings)
