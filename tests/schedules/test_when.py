"""Races of schedules: what is raced, that it goes on where it was cut short, and what is said of made-up results."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ranp.__main__ import main
from ranp.checks import (
    AGES,
    COURSES,
    TASKS,
    WHEN,
    Entry,
    Race,
    against_cost,
    markdown,
    missing,
    read_races,
    run_races,
    seconds_to_train,
    tables,
    when_name,
    when_not_run,
    when_raced,
    when_tables,
)
from ranp.models import Recipe
from tests.checks.made_races import FULL_MACS, by_name, made

TINY = Recipe(steps=3, batch_size=2, learning_rate=0.01, train_examples=4, test_examples=2, evaluations=1)
TOTALS = {"full": 1000, "init": 300, "early": 400, "gradual": 600, "soft": 1200, "after": 700}


def raced(scores: dict[str, tuple[float | None, ...]], name: str) -> Race:
    """A race of schedules with these scores, by the name of the schedule."""
    seeds = tuple(range(max(map(len, scores.values()))))
    check = replace(WHEN[name], seeds=seeds)
    [(_, share)] = check.budgets
    assert isinstance(share, float)
    entries = tuple(
        Entry(
            place, label, seed, score=score, reason=None if score is not None else "it diverged",
            macs=None if score is None else FULL_MACS if key == "full" else round(share * FULL_MACS),
            total_macs=None if score is None else TOTALS[key],
        )
        for place, (key, label) in enumerate(zip(("full", *AGES), check.labels, strict=True))
        for seed, score in enumerate(scores.get(key, ()))
    )  # fmt: skip
    return Race(name, check, entries, ())


WIDE: dict[str, tuple[float | None, ...]] = {
    "full": (0.90, 0.91, 0.92), "init": (0.80, 0.81, 0.82), "early": (0.85, 0.86, 0.87), "gradual": (0.81, 0.80, 0.83),
    "soft": (0.70, None, 0.72), "after": (0.88, 0.89, 0.90),
}  # fmt: skip
SLIM: dict[str, tuple[float | None, ...]] = {label: scores[:2] for label, scores in WIDE.items()}


@pytest.fixture(scope="module")
def races() -> dict[str, Race]:
    wide, slim = when_name("tissue", 0.25), when_name("tissue", 0.10)
    bills = when_name("voxel-parts", 0.25, "total")
    return by_name(raced(WIDE, wide), raced(SLIM, slim), raced({"full": (0.9,), "init": (0.8,)}, bills))


def test_five_ages_are_raced_on_two_tasks_at_two_shares_by_equal_steps_and_bills() -> None:
    assert len(WHEN) == 8
    for name, check in WHEN.items():
        task = name.split(" ")[0]
        assert (check.subject.architecture, check.subject.preset) == TASKS[task]
        assert check.labels == ("full", "ranp-f", *(f"ranp-f, {age}" for age in AGES[1:]))
        assert check.recipe_name == "converging"
        assert check.equal == ("total" if "bills" in name else "steps")
    assert {dict(check.budgets)["macs"] for check in WHEN.values()} == {0.25, 0.1}
    assert not WHEN.keys() & COURSES.keys()


def test_what_a_race_of_methods_has_trained_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANP_CACHE", str(tmp_path / "cache"))
    trained: list[str] = []

    def fake(check: Any, report: Any, finished: Any, finished_before: list[Entry]) -> list[Entry]:
        found = {each.contestant: each for each in finished_before}
        for place, label in enumerate(check.labels):
            if place not in found:
                trained.append(label)
                if len(trained) == 13:
                    raise KeyboardInterrupt
                found[place] = Entry(place, label, check.seeds[0], score=0.5)
                finished(found[place])
        return list(found.values())

    monkeypatch.setattr("ranp.checks.racing.run_check", fake)
    path, name = tmp_path / "races.json", when_name("tissue", 0.25)
    methods = {"tissue": replace(COURSES["tissue"], recipe=TINY)}
    courses = {name: replace(WHEN[name], recipe=TINY)}
    run_races(path, methods, 1, "methods")
    assert len(trained) == 10
    with pytest.raises(KeyboardInterrupt):
        run_races(path, courses, 1, "cut off")
    found = run_races(path, courses, 1, "again")
    assert trained[10:] == ["ranp-f, early", "ranp-f, gradual", "ranp-f, soft", "ranp-f, soft", "ranp-f, after"]
    assert list(found) == ["tissue", name]
    assert len(found[name].entries) == 6
    assert missing(path, courses, 1) == []


@pytest.mark.slow
def test_schedules_are_raced_for_real(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        name = when_name("voxel-parts", 0.10)
        full, init, _, _, _, after = WHEN[name].contestants
        course = replace(WHEN[name], recipe=TINY, contestants=(full, init, after))
        found = run_races(tmp_path / "races.json", {name: course}, 1, "tiny")[name]
    finally:
        torch.set_num_threads(threads)
    assert [entry.reason for entry in found.entries] == [None] * 3
    [group] = when_raced({name: found})
    shares = {point.schedule: (point.macs, point.total) for point in group.points}
    assert shares["full"] == (1, 1)
    for age in ("init", "after"):
        macs, total = shares[age]
        assert macs is not None
        assert total is not None
        assert 0.05 < macs <= 0.1
        assert total > macs, "scoring, at least, comes on top"
    assert (shares["init"][1] or 0) < (shares["after"][1] or 0), "small from the start"
    assert read_races(tmp_path / "races.json")[name] == found


def test_costs_are_shares_of_the_full_networks(races: dict[str, Race]) -> None:
    steps, bills = when_raced(races)
    assert (steps.name, bills.name) == ("tissue, equal steps", "voxel-parts, equal bills")
    assert list(steps.curves) == ["full", *AGES]
    soft = steps.curves["soft"][0]
    assert (soft.macs, soft.total, soft.failures, soft.few) == (0.25, 1.2, 1, True)
    assert [point.allowed for point in steps.curves["after"]] == [0.25, 0.1]
    after = steps.curves["after"][0]
    assert after.beside_init is not None
    assert after.beside_init.difference.mean == pytest.approx(0.08)
    assert steps.curves["init"][0].beside_init is None


def test_the_table_says_who_is_ahead_at_which_bill(races: dict[str, Race]) -> None:
    lines = when_tables(races).splitlines()
    assert lines[0] == (
        "**tissue schedules at 25%**: Dice, mean over labels (higher is better); every network takes the same number "
        "of steps; 400 steps of the full network (converging recipe), 3 seeds"
    )
    assert "| init | 25.0% | 30.0% | 0.810 ± 0.025 |  |  | 0 of 3 |" in lines
    assert (
        "| after | 25.0% | 70.0% | 0.890 ± 0.025 | +0.080 ± 0.000 | better by 0.080 from each of 3 seeds | 0 of 3 |"
        in lines
    )
    assert next(line for line in lines if line.startswith("| soft")).endswith("| 1 of 3 |")
    assert lines[-1] == f"Not run yet: {', '.join(when_not_run(races))}."
    assert len(when_not_run(races)) == 5


def test_the_table_says_what_its_own_figures_are(races: dict[str, Race]) -> None:
    told = when_tables(races)
    assert "± half of the 95% interval of that mean by Student's t. Differences are paired by seed" in told
    assert "sample deviation" not in told, "that is what the tables of methods show"
    assert "sample deviation" in tables({})


def test_races_of_methods_know_nothing_of_them(races: dict[str, Race]) -> None:
    methods = by_name(made({"full": (0.9, 0.9), "ranp-f": (0.8, 0.81)}))
    both = {**methods, **races}
    assert against_cost(both)[0].races == against_cost(methods)[0].races
    assert len(against_cost(both)) == 1
    assert tables(both) == tables(methods)
    assert "schedules" not in tables(both)
    assert markdown(races) == when_tables(races), "asked for alone, they are told alone"
    assert when_tables({"mine": next(iter(methods.values()))}) == "", "a race of one's own has no other courses"
    assert markdown({}, WHEN) == when_tables({}), "also where none was run yet"
    assert markdown(races, [*races, *COURSES]).endswith(when_tables(races))
    assert tables(races) in markdown(races, [*races, *COURSES])
    assert when_tables({}) == f"Not run yet: {', '.join(WHEN)}."


def test_the_full_network_is_not_trained_again_for_equal_bills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANP_CACHE", str(tmp_path / "cache"))
    trained: list[tuple[str, str]] = []

    def fake(check: Any, report: Any, finished: Any, finished_before: list[Entry]) -> list[Entry]:
        known = {each.contestant: each for each in finished_before}
        left = [place for place in range(len(check.labels)) if place not in known]
        trained.extend((check.equal, check.labels[place]) for place in left)
        new = [Entry(place, check.labels[place], check.seeds[0], score=0.5) for place in left]
        for entry in new:
            finished(entry)
        return [*known.values(), *new]

    monkeypatch.setattr("ranp.checks.racing.run_check", fake)
    names = [when_name("tissue", 0.25, equal) for equal in ("steps", "total")]
    found = run_races(tmp_path / "races.json", {name: replace(WHEN[name], recipe=TINY) for name in names}, 1, "both")
    assert [equal for equal, label in trained if label == "full"] == ["steps"]
    assert [len(found[name].entries) for name in names] == [6, 6]
    assert len(trained) == 11, "what is pruned is trained again: it takes other steps"


def test_they_are_asked_for_by_one_word_or_by_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def fake(path: Path, courses: dict[str, Any], *_: object) -> None:
        seen.extend(courses)

    monkeypatch.setattr("ranp.cli.commands.race.run_races", fake)
    out = ["--seeds", "1", "--out", str(tmp_path / "none.json")]
    for asked, names in (("schedules", list(WHEN)), (name := when_name("tissue", 0.1, "total"), [name])):
        seen.clear()
        assert main(["race", asked, *out]) == 0
        assert seen == names
    seen.clear()
    assert main(["race", "schedules", "--markdown", *out[2:]]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == when_tables({}), "and not that no race was run"
    assert main(["race", "--method", "random", *out]) == 0
    assert set(seen) == set(COURSES), "other contestants are raced on the tasks"
    assert main(["race", "schedules", "--method", "random", *out]) == 2
    assert "has its own contestants" in capsys.readouterr().err


def test_what_is_cut_down_in_training_is_taken_to_last_as_long_as_the_full_network() -> None:
    check = replace(WHEN[when_name("tissue", 0.25)], seeds=(0,))
    whole = seconds_to_train([("one", replace(check, contestants=check.contestants[:1]))])
    late = seconds_to_train([("one", replace(check, contestants=check.contestants[3:4]))])
    assert whole is not None
    assert late == whole
    slim = replace(check, contestants=check.contestants[1:2])
    small, billed = (seconds_to_train([("one", replace(slim, equal=equal))]) for equal in ("steps", "total"))
    assert small is not None
    assert small < whole
    assert billed == whole, "as large a bill takes about as long"


def test_only_the_full_networks_steps_say_what_one_of_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    check = replace(WHEN[when_name("tissue", 0.25)], seeds=(0,))
    entries = tuple(
        Entry(place, label, 0, score=0.5, steps=10, cpu_seconds=10.0 * seconds)
        for place, (label, seconds) in enumerate(zip(check.labels, (4, 1, 2, 2, 2, 2), strict=True))
    )
    monkeypatch.setattr("ranp.checks.racing.read_races", lambda: {"one": Race("one", check, entries, ())})
    monkeypatch.setattr("ranp.checks.racing.read_nudges", dict)
    for place, seconds in ((0, 4), (1, 1), (4, 4)):
        alone = replace(check, contestants=(check.contestants[place],))
        assert seconds_to_train([("one", alone)]) == seconds * check.used_recipe.steps
