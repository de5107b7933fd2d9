"""Numbers that are advice: a limit in a few digits, rounded to the side on which it holds.

A sparsity that somebody is told to stay at must work, and so must a budget that is said to be the least. Rounded to the
nearest digit, half of such numbers would fail when they are taken at their word.
"""

from math import ceil, floor


def at_most(limit: float, digits: int = 4) -> float:
    """The largest number of so many decimals that is not above ``limit``.

    >>> at_most(0.87757), at_most(0.3), at_most(0.29999999999999993)
    (0.8775, 0.3, 0.2999)
    """
    scale: int = 10**digits
    steps = floor(limit * scale) + 1  # the product may be rounded either way, the quotient is the decimal's own float
    while steps / scale > limit:
        steps -= 1
    return steps / scale


def at_least(limit: float, digits: int = 4) -> float:
    """The least number of so many decimals that is not below ``limit``.

    >>> at_least(0.15381), at_least(0.07, digits=2)
    (0.1539, 0.07)
    """
    scale: int = 10**digits
    steps = ceil(limit * scale) - 1
    while steps / scale < limit:
        steps += 1
    return steps / scale


def allowance(share: float, full: float) -> float:
    """How much of ``full`` a budget of that share allows; a whole number where the share says one, as 0.29 of 100 does.

    >>> 29 <= 0.29 * 100, 29 <= allowance(0.29, 100)
    (False, True)
    """
    return share * full * (1 + 2**-50)
