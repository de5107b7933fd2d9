"""Intervals, p, Holm's correction and the seeds that a precision takes, against published values and slow answers."""

import math
import random

import pytest

from ranp.statistics import differences, seeds_needed
from ranp.statistics.holm import holm
from ranp.statistics.student import half_width, p_value

TWO_SIDED = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 10: 2.262, 31: 2.042}
"""Number of values -> t at 95%, with one degree of freedom less: from printed tables."""


@pytest.mark.parametrize(("count", "t"), TWO_SIDED.items())
def test_the_interval_is_that_of_printed_tables(count: int, t: float) -> None:
    assert half_width(1.0, count) * math.sqrt(count) == pytest.approx(t, abs=5e-4)
    assert half_width(0.3, count) == pytest.approx(0.3 * half_width(1.0, count))


def test_p_is_the_area_below_both_tails() -> None:
    def density(t: float, freedom: int) -> float:
        scale = math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2) / math.sqrt(freedom * math.pi)
        return scale * (1 + t * t / freedom) ** (-(freedom + 1) / 2)

    for count, t in ((5, 1.3), (8, -2.5)):
        step = abs(t) / 20_000
        within = 2 * step * sum(density((place + 0.5) * step, count - 1) for place in range(20_000))
        assert p_value(t * 0.7 / math.sqrt(count), 0.7, count) == pytest.approx(1 - within, abs=1e-6)


def test_holm_rejects_what_its_steps_do() -> None:
    def rejected(values: list[float], level: float) -> set[int]:
        """The procedure as it is written: from the smallest on, stop at the first that is too large."""
        found: set[int] = set()
        for place in sorted(range(len(values)), key=lambda each: values[each]):
            if values[place] > level / (len(values) - len(found)):
                break
            found.add(place)
        return found

    draw = random.Random(0)
    for _ in range(200):
        values = [draw.random() ** 3 for _ in range(draw.randint(1, 8))]
        adjusted = holm(values)
        for level in (0.01, 0.05, 0.2, 0.5):
            assert {place for place, value in enumerate(adjusted) if value <= level} == rejected(values, level)
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@pytest.mark.parametrize(("deviation", "wish"), [(0.05, 0.02), (0.1, 0.02), (0.3, 0.05), (1e-4, 0.02), (0.02, 0.18)])
def test_the_seeds_for_a_precision_are_the_first_that_reach_it(deviation: float, wish: float) -> None:
    assert seeds_needed(deviation, wish) == next(n for n in range(2, 1000) if half_width(deviation, n) <= wish)


@pytest.mark.parametrize("wish", [0.0, -0.1, float("nan")])
def test_no_precision_is_told(wish: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        seeds_needed(0.1, wish)


def test_pairs_are_of_the_same_seed_and_the_later_minus_the_earlier() -> None:
    apart, noise = (0.02, 0.03, 0.01), (0.1, -0.2, 0.05)
    full = {seed: 0.8 + noise[seed] for seed in range(3)}
    small = {seed: full[seed] - apart[seed] for seed in (2, 0, 1)}  # in whatever order they ended
    (found,) = differences({0: full, 4: small})
    assert (found.first, found.second, found.runs, found.pairs) == (4, 0, 3, 3)
    assert found.mean == pytest.approx(-0.02)
    assert found.deviation == pytest.approx(0.01)  # the noise of the seeds is in neither
    assert found.high == pytest.approx(-0.02 + 4.303 * 0.01 / math.sqrt(3), abs=1e-5)
    assert found.low == pytest.approx(-0.02 - 4.303 * 0.01 / math.sqrt(3), abs=1e-5)


def test_failed_runs_are_counted_and_never_averaged() -> None:
    full = {0: 0.9, 1: 0.8, 2: 0.9, 3: None}
    small = {0: 0.7, 1: None, 2: None, 3: 0.1}
    (found,) = differences({0: full, 1: small})
    assert (found.runs, found.first_failures, found.second_failures, found.pairs) == (4, 2, 1, 1)
    assert found.mean == pytest.approx(-0.2)
    assert (found.half_width, found.p, found.shown) == (None, None, False)
    (none,) = differences({0: full, 1: dict.fromkeys(full)})
    assert (none.mean, none.pairs, none.first_failures) == (None, 0, 4)


def test_a_seed_that_only_one_was_trained_from_is_in_no_pair() -> None:
    (found,) = differences({0: {0: 0.9, 1: 0.8, 2: 0.9}, 1: {1: 0.7, 2: 0.9}})
    assert (found.runs, found.pairs, found.first_failures, found.second_failures) == (2, 2, 0, 0)


def test_equal_differences_have_no_p_and_are_none_of_those_that_count() -> None:
    base = {0: 0.9, 1: 0.8, 2: 0.85}
    found = differences({0: base, 1: dict(base), 2: {seed: score - 0.1 for seed, score in base.items()},
                         3: {0: 0.5, 1: 0.7, 2: 0.8}})  # fmt: skip
    by_pair = {(each.second, each.first): each for each in found}
    assert (by_pair[0, 1].mean, by_pair[0, 1].deviation, by_pair[0, 1].p) == (0.0, 0.0, None)
    assert (by_pair[0, 2].deviation, by_pair[0, 2].p) == (0.0, None)  # though rounding makes them unequal
    assert by_pair[0, 2].mean == pytest.approx(-0.1)
    assert {each.among for each in found} == {3}


def test_p_is_adjusted_for_all_pairs_of_the_table() -> None:
    full = {0: 0.90, 1: 0.91, 2: 0.92, 3: 0.90}
    runs = {0: full, 1: {0: 0.80, 1: 0.82, 2: 0.81, 3: 0.80}, 2: {0: 0.85, 1: 0.95, 2: 0.7, 3: 0.9}}
    found = differences(runs)
    assert [each.holm for each in found] == pytest.approx(holm([each.p or 0.0 for each in found]))
    (alone,) = differences({place: runs[place] for place in (0, 1)})
    assert (alone.holm, alone.among) == (alone.p, 1)
    assert found[0].p == alone.p
    assert (found[0].holm or 0.0) == pytest.approx(3 * (alone.p or 0.0))
