"""The words of verdicts, from made-up scores of which the right ones are known."""

import pytest

from ranp.checks import Entry, compare
from ranp.statistics import Difference, differences, precision, verdict

UP = (0.90, 0.88, 0.91, 0.89, 0.90)


def said(small: tuple[float | None, ...], full: tuple[float | None, ...] = UP, higher_is_better: bool = True) -> str:
    (found,) = differences({0: dict(enumerate(full)), 1: dict(enumerate(small))})
    return verdict(found, higher_is_better)


@pytest.mark.parametrize(
    ("small", "words"),
    [
        # -0.10, -0.12, -0.08, -0.11, -0.09: mean -0.1, deviation 0.01581, ± 2.776 · 0.01581 / √5 = 0.01963
        ((0.80, 0.76, 0.83, 0.78, 0.81), "worse by 0.080 to 0.120"),
        ((1.00, 1.00, 0.99, 1.00, 0.99), "better by 0.080 to 0.120"),
        # +0.03, -0.02, 0.00, -0.02, -0.01: mean -0.004, deviation 0.02074, ± 0.02575
        ((0.93, 0.86, 0.91, 0.87, 0.89), "no difference is shown; one larger than 0.030 can be excluded"),
        (UP, "the same score from each of 5 seeds"),
        ((0.80, 0.78, 0.81, 0.79, 0.80), "worse by 0.100 from each of 5 seeds"),
        ((0.80,), "one seed: nothing can be said"),
        ((None,), "1 of 1 runs failed"),
        ((None,) * 5, "5 of 5 runs failed"),
        ((0.80, None, None, None, None), "4 of 5 runs failed; where both ended: one seed: nothing can be said"),
        ((), "nothing to compare yet"),
    ],
)
def test_the_right_words_are_known(small: tuple[float | None, ...], words: str) -> None:
    assert said(small) == words


def test_of_errors_less_is_better() -> None:
    small = tuple(score - apart for score, apart in zip(UP, (0.10, 0.12, 0.08, 0.11, 0.09), strict=True))
    assert said(small, higher_is_better=False) == "better by 0.080 to 0.120"
    assert said(UP, small, higher_is_better=False) == "worse by 0.080 to 0.120"


def test_survivors_are_said_to_be_survivors() -> None:
    small = (0.80, None, 0.83, 0.78, 0.81)
    # of four: -0.10, -0.08, -0.11, -0.09: mean -0.095, deviation 0.01291, ± 3.182 · 0.01291 / 2 = 0.02054
    assert said(small) == "1 of 5 runs failed; of the 4 seeds where both ended: worse by 0.074 to 0.116"
    # A network that lost the runs in which it would have been bad must not simply be called better.
    good = (1.00, None, 0.99, 1.00, 0.99)
    assert said(good).startswith("1 of 5 runs failed; of the 4 seeds where both ended: better by ")
    assert said(small, (0.90, 0.88, None, None, None)) == (
        "1 of 5 runs failed, 3 of 5 runs failed of the network beside it; where both ended: one seed: nothing can be "
        "said"
    )


def test_a_bound_that_is_nearly_nothing_is_no_zero() -> None:
    found = Difference(1, 0, 5, 0, 0, 5, 0.0202, 0.016, 0.02, p=0.04, holm=0.04, among=1)
    assert verdict(found, True) == "better by 0.0002 to 0.040"


def test_an_interval_that_does_not_stand_beside_the_others_says_so() -> None:
    found = Difference(1, 0, 5, 0, 0, 5, 0.04, 0.016, 0.02, p=0.02, holm=0.06, among=3)
    assert verdict(found, True) == "better by 0.020 to 0.060 taken alone, but not sure beside 2 other comparisons"
    assert not found.shown


def test_the_words_are_the_same_whoever_is_ahead() -> None:
    """RANP-f far ahead of all, as once was told without an interval; and the same scores under other names."""
    ahead, behind = (0.89, 0.85, 0.87, 0.86, 0.88), (0.60, 0.62, 0.55, 0.58, 0.61)

    def entries(names: tuple[str, ...], *scores: tuple[float, ...]) -> list[Entry]:
        return [
            Entry(place, name, seed, score=score)
            for place, (name, found) in enumerate(zip(names, scores, strict=True))
            for seed, score in enumerate(found)
        ]

    ranp_first = compare(entries(("full", "ranp-f", "random"), UP, ahead, behind), True)
    random_first = compare(entries(("full", "random", "ranp-f"), UP, ahead, behind), True)
    assert [each.text for each in ranp_first] == [each.text for each in random_first]
    assert [(each.label, each.other) for each in ranp_first] == [
        ("ranp-f", "full"), ("random", "full"), ("random", "ranp-f"),
    ]  # fmt: skip
    texts = [each.text for each in ranp_first]
    assert all(text.startswith("worse by ") and "alone" not in text for text in texts)
    near = compare(entries(("full", "ranp-f", "random"), UP, ahead, (0.86, 0.87, 0.85, 0.84, 0.90)), True)
    assert near[-1].text == "no difference is shown; one larger than 0.036 can be excluded"  # ahead by its mean alone


def test_the_seeds_that_a_precision_takes_are_told() -> None:
    (found,) = differences({0: dict(enumerate(UP)), 1: dict(enumerate((0.80, 0.70, 0.85, 0.75, 0.88)))})
    assert found.deviation == pytest.approx(0.06325, abs=1e-5)
    assert precision(found, 0.02) == "an interval of ± 0.020 takes about 41 seeds"
    assert precision(found, 1e-6) == "an interval of ± 1e-06 takes more than a million seeds"
    (one,) = differences({0: {0: 0.9}, 1: {0: 0.8}})
    assert precision(one, 0.02) == ""
