"""What several runs come to: their mean, and how far they lie apart."""

import math
from collections.abc import Iterable, Sequence
from statistics import median


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


def middle_half(values: Sequence[float]) -> float:
    """How far apart the ends of the middle half of the values lie, as a share of their median; 0 where that is 0.

    >>> middle_half([1.0, 9.0, 10.0, 11.0, 90.0])
    0.2
    """
    ordered, middle = sorted(values), median(values)
    low, high = ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]
    return (high - low) / middle if middle else 0.0
