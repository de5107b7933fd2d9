"""Predict first: the right option, worked out from made-up races of which it is known."""

import pytest

from ranp.checks import against_cost, predict_race, predict_when, when_name, when_raced
from ranp.checks.evidence.predicting import OPTIONS
from tests.checks.made_races import Scores, by_name, made
from tests.schedules.test_when import raced

FULL = (0.90, 0.89, 0.91, 0.90, 0.91)
NEAR = (0.89, 0.90, 0.90, 0.91, 0.90)
FAR = (0.50, 0.49, 0.51, 0.51, 0.49)


def answer(scores: Scores, other: str = "full", share: float = 0.25) -> tuple[str, str]:
    asked = predict_race(against_cost(by_name(made({"full": FULL, **scores}))), other, share)
    assert asked.options == tuple(OPTIONS.values())
    return asked.options[asked.right], asked.because


@pytest.mark.parametrize(
    ("own", "thin", "right", "because"),
    [
        (NEAR, FAR, "better", "better by 0.388 to 0.412"),
        (FAR, NEAR, "worse", "worse by 0.388 to 0.412"),
        (NEAR, FULL, "unsure", "no difference is shown; one larger than 0.016 can be excluded"),
        (NEAR, NEAR, "unsure", "the same score from each of 5 seeds"),
        (NEAR, (0.87, 0.87, 0.89, 0.89, 0.88), "better", "better by"),
        ((None, *NEAR[1:]), FAR, "failed", "1 of 5 runs failed; of the 4 seeds where both ended: better by"),
        (NEAR, (None,) * 5, "failed", "5 of 5 runs failed of the network beside it"),
    ],
)
def test_the_right_option_follows_from_the_interval(
    own: tuple[float | None, ...], thin: tuple[float | None, ...], right: str, because: str
) -> None:
    said, why = answer({"ranp-f": own, "thin": thin}, "thin")
    assert said == OPTIONS[right]
    assert why.startswith("brain at 25%, 5 seeds: the scores differ by ")
    assert f"RANP-f beside thin: {because}" in why


def test_one_seed_says_nothing_and_what_is_not_run_is_not_guessed() -> None:
    once = made({"full": (0.9,), "ranp-f": (0.2,)})
    asked = predict_race(against_cost(by_name(once)))
    assert asked.options[asked.right] == OPTIONS["one seed"]
    assert "1 seed: the scores differ by -0.700 " in asked.because
    question = "RANP-f leaves 25% of the MACs, and the network is trained. How does it do beside the full network?"
    assert asked.text == f"brain: {question}"
    for other, share in (("thin", 0.25), ("full", 0.05)):
        missing = predict_race(against_cost(by_name(once)), other, share)
        assert missing.options[missing.right] == OPTIONS["none"]
    assert predict_race(against_cost(by_name(once)), "thin").task is not None  # whose other scores can be looked at
    assert predict_race([]).task is None


def test_the_first_task_that_has_the_pair_is_asked_of() -> None:
    errors: Scores = {"full": (3.0, 3.2), "ranp-f": (3.4, 3.5), "thin": (3.3, 3.1)}
    tasks = against_cost(by_name(made({"full": FULL, "ranp-f": NEAR}), made(errors, "stereo")))
    assert predict_race(tasks, "full").text.startswith("brain: ")
    asked = predict_race(tasks, "thin")
    assert asked.text.startswith("stereo: ")
    assert "lower is better" in asked.because
    assert predict_race(tasks[::-1], "full").text.startswith("stereo: ")


@pytest.mark.parametrize(
    ("late", "right", "because"),
    [
        (FAR, "worse", "worse by"),
        (NEAR, "unsure", "no difference is shown"),
        (FULL, "unsure", "the same score from each of 5 seeds"),
        ((None, *NEAR[1:]), "failed", "1 of 5 runs failed"),
    ],
)
def test_after_training_beside_at_initialization(late: tuple[float | None, ...], right: str, because: str) -> None:
    race = raced({"full": FULL, "init": FULL, "after": late}, when_name("tissue", 0.25))
    asked = predict_when(when_raced(by_name(race)))
    assert asked.options[asked.right] == OPTIONS[right]
    assert asked.because.startswith("tissue, equal steps, 5 seeds: the scores differ by ")
    assert f"after beside init: {because}" in asked.because
    question = "How does the network of the schedule *after* do beside that of *init*, at equal steps?"
    assert asked.text == f"tissue: 25% of the MACs are left. {question}"


def test_equal_bills_are_asked_of_where_they_were_raced() -> None:
    better, worse = {"init": FAR, "after": FULL}, {"init": FULL, "after": FAR}
    steps, slim = raced(worse, when_name("tissue", 0.25)), raced(better, when_name("tissue", 0.10, "total"))
    asked = predict_when(when_raced(by_name(steps, slim)))
    assert asked.options[asked.right] == OPTIONS["worse"], "at another share there is another question"
    bills = raced(better, when_name("voxel-parts", 0.25, "total"))
    asked = predict_when(when_raced(by_name(steps, slim, bills)))
    assert asked.options[asked.right] == OPTIONS["better"]
    assert asked.text.startswith("voxel-parts: 25% of the MACs are left.")
    assert asked.text.endswith("at equal bills?")
    once = predict_when(when_raced(by_name(raced({"init": (0.9,), "after": (0.8,)}, when_name("tissue", 0.25)))))
    assert once.options[once.right] == OPTIONS["one seed"]
    never = predict_when(when_raced(by_name(raced({"init": FULL}, when_name("tissue", 0.25)))))
    assert never.options[never.right] == OPTIONS["none"]
