"""Balance and resource reweighting against the formulas, written out for one layer at a time."""

import math

import pytest
import torch
from torch import Tensor

from ranp.importance import importance
from ranp.selection import blend_costs, reweight
from ranp.types import Scores
from tests.cases import CASES

COSTS = {"a": 4e9, "b": 1e9, "c": 0.0}
ACTIVATIONS = {"a": 10.0, "b": 40.0, "c": 20.0}


@pytest.fixture
def scores() -> Scores:
    generator = torch.Generator().manual_seed(0)
    return {name: torch.rand(neurons, generator=generator) for name, neurons in (("a", 3), ("b", 7), ("c", 2))}


def by_hand(scores: Scores, ratios: dict[str, float] | None, lam: float, balance: bool) -> Scores:
    """Steps 4 and 5 of the algorithm, layer by layer, in Python's own arithmetic."""
    means = {name: sum(score.tolist()) / len(score) for name, score in scores.items()}
    weighed = {}
    for name, score in scores.items():
        factor = max(means.values()) / means[name] if balance else 1.0
        if ratios is not None:
            factor *= 1 + lam * math.exp(-ratios[name]) / sum(math.exp(-ratio) for ratio in ratios.values())
        weighed[name] = torch.tensor([value * factor for value in score.tolist()])
    return weighed


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert list(found) == list(expected)
    for name in found:
        torch.testing.assert_close(found[name], expected[name])


@pytest.mark.parametrize("balance", [True, False])
@pytest.mark.parametrize("lam", [0.0, 11.0, 80.0])
def test_reweighting_is_the_formula(scores: Scores, lam: float, balance: bool) -> None:
    ratios = {"a": 1.0, "b": 0.25, "c": 0.0}
    assert_same(reweight(scores, COSTS, lam, balance), by_hand(scores, ratios, lam, balance))
    assert_same(reweight(scores, None, lam, balance), by_hand(scores, None, lam, balance))


def test_balance_gives_every_layer_the_highest_mean(scores: Scores) -> None:
    means = [score.mean().item() for score in reweight(scores, None).values()]
    assert means == pytest.approx([max(score.mean().item() for score in scores.values())] * 3)


def test_without_balance_and_costs_nothing_changes(scores: Scores) -> None:
    assert_same(reweight(scores, None, balance=False), scores)


def test_scores_are_not_touched(scores: Scores) -> None:
    before = {name: score.clone() for name, score in scores.items()}
    reweight(scores, COSTS)
    assert_same(scores, before)


def test_the_units_of_costs_do_not_matter(scores: Scores) -> None:
    assert_same(reweight(scores, COSTS), reweight(scores, {name: cost / 1e9 for name, cost in COSTS.items()}))


def test_an_expensive_layer_loses_against_a_cheap_one(scores: Scores) -> None:
    weighed = reweight(scores, COSTS, lam=11.0)
    means = {name: score.mean().item() for name, score in weighed.items()}
    assert means["a"] < means["b"] < means["c"]


@pytest.mark.parametrize(("alpha", "costs"), [(1.0, COSTS), (0.0, ACTIVATIONS)])
def test_the_blends_ends_are_ranp_f_and_ranp_m_exactly(scores: Scores, alpha: float, costs: dict[str, float]) -> None:
    blended = reweight(scores, blend_costs(COSTS, ACTIVATIONS, alpha), largest=1.0)
    expected = reweight(scores, costs)
    assert all(torch.equal(blended[name], expected[name]) for name in scores)


SECONDS = {"a": 0.3, "b": 0.7, "c": 0.1}


@pytest.mark.parametrize(
    ("alpha", "time_share", "costs"), [(1.0, 0.0, COSTS), (0.0, 0.0, ACTIVATIONS), (0.3, 1.0, SECONDS)]
)
def test_the_corners_of_three_costs_are_exact(
    scores: Scores, alpha: float, time_share: float, costs: dict[str, float]
) -> None:
    blended = reweight(scores, blend_costs(COSTS, ACTIVATIONS, alpha, SECONDS, time_share), largest=1.0)
    expected = reweight(scores, costs)
    assert all(torch.equal(blended[name], expected[name]) for name in scores)
    without = blend_costs(COSTS, ACTIVATIONS, alpha)
    assert time_share == 1 or blend_costs(COSTS, ACTIVATIONS, alpha, SECONDS, time_share) == without


