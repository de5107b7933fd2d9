"""Selection against a threshold taken by sorting, one sparsity at a time."""

import math
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ranp.graph import find_layers
from ranp.selection import PLATEAUS, equal_scores, magnitude_scores, random_scores, select
from ranp.selection.counts.line import distinct_sparsities, sparsity_keeping
from ranp.selection.select import (
    floor_under_cap,
    lifetimes,
    select_layerwise,
)
from ranp.types import Masks, Scores
from tests.cases import CASES

# Few different values, so that many neurons tie.
LAYERS = st.lists(st.lists(st.sampled_from([0.25, 0.5, 1.0, 2.0, 3.0]), min_size=1, max_size=9), min_size=1, max_size=5)
SPARSITIES = st.floats(min_value=0, max_value=1, exclude_max=True)


def scores_of(layers: list[list[float]]) -> Scores:
    return {f"layer{place}": torch.tensor(values) for place, values in enumerate(layers)}


def sorted_threshold(scores: Scores, sparsity: float, keep: tuple[str, ...] = (), min_neurons: int = 0) -> Masks:
    """Keep what is at least the k-th largest, step 6 of the algorithm to the letter; the layer's best on top of it."""
    pool = sorted((value for score in scores.values() for value in score.tolist()), reverse=True)
    k = int(len(pool) * (1 - sparsity))
    masks = {}
    for name, score in scores.items():
        values = score.tolist()
        best = sorted(range(len(values)), key=lambda neuron: -values[neuron])[:min_neurons]
        masks[name] = torch.tensor(
            [name in keep or neuron in best or (k > 0 and value >= pool[k - 1]) for neuron, value in enumerate(values)]
        )
    return masks


def equal(found: Masks, expected: Masks) -> bool:
    return list(found) == list(expected) and all(torch.equal(found[name], expected[name]) for name in found)


@settings(max_examples=200, deadline=None)
@given(LAYERS, SPARSITIES, st.integers(0, 3))
def test_select_keeps_what_reaches_the_kth_largest_score(
    layers: list[list[float]], sparsity: float, min_neurons: int
) -> None:
    scores = scores_of(layers)
    assert equal(select(scores, sparsity, plateau="keep"), sorted_threshold(scores, sparsity))
    found = select(scores, sparsity, keep=["layer0"], min_neurons=min_neurons, plateau="keep")
    assert equal(found, sorted_threshold(scores, sparsity, ("layer0",), min_neurons))


def one_by_one(scores: Scores, sparsity: float) -> Masks:
    """Take away neuron after neuron: of the lowest score, of the layer that has given up the least of it, its last."""
    left = {(name, index): value for name, score in scores.items() for index, value in enumerate(score.tolist())}
    had = Counter((name, value) for (name, _), value in left.items())
    gone: Counter[tuple[str, float]] = Counter()
    for _ in range(len(left) - int(len(left) * (1 - sparsity))):
        low = min(left.values())
        names = [name for name in scores if had[name, low] > gone[name, low]]
        layer = min(names, key=lambda name: Fraction(gone[name, low] + 1, had[name, low]))
        gone[layer, low] += 1
        del left[layer, max(index for (name, index), value in left.items() if (name, value) == (layer, low))]
    return {
        name: torch.tensor([(name, index) in left for index in range(score.numel())]) for name, score in scores.items()
    }


@settings(max_examples=200, deadline=None)
@given(LAYERS, SPARSITIES)
def test_a_plateau_goes_one_by_one_from_each_layer_in_proportion(layers: list[list[float]], sparsity: float) -> None:
    scores = scores_of(layers)
    assert equal(select(scores, sparsity), one_by_one(scores, sparsity))
    alone = {name: one_by_one({name: score}, sparsity)[name] for name, score in scores.items()}
    assert equal(select_layerwise(scores, sparsity), alone)


def test_zeros_do_not_empty_a_layer_before_the_others_are_as_good_as_empty() -> None:
    scores = {"small": torch.zeros(2), "wide": torch.zeros(64), "alive": torch.ones(34)}
    lives = lifetimes(scores, [0.3, 0.6, 0.64, 0.65, 0.66])
    assert [[int((life > point).sum()) for life in lives.values()] for point in range(5)] == [
        [2, 34, 34], [1, 5, 34], [1, 1, 34], [0, 1, 34], [0, 0, 34],
    ]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(LAYERS, SPARSITIES, st.booleans())
