"""Races: what is run and in which order, going on where one stopped, and what is said of the result."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ranp.__main__ import main
from ranp.checks import (
    COURSES,
    RACED,
    SHIPPED,
    Check,
    Entry,
    Progress,
    Race,
    markdown,
    race,
    read_races,
    run_races,
    verdict,
)
from ranp.models import Recipe
from ranp.subject import Subject

ROOT = Path(__file__).parents[2]
SCORES = {"full": 0.9, "ranp-f": 0.7, "weighted": 0.6, "layerwise": 0.75, "random": 0.5, "vanilla": None}
SHORT = {name: replace(COURSES[name], recipe=Recipe(steps=1)) for name in ("brain", "stereo")}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    seen: list[tuple[str, int]] = []

    def fake(check: Check, report: Any) -> list[Entry]:
        (seed,) = check.seeds
        seen.append((check.subject.architecture, seed))
        return [
            Entry(
                index, each.label, seed, reason=None if score else "a layer is empty", score=score and score + seed / 10
            )
            for index, each in enumerate(check.contestants)
            for score in [SCORES[each.label]]
        ]

    monkeypatch.setattr("ranp.checks.races.run_check", fake)
    return seen


def test_first_seeds_of_all_come_before_second_ones_and_a_run_goes_on(
    ran: list[tuple[str, int]], tmp_path: Path
) -> None:
    path = tmp_path / "races.json"
    run_races(path, {"brain": SHORT["brain"]}, 1, "first")
    found = run_races(path, SHORT, 2, "second")
    assert ran == [("unet3d", 0), ("psmnet", 0), ("unet3d", 1), ("psmnet", 1)]
    assert found["brain"].check.seeds == (0, 1)
    assert len(found["brain"].entries) == 2 * (1 + len(RACED))
    assert [(run["seeds"], run["command"]) for run in found["brain"].runs] == [([0], "first"), ([1], "second")]
    assert found["brain"].runs[0]["versions"]["torch"]
    run_races(path, SHORT, 2, "third")
    assert len(ran) == 4


def test_progress_is_that_of_all_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, float]] = []

    def fake(check: Check, report: Callable[[Progress], None]) -> list[Entry]:
        report(Progress(0, "full", check.seeds[0], 3, 0.5, 0.5, 10.0))
        return []

    monkeypatch.setattr("ranp.checks.races.run_check", fake)
    run_races(tmp_path / "races.json", SHORT, 1, "all", lambda name, progress: told.append((name, progress.done)))
    assert told == [("brain", 0.25), ("stereo", 0.75)]


def test_a_course_that_changed_is_run_again(ran: list[tuple[str, int]], tmp_path: Path) -> None:
    path = tmp_path / "races.json"
    run_races(path, SHORT, 1, "first")
    changed = {**SHORT, "brain": replace(SHORT["brain"], recipe=Recipe(steps=2))}
    found = run_races(path, changed, 1, "second")
    assert ran[2:] == [("unet3d", 0)]
    assert found["brain"].check.used_recipe.steps == 2
    assert len(found["brain"].entries) == 1 + len(RACED)


def test_every_task_is_raced_at_equal_macs() -> None:
    assert {name: course.subject.library_preset.task for name, course in COURSES.items()} == {
        name: name for name in COURSES
    }
    assert len(COURSES) == 4
    for course in COURSES.values():
        assert course.contestants[0].pruning is None
        assert len({each.pruning.budget for each in course.contestants[1:] if each.pruning}) == 1


def make(scores: dict[str, tuple[float | None, ...]]) -> Race:
    check = race(Subject("unet3d"), tuple(list(scores)[1:]), seeds=tuple(range(len(scores["full"]))))
    entries = tuple(
        Entry(index, label, seed, score=score, reason=None if score is not None else "empty")
        for index, (label, values) in enumerate(scores.items())
        for seed, score in enumerate(values)
    )
    return Race("brain", check, entries, ())


@pytest.mark.parametrize(
    ("scores", "says"),
    [
        (
            {"full": (0.9, 0.9), "ranp-f": (0.5, 0.52), "random": (0.7, 0.72), "vanilla": (None, None)},
            "brain: random did best (0.710 ± 0.014), ranp-f 0.510 ± 0.014; vanilla failed from some seed or all.",
        ),
        (
            {"full": (0.9, 0.9), "ranp-f": (0.5, 0.7), "random": (0.6, 0.64)},
            "brain: random did best (0.620 ± 0.028), ranp-f 0.600 ± 0.141, which is within the spread.",
        ),
        (
            {"full": (0.9, 0.9), "ranp-f": (0.8, 0.82), "random": (0.9, None)},
            "brain: ranp-f did best (0.810 ± 0.014); random failed from some seed or all.",
        ),
        ({"full": (0.9,), "vanilla": (None,)}, "brain: no pruned network could be trained from every seed."),
    ],
)
def test_the_verdict_names_the_winner_whoever_it_is(
    scores: dict[str, tuple[float | None, ...]], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ranp.checks.race_table.ENOUGH_SEEDS", 1)
    assert verdict(make(scores)) == says


def test_a_smaller_error_wins() -> None:
    base = make({"full": (3.0,), "ranp-f": (3.5,), "random": (4.0,)})
    stereo = replace(base, name="stereo", check=replace(COURSES["stereo"], seeds=(0,)))
    assert verdict(stereo).startswith("stereo (from 1 of at least 5 seeds: too few to tell): ranp-f did best")


def test_the_table_shows_failures() -> None:
    table = markdown({"brain": make({"full": (0.9, 0.8), "ranp-f": (0.5, None), "vanilla": (None, None)})})
    line = table.splitlines()[2]
    assert "| 2 | 25% | 0.850 ± 0.071 | 0.500 (1 of 2 failed) |" in line
    assert line.endswith("| empties a layer |")
    assert "- stereo: not run yet." in table


def test_what_ships_is_what_the_courses_say_and_the_readme_shows() -> None:
    races = read_races()
    assert races.keys() <= COURSES.keys()
    for name, found in races.items():
        assert replace(found.check, recipe=None, seeds=(0,)) == COURSES[name]
        assert found.check.used_recipe == COURSES[name].used_recipe
        assert len(found.entries) == len(found.check.seeds) * len(found.check.contestants)
        assert sorted(seed for run in found.runs for seed in run["seeds"]) == sorted(found.check.seeds)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert markdown(races) in readme
    assert SHIPPED.stat().st_size < 300_000


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["race", "brain", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result["races"]) == ["brain"]
    assert main(["race", "--out", str(tmp_path / "none.json")]) == 0
    assert "run all with: ranp race --seeds 5" in capsys.readouterr().out
    assert main(["race", "chess"]) == 2
    assert "no race for 'chess'" in capsys.readouterr().err
