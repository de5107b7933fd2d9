"""Scores against cost, and the paragraphs on accuracy, from made-up races of which the right words are known."""

from dataclasses import replace
from pathlib import Path

import pytest

from ranp.__main__ import main
from ranp.checks import (
    COURSES,
    Race,
    accuracy,
    against_cost,
    beside,
    compare,
    markdown,
    not_run,
    race_name,
    read_races,
    tables,
    when_tables,
)
from tests.checks.made_races import Scores, by_name, made

ROOT = Path(__file__).parents[2]
FULL = (0.90, 0.89, 0.91, 0.90, 0.91)
NEAR = (0.89, 0.90, 0.90, 0.91, 0.90)
# beside NEAR: 0.39, 0.41, 0.39, 0.40, 0.41: mean 0.4, deviation 0.01, ± 2.776 · 0.01 / √5 = 0.0124
FAR = (0.50, 0.49, 0.51, 0.51, 0.49)
WILD = (0.90, 0.30, 0.95, 0.60, 0.80)
# beside NEAR: 0.02, 0.03, 0.01, 0.02, 0.05: mean 0.026, deviation 0.01517, ± 0.0188, p 0.019: 0.11 among six pairs
LITTLE = (0.87, 0.87, 0.89, 0.89, 0.85)


def first(scores: Scores, task: str = "brain") -> str:
    """The first paragraph on a single race."""
    return accuracy(by_name(made({"full": FULL, **scores}, task))).partition("\n")[0]


@pytest.mark.parametrize(
    ("scores", "lead", "thin", "random"),
    [
        (
            {"ranp-f": NEAR, "thin": FAR, "random": FAR},
            "RANP-f is more accurate than plain controls of the same cost in every race run.",
            "better on brain at 25% (+0.400 ± 0.012)",
            "better on brain at 25% (+0.400 ± 0.012)",
        ),
        (
            {"ranp-f": FAR, "thin": NEAR, "random": NEAR},
            "RANP-f is not shown to be more accurate than plain controls of the same cost in any race, and less "
            "accurate in 2.",
            "worse on brain at 25% (-0.400 ± 0.012)",
            "worse on brain at 25% (-0.400 ± 0.012)",
        ),
        (
            {"ranp-f": NEAR, "thin": WILD, "random": NEAR},
            "RANP-f is not shown to be more accurate than plain controls of the same cost in any race.",
            "no difference is shown on brain at 25% (+0.190 ± 0.333)",
            "the same score from each seed on brain at 25% (+0.000 ± 0.000)",
        ),
        (
            {"ranp-f": NEAR, "thin": FAR, "random": WILD},
            "RANP-f is not more accurate than plain controls of the same cost everywhere: that is shown in 1 of 2 "
            "comparisons.",
            "better on brain at 25% (+0.400 ± 0.012)",
            "no difference is shown on brain at 25% (+0.190 ± 0.333)",
        ),
        (
            {"ranp-f": FAR, "thin": NEAR, "random": (0.30, 0.29, 0.31, 0.30, 0.30)},
            "RANP-f is not more accurate than plain controls of the same cost everywhere: that is shown in 1 of 2 "
            "comparisons, and less accurate in 1.",
            "worse on brain at 25% (-0.400 ± 0.012)",
            "better on brain at 25% (+0.200 ± 0.009)",
        ),
        (
            {"ranp-f": NEAR, "thin": LITTLE, "random": NEAR},
            "RANP-f is not shown to be more accurate than plain controls of the same cost in any race.",
            "better taken alone, but not sure beside the other comparisons on brain at 25% (+0.026 ± 0.019)",
            "the same score from each seed on brain at 25% (+0.000 ± 0.000)",
        ),
        (
            {"ranp-f": LITTLE, "thin": NEAR, "random": NEAR},
            "RANP-f is not shown to be more accurate than plain controls of the same cost in any race.",
            "worse taken alone, but not sure beside the other comparisons on brain at 25% (-0.026 ± 0.019)",
            "worse taken alone, but not sure beside the other comparisons on brain at 25% (-0.026 ± 0.019)",
        ),
        (
            {"ranp-f": (None,) * 5, "thin": NEAR, "random": (None, *NEAR[1:])},
            "RANP-f is not shown to be more accurate than plain controls of the same cost in any race.",
            "runs of RANP-f failed on brain at 25% (5 of 5 of ranp-f)",
            "runs of RANP-f failed on brain at 25% (5 of 5 of ranp-f and 1 of 5 of random)",
        ),
        (
            {"ranp-f": (None, *NEAR[1:]), "thin": (0.5, *FAR[1:]), "random": (None,) * 5},
            "RANP-f is not shown to be more accurate than plain controls of the same cost in any race.",
            "runs of RANP-f failed on brain at 25% (1 of 5 of ranp-f; where both ended: +0.403 ± 0.015)",
            "runs of RANP-f failed on brain at 25% (1 of 5 of ranp-f and 5 of 5 of random)",
        ),
        (
            {"ranp-f": NEAR, "thin": (0.5, 0.5, None, 0.5, 0.5), "random": FAR},
            "RANP-f is not more accurate than plain controls of the same cost everywhere: that is shown in 1 of 2 "
            "comparisons.",
            "runs of *thin* failed on brain at 25% (1 of 5 of thin; where both ended: +0.400 ± 0.013)",
            "better on brain at 25% (+0.400 ± 0.012)",
        ),
        (
            {"ranp-f": NEAR, "random": FAR},
            "RANP-f is more accurate than plain controls of the same cost in every race run.",
            "not compared on brain at 25%",
            "better on brain at 25% (+0.400 ± 0.012)",
        ),
    ],
)  # fmt: skip
def test_the_first_paragraph_says_what_the_intervals_allow(scores: Scores, lead: str, thin: str, random: str) -> None:
    assert first(scores) == (
        f"{lead} RANP-f beside *thin* (one factor for every layer): {thin}. "
        f"RANP-f beside *random* (neurons drawn at random): {random}."
    )


