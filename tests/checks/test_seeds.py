"""No seed trains a network on the examples that it is tested on, and no two seeds on the same."""

import torch

import ranp.data
from ranp.checks.seeds import TEST_EXAMPLES, training_examples

EVERY = range(20_000)


def test_no_seed_trains_on_the_test_examples() -> None:
    drawn = {training_examples(seed) for seed in EVERY}
    assert TEST_EXAMPLES not in drawn
    assert len(drawn) == len(EVERY)


def test_seeds_of_before_draw_as_before() -> None:
    assert [training_examples(seed) for seed in (0, 1, 4242)] == [1000, 1001, 5242]


def test_the_seed_beside_the_test_examples_draws_others() -> None:
    one, other = (
        ranp.data.batches("voxel-parts", (1, 1, 8, 8, 8), 12, 1, 1, seed)[0][0]
        for seed in (training_examples(8999), TEST_EXAMPLES)
    )
    assert not torch.equal(one, other)
