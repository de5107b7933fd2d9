"""How one network stands beside another: one of a few kinds, for sentences that speak of many pairs at once."""

from ranp.statistics.paired import Difference

STANDINGS = {
    "better": "better",
    "better alone": "better taken alone, but not sure beside the other comparisons",
    "unclear": "no difference is shown",
    "same": "the same score from each seed",
    "worse alone": "worse taken alone, but not sure beside the other comparisons",
    "worse": "worse",
    "one seed": "one seed, so nothing can be said",
    "failed": "runs of it failed",
    "other failed": "runs of the other failed",
    "none": "not compared",
}
"""Kind -> what it means, of the first network beside the second."""


def standing(found: Difference | None, higher_is_better: bool) -> str:
    """The kind of `STANDINGS` that the first network is beside the second; "none" where they were not compared.

    Runs that failed come first, as in `verdict`: a mean of survivors makes no network better.

    >>> standing(Difference(1, 0, 5, 0, 0, 5, 0.04, 0.016, 0.02, p=0.005, holm=0.005, among=1), True)
    'better'
    """
    if found is None:
        return "none"
    if found.first_failures:
        return "failed"
    if found.second_failures:
        return "other failed"
    return _of_pairs(found, higher_is_better)


def _of_pairs(found: Difference, higher_is_better: bool) -> str:
    if found.mean is None:
        return "none"
    if found.low is None or found.high is None:
        return "one seed"
    side = "better" if (found.mean > 0) is higher_is_better else "worse"
    if found.p is None:
        return side if found.mean else "same"
    if found.low <= 0 <= found.high:
        return "unclear"
    return side if found.shown else f"{side} alone"
