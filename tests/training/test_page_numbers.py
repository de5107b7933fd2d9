"""Every figure that Train check writes of a result, against results given by hand."""

from dataclasses import replace

import pandas as pd
import pytest

from explorer.training import wording
from explorer.training.charts.race import race_costs, race_in_words, race_scores
from explorer.training.facts import CheckFacts, Measure, SweepFacts, TrialFacts
from explorer.training.facts_of import curves
from explorer.training.job import _row as result_row
from explorer.training.sweep import _row as trial_row
from ranp.checks import Compared, Entry, Progress, Race, Summary, compare, race, summarise
from ranp.models import Recipe
from ranp.subject import Subject
from ranp.training import Point

TO_FULL = "Difference to full"
DICE, EPE = Measure("dice", "Dice", True), Measure("epe", "end-point error", False, unbounded=True)
FULL = Summary(
    contestant=0, label="full", seeds=4, failures=0, mean=0.8, spread=0.02, figures={"dice": 0.8, "dice_core": 0.41},
    sparsity=0.0, macs=4e6, params=2.5e5, activations=1e6, peak_training_bytes=3.2e7, cpu_seconds=12.34,
    wall_seconds=6.78, steps=100, total_macs=1.5e9, total_seconds=15.04, total_peak_bytes=6.4e7,
)  # fmt: skip
SMALL = replace(
    FULL, label="ranp-f", contestant=1, failures=1, mean=0.7, spread=0.05, sparsity=0.3, macs=1e6, activations=5e5,
    reasons=("a layer is empty",),
)  # fmt: skip
FAILED = replace(FULL, label="vanilla", contestant=2, failures=4, mean=None, spread=None, macs=None, activations=None)


def test_a_row_of_results_has_its_figures() -> None:
    assert result_row(SMALL, DICE, TO_FULL) == {
        "Network": "RANP-f", "Dice": "0.700 ± 0.050 (3 of 4 runs)", "Difference to full": "–", "dice core": "0.410",
        "MACs": "1.00 M", "Parameters": "250 k", "Memory (forward)": "2.00 MB", "Memory (training)": "32.0 MB",
        "CPU time": "12.3 s", "Wall time": "6.8 s", "MACs in all": "1.50 G", "Time in all": "15.0 s",
        "Memory in all": "64.0 MB", "Steps": "100", "Neurons removed": "30.0 %", "Failed": "1 of 4",
    }  # fmt: skip
    row = result_row(FAILED, DICE, TO_FULL)
    assert [row[name] for name in ("Dice", "MACs", "Memory (forward)", "Failed")] == ["failed", "–", "–", "4 of 4"]
    (beside,) = compared((0.9, 0.8, 0.9), (0.8, 0.7, 0.7))
    assert result_row(SMALL, DICE, TO_FULL, beside)[TO_FULL] == "-0.133 ± 0.143"


def test_results_are_means_of_the_seeds_that_ended() -> None:
    costs = {"sparsity": 0.3, "params": 10, "activations": 30, "peak_training_bytes": 40, "steps": 6}
    entries = [
        Entry(1, "ranp-f", 0, score=0.5, figures={"dice": 0.5}, macs=100, cpu_seconds=1.0, wall_seconds=3.0, **costs),
        Entry(1, "ranp-f", 1, score=0.7, figures={"dice": 0.7}, macs=300, cpu_seconds=2.0, wall_seconds=5.0, **costs),
        Entry(1, "ranp-f", 2, reason="a layer is empty"),
        Entry(0, "full", 0, score=0.9, figures={"dice": 0.9}),
    ]  # fmt: skip
    full, found = summarise(entries)
    assert (full.label, full.mean, full.spread, full.seeds, full.failures) == ("full", 0.9, None, 1, 0)
    assert (found.mean, found.spread) == (
        pytest.approx(0.6),
        pytest.approx(0.02**0.5),
    )  # sqrt((0.1² + 0.1²) / (2 - 1))
    assert (found.seeds, found.failures, found.reasons) == (3, 1, ("a layer is empty",))
    assert (found.macs, found.cpu_seconds, found.wall_seconds, found.figures) == (
        200,
        1.5,
        4.0,
        {"dice": pytest.approx(0.6)},
    )
    assert {name: getattr(found, name) for name in costs} == pytest.approx(costs)


