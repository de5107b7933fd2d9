"""The nudge: what is moved, what is said of it, and a measurement that goes on where it stopped."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ranp.checks import COURSES, Check, Contestant, Entry, nudge_check, nudge_text, read_nudges, run_check, run_nudges
from ranp.checks.nudge import NOT_MEASURED, NUDGES, Nudged, nudge_of
from ranp.checks.run import _move_one_weight
from ranp.models import RECIPES, Recipe
from ranp.subject import Subject

SMALL = Subject("unet3d", "classroom-shapes", {"base_channels": 2})
SHORT = Recipe(steps=2, batch_size=2, learning_rate=1e-2, train_examples=4, test_examples=2, evaluations=1)


def test_one_weight_moves_and_no_other() -> None:
    model = torch.nn.Sequential(torch.nn.Conv3d(1, 2, 3), torch.nn.Conv3d(2, 2, 1))
    with torch.no_grad():
        model[0].weight.view(-1)[0] = 0  # which nothing moves
    before = [parameter.clone() for parameter in model.parameters()]
    _move_one_weight(model, 0.5)
    moved = [(old != new).nonzero().tolist() for old, new in zip(before, model.parameters(), strict=True)]
    assert moved == [[[0, 0, 0, 0, 1]], [], [], []]
    assert model[0].weight.view(-1)[1] == 1.5 * before[0].view(-1)[1]


def test_a_nudged_check_trains_a_little_differently() -> None:
    check = Check(SMALL, (Contestant(),), recipe=SHORT)
    losses = [run_check(replace(check, nudge=share))[0].curve[-1].loss for share in (0.0, 0.0, 1e-3)]
    assert losses[0] == losses[1] != losses[2]
    assert losses[2] == pytest.approx(losses[0], rel=0.1)


@pytest.mark.parametrize("share", [1.0, -2.0, float("nan")])
def test_a_nudge_is_a_small_share(share: float) -> None:
    with pytest.raises(ValueError, match="small share of a weight"):
        Check(SMALL, (Contestant(),), nudge=share)


def made(scores: dict[str, dict[float, tuple[float | None, ...]]]) -> Nudged:
    entries = tuple(
        (share, Entry(place, label, seed, score=score, reason="it diverged" if score is None else None))
        for place, (label, by_share) in enumerate(scores.items())
        for share, found in by_share.items()
        for seed, score in enumerate(found)
    )
    seeds = tuple(range(len(next(iter(scores["full"].values())))))
    return Nudged(replace(nudge_check("brain", "quick"), seeds=seeds), entries, ({"machine": "a machine"},))


def test_the_nudge_is_the_furthest_move_from_the_same_seed() -> None:
    found = made({
        "full": {0.0: (0.90, 0.80), 1e-6: (0.91, 0.79), -1e-6: (0.90, 0.83)},
        "ranp-f": {0.0: (0.40, None), 1e-6: (0.85, 0.2), -1e-6: (None, 0.3)},
    })  # fmt: skip
    assert found.moved == pytest.approx({"full": 0.03, "ranp-f": 0.45})
    assert found.text == (
        "One weight moved by a millionth moved the score by up to 0.030 (full, 42% of the spread of ± 0.071 over "
        "seeds) and 0.450 (ranp-f); from 2 seeds, on a machine."
    )


def test_a_recipe_is_known_by_its_network_and_its_length() -> None:
    known = {"brain, quick": made({"full": {0.0: (0.9,), 1e-6: (0.8,)}})}
    quick = COURSES["brain"].subject.recipe
    assert nudge_of(replace(COURSES["brain"], recipe=quick), known) is known["brain, quick"]
    told = nudge_text(replace(COURSES["brain"], recipe=None, seeds=(7,)), known)
    assert told.endswith("by up to 0.100 (full); from 1 seed, on a machine.")
    for other in (COURSES["brain"], replace(COURSES["brain"], recipe=replace(quick, steps=99)), COURSES["voxel-parts"]):
        assert nudge_text(other, known) == NOT_MEASURED


def test_a_measurement_goes_on_and_first_seeds_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, int, float]] = []

    def fake(check: Check, report: Any) -> list[Entry]:
        ran.append((check.subject.architecture or "", check.seeds[0], check.nudge))
        return [
            Entry(place, each.label, check.seeds[0], score=0.5 + check.nudge * 1e5 * (place + 1))
            for place, each in enumerate(check.contestants)
        ]

    monkeypatch.setattr("ranp.checks.nudge.run_check", fake)
    path = tmp_path / "nudges.json"
    checks = {task: nudge_check(task, "quick", seeds) for task, seeds in (("brain", 1), ("stereo", 2))}
    run_nudges(path, {"brain": checks["brain"]}, "first")
    found = run_nudges(path, checks, "second")
    shares = (0.0, *NUDGES)
    assert ran == [
        (name, seed, share) for name, seed in (("unet3d", 0), ("psmnet", 0), ("psmnet", 1)) for share in shares
    ]
    assert found["stereo"].check.seeds == (0, 1)
    assert found["stereo"].moved == pytest.approx({"full": 0.1, "ranp-f": 0.2})
    assert [run["command"] for run in found["brain"].runs] == ["first"] * len(shares)
    assert found["brain"].runs[0]["versions"]["torch"]
    longer = {"brain": replace(checks["brain"], recipe=Recipe(steps=7))}
    assert run_nudges(path, longer, "third")["brain"].check.used_recipe.steps == 7  # what was kept is of another recipe


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "nudges.json"
    assert read_nudges(path) == {}
    path.write_text(json.dumps({"brain": {"check": {}, "runs": [], "entries": [{"nudge": "much", "entry": {}}]}}))
    with pytest.raises(ValueError, match=r"the nudge of 'brain' in .*nudges\.json"):
        read_nudges(path)


def test_what_ships_is_of_recipes_that_there_are() -> None:
    for name, found in read_nudges().items():
        task, _, recipe = name.partition(", ")
        assert found.check.subject == COURSES[task].subject
        assert found.check.recipe_name == recipe
        assert recipe in RECIPES
        assert {share for share, _ in found.entries} == {0.0, *NUDGES}
        assert nudge_of(found.check, read_nudges()) == found
