"""What several runs come to: their mean, and how far they lie apart."""

import math
from collections.abc import Iterable, Sequence


def mean(values: Sequence[float]) -> float:
    """The mean of at least one value.

    >>> mean([1.0, 2.0])
    1.5
    """
    return sum(values) / len(values)


def mean_of_known(values: Iterable[float | None]) -> float | None:
    """The mean of the values that are there; ``None`` where none is.

    >>> mean_of_known([1.0, None, 2.0]), mean_of_known([None])
    (1.5, None)
    """
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def deviation(values: Sequence[float]) -> float | None:
    """The sample standard deviation, over n - 1; ``None`` for fewer than two values.

    >>> deviation([1.0, 3.0]), deviation([1.0])
    (1.4142135623730951, None)
    """
    if len(values) < 2:
        return None
    middle = mean(values)
    return math.sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1))