def test_equal_scores_at_the_threshold_are_told(layers: list[list[float]], sparsity: float, layerwise: bool) -> None:
    scores = scores_of(layers)
    method = select_layerwise if layerwise else select
    for plateau in PLATEAUS:
        masks = method(scores, sparsity, plateau=plateau)
        told = equal_scores(scores, sparsity, layerwise, plateau)
        for found in told:
            names = list(scores) if found.layer is None else [found.layer]
            here = torch.cat([scores[name] for name in names]) == found.score
            kept = torch.cat([masks[name] for name in names])
            assert (int(here.sum()), int(kept[here].sum())) == (found.neurons, found.kept)
            assert 0 < found.asked < found.neurons
            assert (found.kept == found.neurons) == (plateau == "keep")
        torn = [name for name in (scores if layerwise else [None]) if _torn(scores, method(scores, sparsity), name)]
        assert [found.layer for found in told] == torn


def _torn(scores: Scores, masks: Masks, layer: str | None) -> bool:
    """Whether one of two neurons of the same score stays and the other goes."""
    names = list(scores) if layer is None else [layer]
    pairs = zip(torch.cat([scores[name] for name in names]), torch.cat([masks[name] for name in names]), strict=True)
    found: dict[float, set[bool]] = {}
    for value, kept in pairs:
        found.setdefault(float(value), set()).add(bool(kept))
    return any(len(fates) == 2 for fates in found.values())


@settings(max_examples=100, deadline=None)
@given(LAYERS, SPARSITIES)
def test_layerwise_is_select_in_each_layer(layers: list[list[float]], sparsity: float) -> None:
    scores = scores_of(layers)
    alone = {name: select({name: score}, sparsity)[name] for name, score in scores.items()}
    assert equal(select_layerwise(scores, sparsity), alone)
    kept = select_layerwise(scores, sparsity, keep=["layer0"], min_neurons=1)
    assert kept["layer0"].all()
    assert all(mask.any() for mask in kept.values())


@settings(max_examples=100, deadline=None)
@given(LAYERS, st.lists(SPARSITIES, min_size=1, max_size=6).map(sorted), st.integers(0, 2), st.booleans())
def test_a_neuron_is_in_the_masks_of_its_lifetime_and_in_no_later_one(
    layers: list[list[float]], grid: list[float], min_neurons: int, layerwise: bool
) -> None:
    scores = scores_of(layers)
    lives = lifetimes(scores, grid, ["layer0"], min_neurons, layerwise)
    for point, sparsity in enumerate(grid):
        method = select_layerwise if layerwise else select
        expected = method(scores, sparsity, ["layer0"], min_neurons)
        assert equal({name: life > point for name, life in lives.items()}, expected)


def test_sparsity_zero_keeps_everything() -> None:
    scores = scores_of([[1.0, 2.0], [0.5]])
    assert all(mask.all() for mask in select(scores, 0).values())
    assert all(mask.all() for mask in select_layerwise(scores, 0).values())


def test_ties_with_the_threshold_are_kept() -> None:
    masks = select({"a": torch.tensor([1.0, 2.0, 2.0]), "b": torch.tensor([2.0])}, 0.75, plateau="keep")
    assert {name: mask.tolist() for name, mask in masks.items()} == {"a": [False, True, True], "b": [True]}


def test_so_high_a_sparsity_keeps_nothing_but_what_is_guarded() -> None:
    scores = scores_of([[1.0, 2.0], [3.0, 3.0], [4.0]])
    masks = select(scores, 0.9, keep=["layer2"], min_neurons=1)
    assert [mask.tolist() for mask in masks.values()] == [[False, True], [True, False], [True]]
    assert not any(mask.any() for mask in select(scores, 0.9).values())


def test_kept_layers_count_in_the_pool() -> None:
    scores = {"a": torch.tensor([3.0, 4.0]), "out": torch.tensor([1.0, 2.0])}
    assert select(scores, 0.5, keep=["out"])["a"].tolist() == [True, True]


def test_renumbering_neurons_renumbers_the_mask() -> None:
    scores = {"a": torch.rand(50, generator=torch.Generator().manual_seed(0))}
    order = torch.randperm(50, generator=torch.Generator().manual_seed(1))
    mask = select({"a": scores["a"][order]}, 0.6)["a"]
    assert torch.equal(mask, select(scores, 0.6)["a"][order])


def test_the_count_is_the_papers_expression_rounding_errors_included() -> None:
    # 10 * (1 - 0.9) is 0.9999999999999998 in floating point, so that not one neuron is kept.
    scores = {"a": torch.arange(1.0, 11.0)}
    assert [int(select(scores, sparsity)["a"].sum()) for sparsity in (0.3, 0.7, 0.8, 0.9)] == [7, 3, 1, 0]