def compared(*scores: tuple[float | None, ...], higher_is_better: bool = True) -> list[Compared]:
    """Networks called full, ranp-f, random, beside each other."""
    names = ("full", "ranp-f", "random")
    entries = [
        Entry(place, name, seed, score=score, reason="a layer is empty" if score is None else None)
        for place, (name, found) in enumerate(zip(names, scores, strict=False))
        for seed, score in enumerate(found)
    ]
    return compare(entries, higher_is_better)


@pytest.mark.parametrize(
    ("scores", "measure", "said"),
    [
        (((0.9, 0.8, 0.9), (0.8, 0.7, 0.7)), DICE, "no difference is shown; one larger than 0.277 can be excluded"),
        (((0.9, 0.8, 0.9), (0.6, 0.5, 0.5)), DICE, "worse by 0.190 to 0.477"),
        (((0.9, 0.8, 0.9), (0.6, 0.5, 0.5)), EPE, "better by 0.190 to 0.477"),
        (((0.9, 0.8, 0.9, 0.9), (0.6, None, 0.5, 0.5)), DICE,
         "1 of 4 runs failed; of the 3 seeds where both ended: worse by 0.223 to 0.510"),
    ],
)  # fmt: skip
def test_a_verdict_has_both_scores_the_macs_and_the_interval(
    scores: tuple[tuple[float | None, ...], ...], measure: Measure, said: str
) -> None:
    (beside,) = compared(*scores, higher_is_better=measure.higher_is_better)
    assert wording.verdict(FULL, SMALL, beside, measure) == (
        "The pruned network reaches **0.700 ± 0.050 (3 of 4 runs)** with **25.0 %** of the MACs; the full one "
        f"**0.800 ± 0.020** ({measure.title}). Beside the full one, **{said}**. The interval holds 95 % and is paired "
        "over 3 seeds, and an interval of ± 0.020 takes about 35 seeds."
    )


def test_a_verdict_of_one_seed_says_nothing() -> None:
    (beside,) = compared((0.9,), (0.8,))
    once = replace(SMALL, spread=None, failures=0)
    assert wording.verdict(FULL, once, beside, DICE).endswith(
        f"Beside the full one, **one seed: nothing can be said**. {wording.MORE_SEEDS}"
    )


def test_a_race_is_told_line_by_line_whoever_is_ahead() -> None:
    found = compared((0.9, 0.8, 0.9), (0.8, 0.7, 0.8), (0.5, 0.4, 0.42))
    said = wording.verdicts(found[:2]).splitlines()
    assert said == [
        "- `RANP-f` beside the full one: worse by 0.100 from each of 3 seeds",
        "- `Random` beside the full one: worse by 0.312 to 0.541",
    ]
    assert [(each.label, each.other, each.text) for each in found[2:]] == [
        ("random", "ranp-f", "worse by 0.212 to 0.441")
    ]
    assert wording.verdicts(found[2:]) == "- `Random` beside `RANP-f`: worse by 0.212 to 0.441"
    title = "The other networks beside each other: "
    assert wording.pairs_title(found[2:]) == f"{title}1 pair, 1 of them with a difference that is sure"
    unsure = compared((0.9, 0.8, 0.9), (0.8, 0.7, 0.8), (0.9, 0.4, 0.8))[2:] * 2
    assert wording.pairs_title(unsure) == f"{title}2 pairs, none of them with a difference that is sure"


def test_a_check_on_its_way_says_where_it_is() -> None:
    check = CheckFacts("id", "title", "waiting", ("unet3d", "classroom"), 3, None, None, 2, 100, "steps", DICE)
    assert wording.progress(check) == ("Place 3 in the queue: 2 before it. Its worker vanished, so it begins again.")
    assert wording.progress(replace(check, position=1, attempt=1)) == "It is next in the queue."
    now = Progress(1, "ranp-f", 5, 42, 0.5, 0.37, 200.0)
    running = replace(check, state="running", progress=now)
    assert wording.progress(running) == "37 %: RANP-f, seed 5, step 42; about 3 min left"
    assert (
        wording.progress(replace(running, progress=replace(now, step=0)))
        == "37 %: RANP-f, seed 5, scoring and pruning; about 3 min left"
    )


