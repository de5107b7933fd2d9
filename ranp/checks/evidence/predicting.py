"""Questions to predict the answer of before one looks at scores; the answer is worked out from the races at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from ranp.checks.evidence.accuracy import METHOD, PLAIN, TITLE, race_name
from ranp.checks.evidence.against_cost import FULL, AgainstCost, share_of
from ranp.checks.evidence.pairs import beside, stands
from ranp.checks.evidence.when import When
from ranp.checks.races import SHARES, WHEN_SHARES
from ranp.statistics import standing

OPTIONS = {
    "better": "it is better",
    "worse": "it is worse",
    "unsure": "no difference is sure",
    "one seed": "nothing can be said: one seed",
    "failed": "runs failed",
    "none": "nobody has run that yet",
}
"""What a race may come to, in the words of an option."""

_KINDS = {
    **dict.fromkeys(("better alone", "worse alone", "unclear", "same"), "unsure"),
    "other failed": "failed",
}
"""How a network stands beside another (`ranp.statistics.STANDINGS`) -> the option that says so, where it is not one."""

LATE = "after"
"""The schedule that is asked about beside pruning at initialization."""


@dataclass(frozen=True)
class Prediction:
    """A question, its options, the place of the right one, and the figures that say why."""

    text: str
    options: tuple[str, ...]
    right: int
    because: str
    task: AgainstCost | None = None
    """Whose scores to look at, once it is answered."""


def predict_race(tasks: Sequence[AgainstCost], other: str = FULL, share: float = SHARES[0]) -> Prediction:
    """How RANP-f does beside ``other`` at that share of the MACs, on the first task that was raced there, or else none.

    >>> asked = predict_race([])
    >>> asked.options[asked.right]
    'nobody has run that yet'
    """
    found = [(task, race) for task in tasks for race in task.races if share_of(race) == share]
    known = [(task, race) for task, race in found if beside(race, METHOD, other) is not None]
    task, race = next(iter(known or found), (None, None))
    whom = "the full network" if other == FULL else f"{other}, {PLAIN[other]}" if other in PLAIN else other
    where = "" if task is None else f"{task.task}: "
    text = f"{where}{TITLE} leaves {share:.0%} of the MACs, and the network is trained. How does it do beside {whom}?"
    pair = None if race is None else beside(race, METHOD, other)
    if task is None or race is None or pair is None:
        because = "The races that come with this version have no such pair yet."
        return Prediction(text, tuple(OPTIONS.values()), list(OPTIONS).index("none"), because, task)
    kind = stands(race, METHOD, other)
    seeds = len(race.check.seeds)
    because = (
        f"{race_name(task, race)}, {seeds} seed{'s' if seeds > 1 else ''}: the scores differ by {pair.interval} "
        f"({task.score.title}, {task.score.better}). {TITLE} beside {other}: {pair.text}."
    )
    return Prediction(text, tuple(OPTIONS.values()), list(OPTIONS).index(_KINDS.get(kind, kind)), because, task)


def predict_when(found: Sequence[When]) -> Prediction:
    """How a network that is cut down after training does beside one that was pruned at initialization, at equal bills
    where that was raced, else at equal steps; of the first task that was raced at the first of `WHEN_SHARES`.

    >>> asked = predict_when([])
    >>> asked.options[asked.right]
    'nobody has run that yet'
    """
    share = WHEN_SHARES[0]
    known = [
        (facts, point)
        for facts in sorted(found, key=lambda each: each.equal != "total")
        for point in facts.points
        if point.schedule == LATE and point.allowed == share and point.beside_init is not None
    ]
    facts, point = next(iter(known), (None, None))
    where, equal = ("", "bills") if facts is None else (f"{facts.task}: ", facts.alike)
    words = f"How does the network of the schedule *{LATE}* do beside that of *init*, at equal {equal}?"
    text = f"{where}{share:.0%} of the MACs are left. {words}"
    if facts is None or point is None or point.beside_init is None:
        because = "The races that come with this version have no such pair yet."
        return Prediction(text, tuple(OPTIONS.values()), list(OPTIONS).index("none"), because, None)
    pair = point.beside_init
    kind = standing(pair.difference, facts.score.higher_is_better)
    because = (
        f"{facts.name}, {point.seeds} seed{'s' if point.seeds > 1 else ''}: the scores differ by {pair.interval} "
        f"({facts.score.title}, {facts.score.better}). {LATE} beside init: {pair.text}."
    )
    return Prediction(text, tuple(OPTIONS.values()), list(OPTIONS).index(_KINDS.get(kind, kind)), because, None)