@pytest.mark.parametrize("layerwise", [False, True])
def test_distinct_sparsities_are_where_the_selection_changes(layerwise: bool) -> None:
    scores = {"a": torch.arange(1.0, 8.0), "b": torch.arange(4.5, 16.0)}
    sizes = [len(score) for score in scores.values()]
    grid = distinct_sparsities(sizes if layerwise else [sum(sizes)])
    lives = torch.cat([*lifetimes(scores, grid, layerwise=layerwise).values()])
    kept = [int((lives > point).sum()) for point in range(len(grid))]
    assert grid[0] == 0
    assert grid == sorted(set(grid))
    if not layerwise:
        assert kept == list(range(19, 0, -1))
    # Between two neighbours the masks are those of the upper one.
    for point, (lower, upper) in enumerate(pairwise(grid), start=1):
        method = select_layerwise if layerwise else select
        assert sum(int(mask.sum()) for mask in method(scores, (lower + upper) / 2).values()) == kept[point]


@settings(deadline=None)  # a busy machine is no fault
@given(st.integers(1, 10_000), st.data())
def test_sparsity_keeping_keeps_as_many(neurons: int, data: st.DataObject) -> None:
    kept = data.draw(st.integers(1, neurons))
    sparsity = sparsity_keeping(neurons, kept)
    assert 0 <= sparsity < 1
    assert int(neurons * (1 - sparsity)) == kept
    assert int(neurons * (1 - (sparsity + 1e-9))) == kept - 1


@pytest.mark.parametrize("hundredths", range(101))
def test_a_cap_is_the_decimal_that_was_written_not_the_float_it_became(hundredths: int) -> None:
    share = Fraction(hundredths, 100)
    for neurons in range(1, 300):
        assert floor_under_cap(neurons, hundredths / 100) == neurons - math.floor(neurons * share)


def test_random_scores_follow_the_seed() -> None:
    scores = {"a": torch.ones(400), "b": torch.ones(600)}
    first, again, other = (random_scores(scores, seed) for seed in (5, 5, 6))
    assert equal(first, again)
    assert not torch.equal(first["a"], other["a"])
    assert [int(mask.sum()) for mask in select_layerwise(first, 0.25).values()] == [300, 450]


@pytest.mark.parametrize("reduce", ["sum", "mean", "max"])
def test_magnitude_is_of_the_weights_that_produce_a_neuron(reduce: str) -> None:
    model = CASES["upsampler"]().model
    with torch.no_grad():
        model.up.bias.fill_(-0.125)
    scores = magnitude_scores(model, find_layers(model), reduce)
    # `up` is transposed, 6 -> 4 channels in two groups: channel 3 is the second of the group that reads inputs 3 to 5.
    sizes = [*model.up.weight[3:, 1].abs().flatten().tolist(), 0.125]
    expected = {"sum": sum(sizes), "mean": sum(sizes) / len(sizes), "max": max(sizes)}[reduce]
    assert scores["up"].shape == (4,)
    assert scores["up"][3].item() == pytest.approx(expected)
    assert scores["head"].shape == (5,)


GOOD = {"encoder1.conv1": torch.tensor([1.0, 2.0]), "encoder1.conv2": torch.tensor([3.0])}


@pytest.mark.parametrize("sparsity", [1, 1.0, -0.1, math.nan, math.inf, 2])
def test_a_sparsity_out_of_range_is_refused(sparsity: float) -> None:
    for method in (select, select_layerwise):
        with pytest.raises(ValueError, match=f"sparsity must be at least 0 and below 1 .*, not {sparsity}$"):
            method(GOOD, sparsity)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sparsities": []}, "there is no sparsity"),
        ({"sparsities": [0.2, 0.1]}, "sparsities must ascend"),
        ({"min_neurons": -1}, "min_neurons must be at least 0, not -1"),
        ({"keep": ["encoder1.conv"]}, "no layer 'encoder1.conv' to keep; did you mean 'encoder1.conv"),
        ({"keep": ["zzz"]}, "no layer 'zzz' to keep; layers are encoder1.conv1, encoder1.conv2"),
        ({"scores": {"a": torch.tensor([torch.nan])}}, "scores of layer 'a' hold nan"),
        ({"scores": {"a": torch.zeros(3)}}, "every neuron scores zero"),
        ({"scores": {}}, "there are no scores"),
    ],
)
def test_a_mistake_is_one_plain_sentence(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lifetimes(**{"scores": GOOD, "sparsities": [0.5], **changes})
