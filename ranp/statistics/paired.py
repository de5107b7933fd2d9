"""Networks compared in pairs, seed by seed: what a seed does to both, it does not do to their difference.

For every seed from which both networks have a score, d = first - second. The mean of d has an interval and a p by
Student's t; p is adjusted for all pairs by Holm's procedure, since a table that shows them all tempts to read the
largest. A run that failed has no score: it is counted, and what is left is a mean of survivors and said to be one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from ranp.averages import deviation, mean
from ranp.statistics.holm import holm
from ranp.statistics.student import LEVEL, half_width, p_value

Runs = Mapping[int, float | None]
"""Seed -> score; None for a run that failed."""

SAME = 1e-9
"""Differences whose deviation is a smaller share of their mean, or of 1, are equal but for rounding."""


@dataclass(frozen=True)
class Difference:
    """First minus second, over the seeds that both were trained from.

    ``mean``, ``deviation`` and ``half_width``, that of the 95% interval, are in the unit of the scores; the former two
    are None without a pair of scores, without two the others, and ``p`` also where all differences are equal.
    """

    first: int
    second: int
    runs: int
    """Seeds from which both were trained."""
    first_failures: int
    """Of these runs, how many of the first failed."""
    second_failures: int
    pairs: int
    """Seeds from which both have a score: what everything below is taken over."""
    mean: float | None = None
    deviation: float | None = None
    half_width: float | None = None
    p: float | None = None
    holm: float | None = None
    """p, adjusted for all pairs that have one."""
    among: int = 0
    """How many pairs these are."""

    @property
    def low(self) -> float | None:
        """The lower end of the interval."""
        return None if self.mean is None or self.half_width is None else self.mean - self.half_width

    @property
    def high(self) -> float | None:
        """The upper end of the interval."""
        return None if self.mean is None or self.half_width is None else self.mean + self.half_width

    @property
    def turned(self) -> "Difference":
        """The second minus the first."""
        return replace(
            self,
            first=self.second,
            second=self.first,
            first_failures=self.second_failures,
            second_failures=self.first_failures,
            mean=None if self.mean is None else 0.0 - self.mean,
        )

    @property
    def shown(self) -> bool:
        """Whether there is a difference, all pairs of the table considered."""
        return self.holm is not None and self.holm <= 1 - LEVEL


def differences(runs: Mapping[int, Runs]) -> tuple[Difference, ...]:
    """Every pair of networks, the later minus the earlier.

    >>> (found,) = differences({0: {0: 0.9, 1: 0.8, 2: 0.8}, 1: {0: 0.7, 1: 0.7, 2: 0.6}})
    >>> round(found.mean, 3), round(found.half_width, 3), round(found.p, 3)
    (-0.167, 0.143, 0.038)
    """
    found = [_difference(first, second, runs) for second, first in combinations(runs, 2)]
    known = [place for place, each in enumerate(found) if each.p is not None]
    adjusted = dict(zip(known, holm([found[place].p or 0.0 for place in known]), strict=True))
    return tuple(replace(each, holm=adjusted.get(place), among=len(known)) for place, each in enumerate(found))


def _difference(first: int, second: int, runs: Mapping[int, Runs]) -> Difference:
    of_first, of_second = runs[first], runs[second]
    both = [(of_first[seed], of_second[seed]) for seed in of_first if seed in of_second]
    apart = [one - other for one, other in both if one is not None and other is not None]
    found = Difference(
        first,
        second,
        runs=len(both),
        first_failures=sum(one is None for one, _ in both),
        second_failures=sum(other is None for _, other in both),
        pairs=len(apart),
    )
    if not apart:
        return found
    middle, spread = mean(apart), deviation(apart)
    if spread is None:
        return replace(found, mean=middle)
    if spread <= SAME * max(1.0, abs(middle)):
        return replace(found, mean=middle if abs(middle) > SAME else 0.0, deviation=0.0, half_width=0.0)
    width, p = half_width(spread, len(apart)), p_value(middle, spread, len(apart))
    return replace(found, mean=middle, deviation=spread, half_width=width, p=p)