def test_one_seed_says_nothing_whoever_is_ahead() -> None:
    for own, other in ((0.9, 0.5), (0.5, 0.9)):
        race = made({"full": (0.91,), "ranp-f": (own,), "thin": (other,), "random": (other,)})
        said = accuracy(by_name(race))
        assert said.startswith(
            "Whether RANP-f is more accurate than plain controls of the same cost cannot be said yet: no two of its "
            "runs are there to compare with two of theirs. RANP-f beside *thin* (one factor for every layer): one "
            f"seed, so nothing can be said on brain at 25% ({own - other:+.3f})."
        )
        assert "within ±" not in said
        assert "each race has 1 seed." in said


def test_one_seed_beside_races_that_say_something_is_named_as_one() -> None:
    best: Scores = {"full": FULL, "ranp-f": NEAR, "thin": FAR, "random": FAR}
    once: Scores = {label: found[:1] for label, found in best.items()}
    said = accuracy(by_name(made(best), made(once, "brain", 0.05)))
    assert "that is shown in 2 of 4 comparisons." in said
    assert "better on brain at 25% (+0.400 ± 0.012); one seed, so nothing can be said on brain at 5% (+0.390)." in said
    assert "each race has 1 to 5 seeds (brain at 25% 5, brain at 5% 1)." in said


def test_of_errors_less_is_better() -> None:
    full, own, thin, random = (3.0, 3.1, 3.2), (3.1, 3.2, 3.3), (5.0, 5.1, 5.3), (2.0, 2.1, 2.1)
    scores: Scores = {"full": full, "ranp-f": own, "thin": thin, "random": random}
    said = accuracy(by_name(made(scores, "stereo")))
    assert "RANP-f beside *thin* (one factor for every layer): better on stereo at 25% (-1.933 ± 0.143)" in said
    assert "RANP-f beside *random* (neurons drawn at random): worse on stereo at 25% (+1.133 ± 0.143)" in said
    assert "On stereo the score is an error: less is better." in said
    assert "less is better" not in accuracy(by_name(made({"full": FULL, "ranp-f": NEAR, "random": FAR})))


AT = "brain at 25%"
WITHIN = "The whole interval is within ± 0.02 of the full network, or within that share of a score above 1, in"


@pytest.mark.parametrize(
    ("own", "says"),
    [
        (NEAR, f"no difference is shown on {AT} (-0.002 ± 0.014). {WITHIN} 1 of 1 races: {AT} (± 0.02)."),
        (FAR, f"worse on brain at 25% (-0.402 ± 0.014). {WITHIN} 0 of 1 races."),
        (WILD, f"no difference is shown on brain at 25% (-0.192 ± 0.321). {WITHIN} 0 of 1 races."),
        ((0.99, 0.98, 1.00, 0.98, 0.99), f"better on brain at 25% (+0.086 ± 0.007). {WITHIN} 0 of 1 races."),
        ((None,) * 5, "runs of RANP-f failed on brain at 25% (5 of 5 of ranp-f)."),
    ],
)
def test_the_second_paragraph_is_of_the_full_network(own: tuple[float | None, ...], says: str) -> None:
    said = accuracy(by_name(made({"full": FULL, "ranp-f": own, "random": FAR}))).split("\n\n")[1]
    assert said == f"RANP-f beside the full network: {says}"


def test_what_is_not_run_is_said() -> None:
    said = accuracy(by_name(made({"full": FULL, "ranp-f": NEAR, "random": FAR})))
    others = [name for name in COURSES if name != "brain"]
    assert f"Not run yet: {', '.join(others)}." in said
    assert not_run({}) == list(COURSES)
    assert accuracy({}) == "No race was run yet, so nothing is known of accuracy here."
    assert accuracy(by_name(made({"full": FULL, "weighted": NEAR}))) == ""
    alone = accuracy(by_name(made({"full": FULL, "ranp-f": NEAR})))
    assert alone.startswith("RANP-f was not raced beside thin or random yet.")


