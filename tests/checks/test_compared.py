"""Networks of a check beside each other: who is ahead, and whether it matters which neurons stay."""

import pytest

from ranp.checks import Entry, compare, criterion_matters

METHOD = (0.80, 0.78, 0.81, 0.79)
LOWER, HIGHER, NEAR = (0.60, 0.59, 0.60, 0.57), (0.90, 0.89, 0.90, 0.88), (0.81, 0.74, 0.83, 0.78)
WORSE = "It matters here which neurons stay: other neurons, as many of each layer, do worse"
NOT_SHOWN = "That it matters which neurons stay is not shown here: "


def controls(**scores: tuple[float | None, ...]) -> list[Entry]:
    """Entries of networks with these scores from each seed, in this order."""
    return [
        Entry(place, f"{name}, weights kept", seed, score=score, reason=None if score is not None else "it diverged")
        for place, (name, found) in enumerate(scores.items())
        for seed, score in enumerate(found)
    ]


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"shuffled": LOWER, "worst": LOWER}, f"{WORSE}."),
        ({"shuffled": LOWER, "worst": HIGHER}, f"{WORSE} or better."),
        (
            {"shuffled": NEAR, "worst": HIGHER},
            "It matters here which neurons stay, but not as the criterion has it: other neurons, as many of each "
            "layer, do better.",
        ),
        ({"shuffled": NEAR, "worst": NEAR[::-1]}, f"{NOT_SHOWN}other neurons, as many of each layer, do neither better "
                                                  "nor worse for sure."),
        ({"thin": LOWER, "random": LOWER}, ""),  # of other widths
        ({"shuffled": (None,) * 4, "worst": (None,) * 4}, ""),
    ],
)  # fmt: skip
def test_whether_the_criterion_matters_is_computed(others: dict[str, tuple[float | None, ...]], says: str) -> None:
    entries = controls(**{"ranp-f": METHOD}, **others)  # type: ignore[arg-type]
    assert criterion_matters(compare(entries, True)) == says


def test_of_errors_the_smaller_one_is_ahead() -> None:
    entries = controls(**{"ranp-f": METHOD}, shuffled=LOWER)
    for higher_is_better, ahead in ((True, False), (False, True)):
        (found,) = compare(entries, higher_is_better)
        assert found.ahead is ahead
    assert "but not as the criterion has it" in criterion_matters(compare(entries, False))
    (unsure,) = compare(controls(**{"ranp-f": METHOD}, shuffled=NEAR), True)
    assert unsure.ahead is None


def test_the_method_stands_beside_the_full_network_or_alone() -> None:
    entries = controls(**{"full": HIGHER, "ranp-f": METHOD}, shuffled=LOWER)
    assert criterion_matters(compare(entries, True)) == f"{WORSE}."
    assert criterion_matters(compare(controls(full=METHOD, shuffled=LOWER), True)) == ""


def test_one_seed_and_one_and_the_same_network_answer_nothing() -> None:
    one = controls(**{"ranp-f": METHOD[:1]}, shuffled=LOWER[:1])
    assert criterion_matters(compare(one, True)) == ""
    assert criterion_matters(compare(controls(**{"ranp-f": METHOD}, shuffled=METHOD), True)) == ""
