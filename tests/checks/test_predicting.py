"""Predict first: the right option, worked out from made-up races of which it is known."""

import pytest

from ranp.checks import against_cost, predict_race
from ranp.checks.evidence.predicting import OPTIONS
from tests.checks.made_races import Scores, by_name, made

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
