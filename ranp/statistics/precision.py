"""How many seeds a wished precision takes, from how far the differences between pairs of runs lie apart.

It is an estimate: the deviation is itself known from a few seeds only.
"""

from ranp.statistics.student import LEVEL, half_width

MOST_SEEDS = 1_000_000


def check_precision(wish: float) -> None:
    """Raise a ``ValueError`` for a precision that nothing could reach."""
    if not wish > 0:
        raise ValueError(f"a precision must be above 0, such as 0.02, not {wish}")


def seeds_needed(deviation: float, wish: float, level: float = LEVEL) -> int | None:
    """The least number of seeds, of at least two, whose interval is no wider than ± ``wish``; None above a million.

    ``deviation`` is that of the paired differences, in the unit of ``wish``.

    >>> seeds_needed(0.05, 0.02), seeds_needed(0.0, 0.02), seeds_needed(1.0, 1e-6)
    (27, 2, None)
    """
    check_precision(wish)
    if half_width(deviation, MOST_SEEDS, level) > wish:
        return None
    few, enough = 1, 2
    while half_width(deviation, enough, level) > wish:
        few, enough = enough, 2 * enough
    while enough - few > 1:
        middle = (few + enough) // 2
        if half_width(deviation, middle, level) > wish:
            few = middle
        else:
            enough = middle
    return enough
