"""Student's t: the interval of the mean of a few values, and p of a mean of zero.

For n values with the sample deviation s, over n - 1, the interval is mean ± t(n - 1) s / sqrt(n). Values are taken as
drawn from a normal distribution, one independently of the other.
Source: Student, "The probable error of a mean", Biometrika 6, 1908.
"""

import math
from collections.abc import Sequence

from ranp.averages import deviation, mean

LEVEL = 0.95
"""So often an interval holds the true mean, were the seeds drawn anew."""


def half_width(deviation: float, count: int, level: float = LEVEL) -> float:
    """Half of the interval of a mean of ``count`` values, at least two, in their unit.

    >>> round(half_width(1.0, 5), 3)  # t is 2.776 with 4 degrees of freedom
    1.242
    """
    from scipy.special import stdtrit  # a third of a second, which every command would wait for

    return float(stdtrit(count - 1, (1 + level) / 2)) * deviation / math.sqrt(count)


def interval(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The mean of the values and half of its interval, in their unit; None without a value, or without two.

    >>> middle, half = interval([0.8, 0.9, 1.0])
    >>> round(middle, 3), round(half, 3), interval([0.8]), interval([])
    (0.9, 0.248, (0.8, None), (None, None))
    """
    if not values:
        return None, None
    spread = deviation(values)
    return mean(values), None if spread is None else half_width(spread, len(values))


def p_value(mean: float, deviation: float, count: int) -> float:
    """How likely a mean at least as far from zero is where the true one is zero; ``deviation`` above 0.

    >>> round(p_value(1.242, 1.0, 5), 3)
    0.05
    """
    from scipy.special import stdtr

    return 2 * float(stdtr(count - 1, -abs(mean) * math.sqrt(count) / deviation))