def test_new_weights_leave_widths_alone_and_kept_ones_do_not() -> None:
    race = made({"full": FULL, "ranp-f": NEAR, "random": FAR})
    words = "so races compare how many neurons a layer keeps, not which"
    assert words in accuracy(by_name(race))
    kept = tuple(replace(each, weights="kept") for each in race.check.contestants)
    assert words not in accuracy(by_name(replace(race, check=replace(race.check, contestants=kept))))


def test_a_pair_is_turned_to_the_order_that_is_asked_for() -> None:
    race = made({"full": FULL, "ranp-f": NEAR, "thin": FAR})
    (one,) = [each for each in race.compared if each.label == "thin" and each.other == "ranp-f"]
    turned = beside(race, "ranp-f", "thin")
    assert turned is not None
    assert (one.text, turned.text) == ("worse by 0.388 to 0.412", "better by 0.388 to 0.412")
    assert (one.ahead, turned.ahead) == (False, True)
    assert (turned.label, turned.other, turned.difference.p) == ("ranp-f", "thin", one.difference.p)
    assert beside(race, "thin", "ranp-f") == one
    assert beside(race, "ranp-f", "synflow") is None
    back = compare(made({"full": FULL, "thin": FAR, "ranp-f": NEAR}).entries, True)
    assert [each.text for each in back if each.other == "thin"] == [turned.text]  # raced in the other order


def two_shares() -> dict[str, Race]:
    wide: Scores = {"full": FULL, "ranp-f": NEAR, "random": WILD}
    slim: Scores = {"full": FULL[:2], "ranp-f": (0.7, 0.8), "random": (None, None)}
    return by_name(made(slim, share=0.05), made(wide), made({"full": (3.0, 3.2), "ranp-f": (3.5, 3.6)}, "stereo"))


def test_races_of_a_task_are_one_curve_a_contestant() -> None:
    brain, stereo = against_cost(two_shares())
    assert (brain.name, brain.shares, brain.seeds) == ("brain", (0.05, 0.25), {0.05: 2, 0.25: 5})
    assert (stereo.name, [curve.label for curve in stereo.curves]) == ("stereo", ["ranp-f"])
    assert brain.full is not None
    # of five seeds, the race that has most: mean 0.902, deviation 0.00837, ± 2.776 · 0.00837 / √5
    assert (brain.full.mean, brain.full.half_width) == (pytest.approx(0.902), pytest.approx(0.01039, abs=1e-5))
    own, random = brain.curves
    assert [(point.allowed, point.macs, point.ended, point.few) for point in own.points] == [
        (0.05, 0.05, 2, True), (0.25, 0.25, 5, False),
    ]  # fmt: skip
    # of 0.7 and 0.8: deviation 0.0707, ± 12.706 · 0.0707 / √2
    assert (own.points[0].mean, own.points[0].half_width) == (pytest.approx(0.75), pytest.approx(0.6353, abs=1e-4))
    failed = random.points[0]
    assert (failed.mean, failed.half_width, failed.macs, failed.failures, failed.ended) == (None, None, None, 2, 0)
    assert failed.beside_full is not None
    assert failed.beside_full.text == "2 of 2 runs failed"
    assert [race_name(brain, race) for race in brain.races] == ["brain at 5%", "brain at 25%"]


def test_another_recipe_is_another_curve() -> None:
    race = made({"full": FULL, "ranp-f": NEAR})
    quick = replace(race, name="old", check=replace(race.check, recipe=None))
    assert [task.name for task in against_cost({"brain": race, "old": quick})] == ["brain", "brain (quick recipe)"]


def test_a_race_of_memory_has_no_place_among_macs() -> None:
    race = made({"full": FULL, "ranp-f": NEAR})
    config = race.check.contestants[1].pruning
    assert config is not None
    other = replace(race.check.contestants[1], pruning=replace(config, budget=("memory", 0.5)))
    check = replace(race.check, contestants=(race.check.contestants[0], other))
    assert against_cost({"brain": replace(race, check=check)}) == ()


def test_the_readme_says_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    from tests.benchmarks.evidence.readme import told

    readme, races = (ROOT / "README.md").read_text(encoding="utf-8"), read_races()
    assert told(readme, races) == readme, "run: python -m tests.benchmarks.evidence"
    assert main(["race", "--markdown"]) == 0
    printed = capsys.readouterr().out.strip()
    assert printed == markdown(races) == f"{accuracy(races)}\n\n{tables(races)}\n\n{when_tables(races)}"
    assert accuracy(races) in readme
    assert tables(races) in readme
    assert when_tables(races) in readme
    lines = readme.splitlines()
    assert lines.index("<!-- accuracy -->") < len(lines) / 3
    with pytest.raises(ValueError, match="<!-- races -->"):
        told(readme.replace("<!-- races -->", ""), races)
    other = told(readme, two_shares())  # what is there is replaced, whatever it is
    assert "brain at 5%" in other
    assert accuracy(races) not in other
    assert told(other, races) == readme
