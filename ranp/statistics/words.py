"""What a difference allows to say, in words: the same function for every network, whoever is ahead."""

from ranp.statistics.paired import Difference
from ranp.statistics.precision import seeds_needed


def verdict(found: Difference, higher_is_better: bool) -> str:
    """How the first network did beside the second, as the end of a sentence.

    Runs that failed come first. Better or worse is said where the interval leaves out zero; where p, adjusted for all
    pairs of the table, does not, that is said with it.

    >>> verdict(Difference(1, 0, 5, 0, 0, 5, 0.04, 0.016, 0.02, p=0.005, holm=0.005, among=1), True)
    'better by 0.020 to 0.060'
    """
    failed = [failed_runs(found.first_failures, found.runs)] if found.first_failures else []
    if found.second_failures:
        failed.append(f"{failed_runs(found.second_failures, found.runs)} of the network beside it")
    if not failed:
        return _of_pairs(found, higher_is_better)
    if found.pairs == 0:
        return ", ".join(failed)
    left = f"of the {_seeds(found.pairs)} where both ended" if found.pairs > 1 else "where both ended"
    return f"{', '.join(failed)}; {left}: {_of_pairs(found, higher_is_better)}"


def failed_runs(failures: int, runs: int) -> str:
    """How many runs failed.

    >>> failed_runs(3, 10)
    '3 of 10 runs failed'
    """
    return f"{failures} of {runs} runs failed"


def signed(mean: float | None, half_width: float | None) -> str:
    """A difference with its interval, as a cell of a table.

    >>> signed(-0.04, 0.02), signed(0.04, None), signed(None, None)
    ('-0.040 ± 0.020', '+0.040', '–')
    """
    if mean is None:
        return "–"
    return f"{mean:+.3f}" + ("" if half_width is None else f" ± {half_width:.3f}")


def precision(found: Difference, wish: float) -> str:
    """How many seeds an interval of ± ``wish`` takes; empty where two pairs are not there.

    >>> precision(Difference(1, 0, 5, 0, 0, 5, 0.04, 0.05, 0.062, p=0.15, holm=0.15, among=1), 0.02)
    'an interval of ± 0.020 takes about 27 seeds'
    """
    if found.deviation is None:
        return ""
    needed = seeds_needed(found.deviation, wish)
    seeds = "more than a million seeds" if needed is None else f"about {_seeds(needed)}"
    return f"an interval of ± {_figure(wish)} takes {seeds}"


def _of_pairs(found: Difference, higher_is_better: bool) -> str:
    if found.mean is None:
        return "nothing to compare yet"
    better = "better" if (found.mean > 0) is higher_is_better else "worse"
    if found.low is None or found.high is None:
        return "one seed: nothing can be said"
    if found.p is None:
        each = f"from each of {_seeds(found.pairs)}"
        return f"{better} by {_figure(abs(found.mean))} {each}" if found.mean else f"the same score {each}"
    least, most = sorted((abs(found.low), abs(found.high)))
    if found.low <= 0 <= found.high:
        return f"no difference is shown; one larger than {_figure(most)} can be excluded"
    return f"{better} by {_figure(least)} to {_figure(most)}{'' if found.shown else _alone(found)}"


def _alone(found: Difference) -> str:
    others = found.among - 1
    return f" taken alone, but not sure beside {others} other comparison{'s' if others > 1 else ''}"


def _seeds(count: int) -> str:
    return f"{count:,} seed{'s' if count > 1 else ''}"


def _figure(value: float) -> str:
    """Three decimals, as tables have; more where they would all be zero."""
    return f"{value:.3f}" if value >= 0.0005 or value == 0 else f"{value:.1g}"
