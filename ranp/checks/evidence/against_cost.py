"""Score against cost: what every contestant of a task's races reaches at each share of the full network's MACs.

Races of one task by one recipe belong together, and a contestant's points over them are a curve. A point is the mean
of the runs that ended, with the 95% interval of that mean by Student's t; beside it stands the difference to the full
network, paired by seed within the race.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ranp.averages import mean_of_known
from ranp.checks.compared import Compared
from ranp.checks.entry import Entry
from ranp.checks.races import COURSES, WHEN, Race
from ranp.statistics import interval
from ranp.subject import Score

FEW = 3
"""A mean of fewer seeds than this is marked as known from few."""
FULL = "full"


@dataclass(frozen=True)
class ScorePoint:
    """One contestant of one race: ``mean`` and ``half_width`` are in the unit of the score, None where unknown."""

    race: str
    allowed: float
    """The share of the full network's MACs that the race allows; 1 for the full network."""
    macs: float | None
    """The share that the networks have, the mean over those that ended."""
    seeds: int
    failures: int
    mean: float | None
    half_width: float | None
    beside_full: Compared | None = None

    @property
    def ended(self) -> int:
        """From how many seeds there is a score."""
        return self.seeds - self.failures

    @property
    def few(self) -> bool:
        """Whether these are so few that the mean says little."""
        return self.ended < FEW


@dataclass(frozen=True)
class CostCurve:
    """One contestant's points, from the fewest MACs to the most."""

    label: str
    points: tuple[ScorePoint, ...]


@dataclass(frozen=True)
class AgainstCost:
    """A task's races by one recipe, from the fewest MACs to the most."""

    task: str
    score: Score
    steps: int
    recipe_name: str
    full: ScorePoint | None
    """Of the race that has most seeds: from one seed the full network is the same in all."""
    curves: tuple[CostCurve, ...]
    races: tuple[Race, ...]

    @property
    def name(self) -> str:
        """The task; with its recipe, unless that is the one that races are run by."""
        return self.task if self.recipe_name == "converging" else f"{self.task} ({self.recipe_name} recipe)"

    @property
    def shares(self) -> tuple[float, ...]:
        """Of the full network's MACs, those that the races allow."""
        return tuple(dict.fromkeys(share_of(race) for race in self.races))

    @property
    def seeds(self) -> dict[float, int]:
        """How many seeds there are at each share."""
        return {share_of(race): len(race.check.seeds) for race in self.races}


def against_cost(races: Mapping[str, Race]) -> tuple[AgainstCost, ...]:
    """Every task that was raced at shares of the MACs, in the order of `COURSES`; races of other limits, and those of
    schedules, are left out.

    >>> against_cost({})
    ()
    """
    groups: list[list[Race]] = []
    for race in sorted(races.values(), key=_place):
        if race.entries and race.name not in WHEN and set(dict(race.check.budgets)) == {"macs"}:
            same = next((group for group in groups if _together(group[0], race)), [])
            if not same:
                groups.append(same)
            same.append(race)
    return tuple(_of_task(sorted(group, key=share_of)) for group in groups)


def not_run(races: Mapping[str, Race]) -> list[str]:
    """The names of the courses of which there is nothing yet."""
    return [name for name in COURSES if name not in races or not races[name].entries]


def share_of(race: Race) -> float:
    """The share of the full network's MACs that the race allows."""
    share = dict(race.check.budgets)["macs"]
    assert isinstance(share, float), "races are run at a share of the full network's MACs"
    return share


def by_label(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """The runs that are over, whether they failed or have a score, by the label of their contestant."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.failed or entry.score is not None:
            found.setdefault(entry.label, []).append(entry)
    return found


def _place(race: Race) -> int:
    return next(
        (place for place, course in enumerate(COURSES.values()) if course.subject == race.check.subject), len(COURSES)
    )


def _together(one: Race, other: Race) -> bool:
    return one.check.subject == other.check.subject and one.check.used_recipe == other.check.used_recipe


def _of_task(races: Sequence[Race]) -> AgainstCost:
    first = races[0].check
    preset = first.subject.library_preset
    most = max(races, key=lambda race: len(race.check.seeds))
    points: dict[str, list[ScorePoint]] = {}
    for race in races:
        beside = {each.label: each for each in race.compared if each.other == FULL}
        for label, entries in by_label(race.entries).items():
            points.setdefault(label, []).append(_point(race, entries, share_of(race), beside.get(label)))
    full = by_label(most.entries).get(FULL)
    return AgainstCost(
        task=races[0].name if preset is None else preset.task,
        score=first.subject.score,
        steps=first.used_recipe.steps,
        recipe_name=first.recipe_name,
        full=None if full is None else _point(most, full, 1.0),
        curves=tuple(CostCurve(label, tuple(found)) for label, found in points.items() if label != FULL),
        races=tuple(races),
    )


def _point(race: Race, entries: Sequence[Entry], allowed: float, beside: Compared | None = None) -> ScorePoint:
    whole = next((each.macs for each in race.entries if each.label == FULL and each.macs), None)
    ended = [each for each in entries if not each.failed]
    macs = mean_of_known(each.macs for each in ended)
    middle, half = interval([each.score for each in ended if each.score is not None])
    return ScorePoint(
        race=race.name,
        allowed=allowed,
        macs=None if macs is None or whole is None else macs / whole,
        seeds=len(entries),
        failures=len(entries) - len(ended),
        mean=middle,
        half_width=half,
        beside_full=beside,
    )
