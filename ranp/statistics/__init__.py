"""Statistics: what figures from several seeds allow to say.

In: the scores of networks by seed, None for a run that failed. Out: a `Difference` for each pair of networks, paired by
seed, with its interval and its p adjusted for all pairs, the words that follow from it, and how many seeds a wished
precision takes.
Test: `pytest --doctest-modules ranp/statistics tests/statistics`
"""

from ranp.statistics.paired import Difference, Runs, differences
from ranp.statistics.precision import check_precision, seeds_needed
from ranp.statistics.standing import STANDINGS, standing
from ranp.statistics.student import LEVEL, interval
from ranp.statistics.words import failed_runs, precision, signed, verdict

__all__ = [
    "LEVEL",
    "STANDINGS",
    "Difference",
    "Runs",
    "check_precision",
    "differences",
    "failed_runs",
    "interval",
    "precision",
    "seeds_needed",
    "signed",
    "standing",
    "verdict",
]
