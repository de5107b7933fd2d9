"""Which random seed each part of a check draws from, so that nothing is tested on examples that it has seen.

For seed s of a check: the network's weights and the examples that score it from s, as everywhere; what follows from
the functions here; and the same test examples for all of the check's seeds.
"""

from collections.abc import Collection
from itertools import count

TEST_EXAMPLES = 9999
"""Of the examples that every network of a check is tested on, unless the check has a seed that is scored on them."""


def new_weights(seed: int) -> int:
    """Of the weights that a pruned network starts from, where it starts anew."""
    return 500 + seed


def training_examples(seed: int) -> int:
    """Of the examples that the networks of one seed are trained on: 1000 + s, and past the test examples one more.

    >>> training_examples(0), training_examples(8998), training_examples(8999)
    (1000, 9998, 10000)
    """
    drawn = 1000 + seed
    return drawn if drawn < TEST_EXAMPLES else drawn + 1


def examples_to_test(seeds: Collection[int]) -> int:
    """Of the examples that all networks of a check of these seeds are tested on.

    >>> examples_to_test([0, 8999]), examples_to_test([9999]), examples_to_test([8999, 9999])
    (9999, 10000, 10001)
    """
    seen = {*seeds, *map(training_examples, seeds)}
    return next(seed for seed in count(TEST_EXAMPLES) if seed not in seen)