def test_within_the_three_costs_each_has_its_share(scores: Scores) -> None:
    ratios = {
        name: 0.4 * SECONDS[name] / 0.7 + 0.6 * (0.25 * COSTS[name] / 4e9 + 0.75 * ACTIVATIONS[name] / 40)
        for name in COSTS
    }
    blended = blend_costs(COSTS, ACTIVATIONS, 0.25, SECONDS, 0.4)
    assert blended == pytest.approx(ratios)


def test_a_share_of_time_needs_seconds(scores: Scores) -> None:
    for seconds in (None, {"a": 1.0}, dict.fromkeys(COSTS, 0.0)):
        with pytest.raises(ValueError, match="needs the seconds of every layer"):
            blend_costs(COSTS, ACTIVATIONS, 0.5, seconds, 0.1)
    with pytest.raises(ValueError, match="time_share must be between 0"):
        blend_costs(COSTS, ACTIVATIONS, 0.5, SECONDS, 1.5)


def test_a_blend_is_not_divided_by_its_own_maximum(scores: Scores) -> None:
    ratios = {"a": 0.5 * 1.0 + 0.5 * 0.25, "b": 0.5 * 0.25 + 0.5 * 1.0, "c": 0.5 * 0.0 + 0.5 * 0.5}
    blended = reweight(scores, blend_costs(COSTS, ACTIVATIONS, 0.5), lam=15.0, largest=1.0)
    assert_same(blended, by_hand(scores, ratios, 15.0, balance=True))


def test_a_layer_at_zero_stays_there(scores: Scores) -> None:
    weighed = reweight({**scores, "c": torch.zeros(2)}, COSTS)
    assert weighed["c"].tolist() == [0, 0]
    assert all(weighed[name].isfinite().all() for name in weighed)


def test_real_scores_stay_in_order_within_a_layer() -> None:
    case = CASES["unet3d"]()
    scores = importance(case.model, case.batches, case.loss)
    weighed = reweight(scores, {name: float(place) for place, name in enumerate(scores)})
    assert all(torch.equal(weighed[name].argsort(), score.argsort()) for name, score in scores.items())


NAN, ZEROS = torch.tensor([0.1, torch.nan]), torch.zeros(2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scores": {}}, "there are no scores"),
        ({"scores": {"a": NAN}}, "scores of layer 'a' hold nan or infinity"),
        ({"scores": {"a": ZEROS, "b": ZEROS}}, "every neuron scores zero"),
        ({"scores": {"a": torch.ones(2, 2)}}, r"'a' must have one score a neuron, not a tensor of shape \(2, 2\)"),
        ({"lam": -1.0}, "lambda must be a number of at least 0, not -1"),
        ({"lam": math.nan}, "lambda must be a number of at least 0, not nan"),
        ({"costs": {"a": 1.0, "b": 1.0}}, "the cost of layer 'c' .* is missing"),
        ({"costs": {"a": 1.0, "b": -1.0, "c": 1.0}}, "the cost of layer 'b'"),
        ({"costs": {"a": 0.0, "b": 0.0, "c": 0.0}}, "every scored layer costs nothing"),
    ],
)
def test_a_mistake_is_one_plain_sentence(scores: Scores, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reweight(**{"scores": scores, "costs": COSTS, **arguments})


def test_a_blend_outside_its_ends_is_refused() -> None:
    for alpha in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="alpha must be between 0"):
            blend_costs(COSTS, ACTIVATIONS, alpha)
    with pytest.raises(ValueError, match=r"of different layers: \['c'\]"):
        blend_costs(COSTS, {"a": 1.0, "b": 2.0}, 0.5)
