"""One pair of a race's networks, in the order in which it is asked for."""

from dataclasses import replace

from ranp.checks.compared import Compared
from ranp.checks.races import Race
from ranp.statistics import standing, verdict


def beside(race: Race, first: str, second: str) -> Compared | None:
    """The first network beside the second, whichever comes first in the race; None where the race lacks one of them."""
    for each in race.compared:
        if (each.label, each.other) == (first, second):
            return each
        if (each.other, each.label) == (first, second):
            turned, higher = each.difference.turned, race.check.subject.score.higher_is_better
            ahead = None if each.ahead is None else not each.ahead
            return replace(
                each, label=first, other=second, difference=turned, text=verdict(turned, higher), ahead=ahead
            )
    return None


def stands(race: Race, first: str, second: str) -> str:
    """How the first network stands beside the second, one of `ranp.statistics.STANDINGS`."""
    found = beside(race, first, second)
    return standing(None if found is None else found.difference, race.check.subject.score.higher_is_better)