def test_titles_and_sources_have_their_figures() -> None:
    assert wording.race_title("3D-UNet", "macs", 0.25, 3) == "3D-UNet: race of 3 at 25 % of the MACs"
    assert wording.race_title("3D-UNet", "sparsity", 0.4, 2) == "3D-UNet: race of 2 at sparsity 40 %"
    run = {"command": "ranp race", "machine": "a machine", "date": "2026-01-02", "versions": {"ranp": "1.2.3"}}
    asked = race(Subject("unet3d"), ("ranp-f",), budget=("macs", 0.3), seeds=tuple(range(5)), recipe=Recipe(steps=120))
    told = (
        "120 steps (no recipe of this size) each at 30 % of the MACs; `ranp race` with ranp 1.2.3, 2026-01-02, on a "
        "machine."
    )
    assert wording.provenance(Race("brain", asked, (), (run,)), "It moves.") == f"5 seeds, {told} It moves."
    assert wording.failed(SMALL).startswith("`RANP-f` failed from 1 of 4 seeds: ")


def test_a_curve_of_survivors_says_so() -> None:
    def run(seed: int, score: float | None) -> Entry:
        curve = () if score is None else (Point(1, 1.0, 0.5, {"dice": score}),)
        return Entry(1, "random", seed, score=score, reason=None if score is not None else "it diverged", curve=curve)

    check = race(Subject("unet3d"), ("random",), seeds=(0, 1, 2))
    (found,) = curves(check, [run(0, 0.4), run(1, None), run(2, 0.6)])
    assert (found.label, found.mean, found.seeds) == ("random (1 of 3 runs failed)", (0.5,), (2,))
    (all_ended,) = curves(check, [run(0, 0.4), run(2, 0.6)])
    assert all_ended.label == "random"


def test_charts_of_a_race_stand_at_the_results() -> None:
    figure = race_scores((FULL, SMALL, FAILED), DICE)
    assert [trace.x[0] for trace in figure.data] == [0.8, 0.7, 0.0]
    assert [trace.error_x.array[0] for trace in figure.data] == [0.02, 0.05, 0.0]
    words = [trace.hovertemplate.removesuffix("<extra></extra>") for trace in figure.data]
    assert words[0] == "<b>full</b><br>0.800 ± 0.020, 4 seeds"
    assert words[1] == "<b>RANP-f</b><br>0.700 ± 0.050, 1 of 4 seeds failed"
    macs, memory = race_costs((FULL, SMALL, FAILED)).data
    assert (macs.name, list(macs.x)) == ("MACs", [1, 0.25, None])
    assert (memory.name, list(memory.x)) == ("Memory", [1, 0.5, None])
    assert list(figure.layout.yaxis.ticktext) == ["full", "RANP-f<br>1 of 4 runs failed", "Vanilla neuron pruning"]
    words = race_in_words((FULL, SMALL, FAILED), DICE)
    assert words.endswith(": full 0.800 ± 0.020, RANP-f 0.700 ± 0.050 (3 of 4 runs), Vanilla neuron pruning failed.")


def test_a_row_of_trials_has_its_figures() -> None:
    trial = TrialFacts(7, "id", "done", "blend", 0.4, 0.3, 11.0, 2, score=0.61, macs=2e6, activations=5e5, best=True)
    waits = TrialFacts(8, "id", "waiting", "ranp-f", 0.5, None, None, 0)
    facts = SweepFacts("mine", "grid", ("unet3d", "classroom"), DICE, (trial, replace(trial, number=9), waits))
    row = trial_row(trial, facts)
    assert row == {
        "Open": "Open 7", "State": "done", "Method": "blend", "Sparsity": 0.4, "Budget": None, "α": 0.3, "λ": 11.0,
        "Seed": 2, "Dice": 0.61, "MACs": "2.00 M", "Memory": "2.00 MB", "Pareto": "yes", "Reason": "",
    }  # fmt: skip
    assert pd.isna(trial_row(waits, facts)["MACs"] or float("nan"))
    assert wording.sweep_progress(facts) == "3 trials: 1 waiting, 2 done"
    assert wording.open_trial(trial) == "Open trial 7 in Explore: blend, sparsity 40.0 %"
