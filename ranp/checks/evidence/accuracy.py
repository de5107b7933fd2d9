"""What the races say of RANP-f's accuracy, in paragraphs: the README's, and those that ``ranp race --markdown`` prints.

The first says how RANP-f stands beside *thin* and *random*, which know nothing of scores, the second beside the full
network. Every race is named, under what its paired interval allows to say; the words are the same whoever is ahead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ranp.checks.compared import PRECISION, Compared
from ranp.checks.evidence.against_cost import FULL, AgainstCost, against_cost, not_run, share_of
from ranp.checks.evidence.pairs import beside
from ranp.checks.race_table import CAUTION
from ranp.checks.races import WHEN, Race
from ranp.selection import number_text
from ranp.statistics import STANDINGS, standing

METHOD, TITLE = "ranp-f", "RANP-f"
PLAIN = {"thin": "one factor for every layer", "random": "neurons drawn at random"}
"""The controls that know nothing of scores, and what they do."""
FAILED = ("failed", "other failed")
UNTOLD = ("one seed", "none")
"""How a network stands beside another where nothing can be said."""


@dataclass(frozen=True)
class _Told:
    """RANP-f beside one network in one race."""

    race: str
    found: Compared | None
    kind: str

    @property
    def text(self) -> str:
        """The race, with the interval, or with what failed."""
        if self.found is None:
            return self.race
        said = _of_survivors(self.found) if self.kind in FAILED else self.found.interval
        return f"{self.race} ({said})"


def _of_survivors(found: Compared) -> str:
    """Of how many runs, and the interval of what is left."""
    pair = found.difference
    failed = [(found.label, pair.first_failures), (found.other, pair.second_failures)]
    said = " and ".join(f"{count} of {pair.runs} of {label}" for label, count in failed if count)
    return f"{said}; where both ended: {found.interval}" if pair.pairs else said


def accuracy(races: Mapping[str, Race]) -> str:
    """The paragraphs; of races without RANP-f nothing, and without any race that there is none."""
    if not races.keys() - WHEN.keys():
        return "No race was run yet, so nothing is known of accuracy here."
    tasks = against_cost(races)
    if not any(curve.label == METHOD for task in tasks for curve in task.curves):
        return ""
    plain = {name: _told(tasks, name) for name in PLAIN}
    full = _told(tasks, FULL)
    first = [_lead([each for told in plain.values() for each in told])]
    first += [_sentence(f"*{name}*", f" ({what})", plain[name]) for name, what in PLAIN.items()]
    paragraphs = [" ".join(first), " ".join([_sentence("the full network", "", full), _within(full)]).rstrip()]
    return "\n\n".join([*paragraphs, " ".join([_of_what(tasks), *_missing(races), CAUTION])])


def _told(tasks: Sequence[AgainstCost], other: str) -> list[_Told]:
    found = []
    for task in tasks:
        for race in _in_order(task):
            pair = beside(race, METHOD, other)
            kind = standing(None if pair is None else pair.difference, task.score.higher_is_better)
            found.append(_Told(race_name(task, race), pair, kind))
    return found


def _in_order(task: AgainstCost) -> tuple[Race, ...]:
    """From the most MACs to the fewest."""
    return task.races[::-1]


def race_name(task: AgainstCost, race: Race) -> str:
    """A task's race by what it allows, such as "brain at 25%"."""
    return f"{task.name} at {number_text(100 * share_of(race))}%"


def _lead(told: Sequence[_Told]) -> str:
    """Whether RANP-f is better than the plain controls, all races considered."""
    compared = [each for each in told if each.found is not None]
    better = sum(each.kind == "better" for each in compared)
    worse = sum(each.kind == "worse" for each in compared)
    if not compared:
        return f"{TITLE} was not raced beside {' or '.join(PLAIN)} yet."
    if all(each.kind in UNTOLD for each in compared):
        return (
            f"Whether {TITLE} is more accurate than plain controls of the same cost cannot be said yet: no two of its "
            "runs are there to compare with two of theirs."
        )
    if better == len(compared):
        return f"{TITLE} is more accurate than plain controls of the same cost in every race run."
    lost = f", and less accurate in {worse}" if worse else ""
    if not better:
        return f"{TITLE} is not shown to be more accurate than plain controls of the same cost in any race{lost}."
    return (
        f"{TITLE} is not more accurate than plain controls of the same cost everywhere: that is shown in {better} of "
        f"{len(compared)} comparisons{lost}."
    )


def _sentence(other: str, what: str, told: Sequence[_Told]) -> str:
    """Every race, by what can be said of it."""
    failed = {"failed": f"runs of {TITLE} failed", "other failed": f"runs of {other} failed"}
    parts = []
    for kind, words in STANDINGS.items():
        those = [each.text for each in told if each.kind == kind]
        if those:
            parts.append(f"{failed.get(kind, words)} on {', '.join(those)}")
    return f"{TITLE} beside {other}{what}: {'; '.join(parts)}."


def _within(told: Sequence[_Told]) -> str:
    """In which races the whole interval is as near to zero as the wished precision."""
    known = [each for each in told if each.found is not None and each.kind not in (*UNTOLD, *FAILED)]
    near = [each for each in known if each.found is not None and _is_within(each.found)]
    if not known:
        return ""
    where = f": {', '.join(f'{each.race} (± {_wish(each)})' for each in near)}" if near else ""
    return (
        f"The whole interval is within ± {PRECISION:g} of the full network, or within that share of a score above 1, "
        f"in {len(near)} of {len(known)} races{where}."
    )


def _is_within(found: Compared) -> bool:
    low, high = found.difference.low, found.difference.high
    return low is not None and high is not None and max(abs(low), abs(high)) <= found.precision


def _wish(told: _Told) -> str:
    assert told.found is not None
    return f"{told.found.precision:g}"


def _of_what(tasks: Sequence[AgainstCost]) -> str:
    """How many seeds, what the figures are, and where less is better."""
    numbers = sorted({len(race.check.seeds) for task in tasks for race in task.races})
    low, high = numbers[0], numbers[-1]
    counted = f"{low} to {high} seeds" if low < high else f"{low} seed{'s' if low > 1 else ''}"
    each = [f"{race_name(task, race)} {len(race.check.seeds)}" for task in tasks for race in _in_order(task)]
    listed = f" ({', '.join(each)})" if low < high else ""
    contestants = [each for task in tasks for race in task.races for each in race.check.contestants]
    widths = " All networks start from new weights, so races compare how many neurons a layer keeps, not which."
    new = all(each.weights == "new" for each in contestants)
    errors = [task.name for task in tasks if not task.score.higher_is_better]
    less = f" On {' and '.join(errors)} the score is an error: less is better." if errors else ""
    return (
        f"A share is that of the full network's MACs. In brackets stands the difference of the scores, {TITLE}'s minus "
        f"the other's, paired by seed, ± half of its 95% interval; each race has {counted}{listed}.{less}"
        f"{widths if new else ''}"
    )


def _missing(races: Mapping[str, Race]) -> list[str]:
    names = not_run(races)
    return [f"Not run yet: {', '.join(names)}."] if names else []
