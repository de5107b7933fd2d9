"""Races: what is run and in which order, going on where one stopped, and what is said of the result."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ranp.__main__ import main
from ranp.checks import (
    COURSES,
    RACED,
    SHARES,
    SHIPPED,
    TASKS,
    WHEN,
    Check,
    Entry,
    Progress,
    Race,
    course_name,
    missing,
    race,
    read_races,
    run_races,
    seconds_to_train,
    tables,
    verdict,
)
from ranp.models import RECIPES, Recipe
from ranp.subject import Subject

SCORES = {"full": 0.9, "ranp-f": 0.7, "weighted": 0.6, "layerwise": 0.75, "random": 0.5, "vanilla": None}
SHORT = {name: replace(COURSES[name], recipe=Recipe(steps=1)) for name in ("brain", "stereo")}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    seen: list[tuple[str, int]] = []

    def fake(check: Check, report: Any, finished: Any, finished_before: list[Entry]) -> list[Entry]:
        (seed,) = check.seeds
        seen.append((check.subject.architecture, seed))
        return [
            Entry(
                index, each.label, seed, reason=None if score else "a layer is empty", score=score and score + seed / 10
            )
            for index, each in enumerate(check.contestants)
            for score in [SCORES.get(each.label, 0.4)]
        ]

    monkeypatch.setattr("ranp.checks.racing.run_check", fake)
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

    def fake(check: Check, report: Callable[[Progress], None], *_: Any, **__: Any) -> list[Entry]:
        report(Progress(0, "full", check.seeds[0], 3, 0.5, 0.5, 10.0))
        return []

    monkeypatch.setattr("ranp.checks.racing.run_check", fake)
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


def test_a_network_that_two_races_have_in_common_is_trained_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[tuple[str, int]] = []

    def fake(check: Check, report: Any, finished: Any, finished_before: list[Entry]) -> list[Entry]:
        found = {each.contestant: each for each in finished_before}
        trained.extend((name, check.seeds[0]) for place, name in enumerate(check.labels) if place not in found)
        return [
            found.get(place) or Entry(place, name, check.seeds[0], score=0.5) for place, name in enumerate(check.labels)
        ]

    monkeypatch.setattr("ranp.checks.racing.run_check", fake)
    courses = {name: replace(COURSES[name], recipe=Recipe(steps=1)) for name in ("brain", "brain at 5%")}
    found = run_races(tmp_path / "races.json", courses, 2, "both")
    assert [seed for name, seed in trained if name == "full"] == [0, 1]
    assert len([seed for name, seed in trained if name == "ranp-f"]) == 4
    assert [len(race.entries) for race in found.values()] == [2 * (1 + len(RACED))] * 2


def test_what_ended_before_a_race_was_cut_off_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANP_CACHE", str(tmp_path / "cache"))
    begun: list[str] = []

    def fake(check: Check, report: Any, finished: Callable[[Entry], None], finished_before: list[Entry]) -> list[Entry]:
        found = {each.contestant: each for each in finished_before}
        for place, name in enumerate(check.labels):
            if place not in found:
                begun.append(name)
                if begun == ["full", "ranp-f", "ranp-m"]:
                    raise KeyboardInterrupt
                found[place] = Entry(place, name, check.seeds[0], score=0.5)
                finished(found[place])
        return list(found.values())

    monkeypatch.setattr("ranp.checks.racing.run_check", fake)
    courses, path = {"brain": SHORT["brain"]}, tmp_path / "races.json"
    with pytest.raises(KeyboardInterrupt):
        run_races(path, courses, 1, "once")
    assert not path.exists()
    assert len(run_races(path, courses, 1, "again")["brain"].entries) == 1 + len(RACED)
    assert begun == ["full", "ranp-f", "ranp-m", *RACED[1:]]


@pytest.mark.slow
def test_processes_side_by_side_find_what_one_finds(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        tiny = Recipe(steps=1, batch_size=2, train_examples=2, test_examples=2)
        courses = {"voxel-parts": race(COURSES["voxel-parts"].subject, ("random", "thin"), recipe=tiny)}
        told: list[tuple[str, float]] = []
        alone = run_races(tmp_path / "alone.json", courses, 1, "alone")["voxel-parts"]
        beside = run_races(
            tmp_path / "beside.json", courses, 1, "beside", lambda name, now: told.append((now.label, now.done)), 2
        )["voxel-parts"]
    finally:
        torch.set_num_threads(threads)
    assert [(each.label, each.score, each.macs) for each in alone.entries] == [
        (each.label, each.score, each.macs) for each in beside.entries
    ]
    assert sorted(label for label, _ in told) == ["full", "random", "thin"]
    assert [round(done, 2) for _, done in told] == [0.33, 0.67, 1]
    assert "1 threads used" in beside.runs[0]["machine"]


def test_how_long_is_said_before(
    capsys: pytest.CaptureFixture[str], ran: list[tuple[str, int]], tmp_path: Path
) -> None:
    asked = missing(tmp_path / "none.json", {name: COURSES[name] for name in ("brain", "brain at 5%")}, 1)
    both, first = seconds_to_train(asked), seconds_to_train(asked[:1])
    assert both is not None
    assert first is not None
    assert first < both < 2 * first  # the full network is trained once
    out = str(tmp_path / "races.json")
    assert main(["race", "brain", "--recipe", "quick", "--seeds", "1", "--out", out, "--workers", "1"]) == 0
    assert "race: at most 20 networks to train, about" in capsys.readouterr().err
    assert main(["race", "brain", "--seeds", "1", "--out", out, "--workers", "0"]) == 2
    assert "--workers must be at least 1, not 0" in capsys.readouterr().err


def test_every_task_is_raced_at_equal_macs() -> None:
    assert {name: course.subject.library_preset.task for name, course in COURSES.items()} == {
        course_name(task, share): task for task in TASKS for share in SHARES
    }
    assert {name: dict(course.budgets)["macs"] for name, course in COURSES.items()} == {
        course_name(task, share): share for task in TASKS for share in SHARES
    }
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


FULL = (0.90, 0.89, 0.91, 0.90)
ONE_SEED = "one seed: nothing can be said of the pruned networks among themselves"
NEAR, FAR, OFTEN_FAR = (0.80, 0.80, 0.81, 0.79), (0.50, 0.51, 0.50, 0.52), (0.82, 0.42, 0.80, 0.66)


@pytest.mark.parametrize(
    ("scores", "says"),
    [
        (
            {"ranp-f": NEAR, "random": FAR},
            "random beside ranp-f: worse by 0.265 to 0.320; ± 0.02 beside the full one takes about so many seeds: "
            "4 (ranp-f), 5 (random)",
        ),
        (
            {"random": NEAR, "ranp-f": FAR},
            "ranp-f beside random: worse by 0.265 to 0.320; ± 0.02 beside the full one takes about so many seeds: "
            "4 (random), 5 (ranp-f)",
        ),
        (
            {"ranp-f": NEAR, "random": OFTEN_FAR},
            "no difference among the pruned networks is sure; one larger than 0.414 can be excluded; ± 0.02 beside the "
            "full one takes about so many seeds: 4 (ranp-f), 305 (random)",
        ),
        (
            {"ranp-f": NEAR, "random": FAR, "weighted": OFTEN_FAR},
            "random beside ranp-f: worse by 0.265 to 0.320; no difference among the other 2 pairs of pruned networks "
            "is sure; one larger than 0.469 can be excluded; ± 0.02 beside the full one takes about so many seeds: 4 "
            "(ranp-f), 5 (random), 305 (weighted)",
        ),
        ({"ranp-f": (0.8,), "random": (0.5,)}, ONE_SEED),
        ({"vanilla": (None, None)}, "vanilla: 2 of 2 runs failed"),
        (
            {"ranp-f": (0.8, 0.8), "vanilla": (None, 0.9)},
            f"{ONE_SEED}; vanilla: 1 of 2 runs failed; "
            "± 0.02 beside the full one takes about so many seeds: 3 (ranp-f)",
        ),
    ],
)
def test_the_verdict_is_of_intervals_whoever_is_ahead(scores: dict[str, tuple[float | None, ...]], says: str) -> None:
    found = make({"full": FULL[: len(next(iter(scores.values())))], **scores})
    assert verdict(found) == f"brain: {says}."


def test_a_smaller_error_is_better() -> None:
    base = make({"full": (3.0, 3.1, 3.0), "ranp-f": (3.5, 3.7, 3.5), "random": (4.0, 4.1, 4.1)})
    stereo = replace(base, name="stereo", check=replace(COURSES["stereo"], seeds=(0, 1, 2)))
    assert [each.text.partition(" by ")[0] for each in stereo.compared] == ["worse", "worse", "worse"]
    assert [each.precision for each in stereo.compared] == [0.06] * 3


def test_the_table_shows_intervals_and_failures() -> None:
    scores = {"full": FULL, "ranp-f": NEAR, "random": (0.5, None, 0.52, 0.5), "vanilla": (None,) * 4}
    lines = tables({"brain": make(scores)}).splitlines()
    assert lines[0] == (
        "**brain**: Dice, mean of ET, TC and WT (higher is better), pruned to at most 25% of the MACs, 100 steps "
        "(quick recipe), 4 seeds"
    )
    assert lines[4:8] == [
        "| full |  | 0.900 ± 0.008 |  |  | 0 of 4 |",
        "| ranp-f |  | 0.800 ± 0.008 | -0.100 ± 0.013 | worse by 0.087 to 0.113 | 0 of 4 |",
        "| random |  | 0.507 ± 0.012 (3 of 4 runs) | -0.397 ± 0.014 | 1 of 4 runs failed; of the 3 seeds where both "
        "ended: worse by 0.382 to 0.411 | 1 of 4 |",
        "| vanilla |  | failed | – | 4 of 4 runs failed | 4 of 4 |",
    ]
    assert "stereo: not run yet." in lines


def test_the_macs_of_the_table_are_those_that_a_network_has() -> None:
    base = make({"full": FULL, "ranp-f": NEAR})
    entries = tuple(replace(each, macs=1000 if each.contestant == 0 else 210 + each.seed) for each in base.entries)
    assert "| ranp-f | 21.1% |" in tables({"brain": replace(base, entries=entries)})


def test_what_ships_is_what_the_courses_say() -> None:
    races = read_races()
    courses = {**COURSES, **WHEN}
    assert races.keys() <= courses.keys()
    for name, found in races.items():
        assert replace(found.check, recipe=None, seeds=(0,)) == replace(courses[name], recipe=None)
        assert found.check.recipe_name in RECIPES
        assert len(found.entries) == len(found.check.seeds) * len(found.check.contestants)
        assert sorted(seed for run in found.runs for seed in run["seeds"]) == sorted(found.check.seeds)
    assert SHIPPED.stat().st_size < 1_000_000


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shipped = read_races()
    for options, names in {
        ("brain",): ("brain", "brain at 5%"),
        ("brain at 5%",): ("brain at 5%",),
        ("--only", "stereo", "brain"): ("brain", "brain at 5%", "stereo", "stereo at 5%"),
    }.items():
        assert main(["race", *options, "--json"]) == 0
        assert list(json.loads(capsys.readouterr().out)["races"]) == [name for name in names if name in shipped]
    assert main(["race", "--out", str(tmp_path / "none.json")]) == 0
    assert "run all with: ranp race --seeds 5" in capsys.readouterr().out
    assert main(["race", "chess"]) == 2
    assert "no race for 'chess'" in capsys.readouterr().err
