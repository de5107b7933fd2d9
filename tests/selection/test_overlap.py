"""What two choices of neurons share, against counting one by one and against drawing at random."""

import numpy as np
import pytest
import torch

from ranp.selection import Overlap, overlap, pooled


def test_counts_agree_with_sets() -> None:
    draw = torch.Generator().manual_seed(3)
    first = {name: torch.rand(size, generator=draw) < 0.6 for name, size in (("a", 30), ("b", 7))}
    second = {name: torch.rand(mask.shape, generator=draw) < 0.3 for name, mask in first.items()}
    for name, found in overlap(first, second).items():
        one = {index for index, kept in enumerate(first[name].tolist()) if kept}
        other = {index for index, kept in enumerate(second[name].tolist()) if kept}
        assert (found.both, found.only_first, found.only_second) == (
            len(one & other),
            len(one - other),
            len(other - one),
        )
        assert found.neither == len(first[name]) - len(one | other)
        assert found.jaccard == pytest.approx(len(one & other) / len(one | other))


def test_the_whole_is_the_sum_of_its_layers() -> None:
    first = {"a": torch.tensor([True, False]), "b": torch.tensor([True, True, False])}
    second = {"a": torch.tensor([True, True]), "b": torch.tensor([False, True, False])}
    flat = overlap({"all": torch.cat([*first.values()])}, {"all": torch.cat([*second.values()])})["all"]
    assert pooled(overlap(first, second).values()) == flat


@pytest.mark.parametrize(("first", "second"), [(40, 25), (60, 60), (60, 5)])
def test_by_chance_is_what_random_choices_share(first: int, second: int) -> None:
    neurons, draws, generator = 60, 2000, np.random.default_rng(0)
    shared = []
    for _ in range(draws):
        one = set(generator.choice(neurons, first, replace=False).tolist())
        other = set(generator.choice(neurons, second, replace=False).tolist())
        shared.append(len(one & other) / len(one | other))
    expected = Overlap(0, first, second, neurons - first - second).by_chance
    assert np.mean(shared) == pytest.approx(expected, abs=0.01)


def test_nothing_kept_by_both_is_agreement() -> None:
    empty = Overlap(both=0, only_first=0, only_second=0, neither=4)
    assert empty.jaccard == empty.by_chance == 1


@pytest.mark.parametrize("other", [{"b": torch.ones(2, dtype=torch.bool)}, {"a": torch.ones(3, dtype=torch.bool)}])
def test_masks_of_other_networks_are_refused(other: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ValueError, match="expected masks of the same"):
        overlap({"a": torch.ones(2, dtype=torch.bool)}, other)
