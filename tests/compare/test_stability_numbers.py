"""What Compare writes of stability, worked out anew: by all pairs of plans and all random choices."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
import torch

from explorer.compare import stability_of
from explorer.compare.charts.stability import agreement, agreement_in_words, kept_spread
from explorer.compare.facts import StabilityFacts
from tests.compare.by_library import kept_by

PLANS = [
    {"a": torch.tensor(a, dtype=torch.bool), "b": torch.tensor(b, dtype=torch.bool)}
    for a, b in (([1, 1, 0, 0, 0], [1, 1, 1]), ([1, 0, 1, 0, 0], [0, 1, 1]), ([1, 1, 1, 0, 0], [1, 0, 0]))
]


def shared_by_chance(neurons: int, first: int, second: int) -> float:
    """The mean size of what two random choices have in common: of all choices of the second, with the first fixed."""
    return sum(k * comb(first, k) * comb(neurons - first, second - k) for k in range(second + 1)) / comb(
        neurons, second
    )


def test_how_plans_agree_is_counted_pair_by_pair() -> None:
    spread = stability_of._spread(PLANS)
    for place, layer in enumerate("ab"):
        masks = [plan[layer] for plan in PLANS]
        sets = [set(mask.nonzero().flatten().tolist()) for mask in masks]
        jaccards = [len(one & other) / len(one | other) for one, other in combinations(sets, 2)]
        chances = []
        for one, other in combinations(sets, 2):
            shared = shared_by_chance(masks[0].numel(), len(one), len(other))
            chances.append(shared / (len(one) + len(other) - shared))
        shares = [len(one) / masks[0].numel() for one in sets]
        assert spread.jaccard_mean[place] == pytest.approx(np.mean(jaccards))
        assert spread.jaccard_std[place] == pytest.approx(np.std(jaccards))
        assert spread.chance[place] == pytest.approx(np.mean(chances))
        assert spread.kept_mean[place] == pytest.approx(np.mean(shares))
        assert spread.kept_std[place] == pytest.approx(np.std(shares))
    whole = [kept_by(plan) for plan in PLANS]
    jaccards = [len(one & other) / len(one | other) for one, other in combinations(whole, 2)]
    chances = []
    for one, other in combinations(PLANS, 2):
        sizes = [(one[name].numel(), int(one[name].sum()), int(other[name].sum())) for name in one]
        shared = sum(shared_by_chance(*size) for size in sizes)
        chances.append(shared / (sum(first + second for _, first, second in sizes) - shared))
    assert (spread.plans, spread.in_all_mean) == (3, pytest.approx(np.mean(jaccards)))
    assert (spread.in_all_std, spread.in_all_chance) == pytest.approx((np.std(jaccards), np.mean(chances)))


def test_what_the_charts_of_stability_say_is_in_the_spreads() -> None:
    examples, weights = stability_of._spread(PLANS[:2]), stability_of._spread(PLANS)
    facts = StabilityFacts(("a", "b"), 0.5, examples, weights)
    words = agreement_in_words(facts)
    for title, one in (("other examples", examples), ("other weights", weights)):
        chance = f"(by chance {100 * one.in_all_chance:.1f} %)"
        assert f"{title} {100 * one.in_all_mean:.1f} % in common {chance}" in words
    marks = agreement(facts).data
    for (mean, chance), one in zip((marks[:2], marks[2:]), (examples, weights), strict=True):
        np.testing.assert_array_equal(mean.y, one.jaccard_mean)
        np.testing.assert_array_equal(mean.error_y.array, one.jaccard_std)
        np.testing.assert_array_equal(chance.y, one.chance)
    for mean, one in zip(kept_spread(facts).data, (examples, weights), strict=True):
        np.testing.assert_array_equal(mean.y, one.kept_mean)
        np.testing.assert_array_equal(mean.error_y.array, one.kept_std)
