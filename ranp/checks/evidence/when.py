"""When to prune: what RANP-f's network scores by each schedule, against what is left of it and what it took in all.

Races of one task in which the same is equal belong together, and a schedule's points over their shares are a curve. A
point's score is the mean of the runs that ended, with the 95% interval of that mean by Student's t. Costs are shares of
the full network's: the MACs that are left of it, and the MACs of the whole bill (`ranp.schedules.bill`). Beside a score
stands its difference to pruning at initialization, paired by seed within the race.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ranp.averages import mean_of_known
from ranp.checks.check import EQUAL, Contestant
from ranp.checks.compared import Compared
from ranp.checks.entry import Entry
from ranp.checks.evidence.against_cost import FEW, FULL, by_label, share_of
from ranp.checks.evidence.pairs import beside
from ranp.checks.race_table import PAIRED
from ranp.checks.races import COURSES, WHEN, Race
from ranp.schedules import Schedule
from ranp.statistics import interval
from ranp.subject import Score

HEADER = ("cut down", "MACs left", "MACs in all", "score", "difference to init", "verdict", "failed")
READING = (
    "A score is the mean over the seeds whose runs ended ± half of the 95% interval of that mean by Student's t. "
    f"{PAIRED}"
)
BILL = "*MACs in all* are the bill, scoring and norm statistics included, as a share of the full network's."


@dataclass(frozen=True)
class WhenPoint:
    """One network of one race; costs are shares of the full network's, None where unknown."""

    schedule: str
    """Its name, or ``full``."""
    allowed: float
    macs: float | None
    total: float | None
    seeds: int
    failures: int
    mean: float | None
    half_width: float | None
    beside_init: Compared | None = None

    @property
    def few(self) -> bool:
        """Whether the runs that ended are so few that their mean says little."""
        return self.seeds - self.failures < FEW

    @property
    def text(self) -> str:
        """The score with its interval."""
        if self.mean is None:
            return "failed"
        return f"{self.mean:.3f}" if self.half_width is None else f"{self.mean:.3f} ± {self.half_width:.3f}"


@dataclass(frozen=True)
class When:
    """A task's races of schedules in which the same is equal, from the most MACs to the fewest."""

    task: str
    equal: str
    score: Score
    raced: tuple[tuple[Race, tuple[WhenPoint, ...]], ...]
    """Every race with the points of its networks."""

    @property
    def races(self) -> tuple[Race, ...]:
        """The races alone."""
        return tuple(race for race, _ in self.raced)

    @property
    def points(self) -> tuple[WhenPoint, ...]:
        """The points of all races."""
        return tuple(point for _, points in self.raced for point in points)

    @property
    def alike(self) -> str:
        """What is equal, in a word."""
        return "bills" if self.equal == "total" else self.equal

    @property
    def name(self) -> str:
        """The task, and what is equal."""
        return f"{self.task}, equal {self.alike}"

    @property
    def curves(self) -> dict[str, tuple[WhenPoint, ...]]:
        """Schedule -> its points; the full network's first."""
        found: dict[str, list[WhenPoint]] = {}
        for point in self.points:
            found.setdefault(point.schedule, []).append(point)
        return {name: tuple(points) for name, points in found.items()}


def when_raced(races: Mapping[str, Race]) -> tuple[When, ...]:
    """Every task whose schedules were raced, in the order of `WHEN`.

    >>> when_raced({})
    ()
    """
    groups: dict[tuple[str, str], list[Race]] = {}
    for race in (races[name] for name in WHEN if name in races and races[name].entries):
        preset = race.check.subject.library_preset
        assert preset is not None, "the races that are run are of the library's tasks"
        groups.setdefault((preset.task, race.check.equal), []).append(race)
    return tuple(
        When(task, equal, found[0].check.subject.score, tuple((race, _points(race)) for race in found))
        for (task, equal), found in groups.items()
    )


def when_not_run(races: Mapping[str, Race]) -> list[str]:
    """The names of the races of schedules of which there is nothing yet."""
    return [name for name in WHEN if name not in races or not races[name].entries]


def when_tables(races: Mapping[str, Race]) -> str:
    """A table for each race of schedules, and which are not run; empty for races of other things alone."""
    if races and not races.keys() & (WHEN.keys() | COURSES.keys()):
        return ""
    raced = [each for found in when_raced(races) for each in found.raced]
    blocks = [f"{_heading(race)}\n\n{_table(points)}" for race, points in raced]
    missing = when_not_run(races)
    told = [*blocks, *([f"{BILL} {READING}"] if blocks else [])]
    return "\n\n".join([*told, *([f"Not run yet: {', '.join(missing)}."] if missing else [])])


def _points(race: Race) -> tuple[WhenPoint, ...]:
    found = by_label(race.entries)
    full = _costs(found.get(FULL, []))
    names = dict(zip(race.check.labels, race.check.contestants, strict=True))
    first = next((label for label, each in names.items() if each.pruning is not None and not each.scheduled), "")
    return tuple(_point(race, names[label], first, full, entries) for label, entries in found.items())


def _point(
    race: Race,
    contestant: Contestant,
    first: str,
    full: tuple[float | None, float | None],
    entries: Sequence[Entry],
) -> WhenPoint:
    label, whole = entries[0].label, contestant.pruning is None
    macs, total = _costs(entries)
    middle, half = interval([each.score for each in entries if each.score is not None])
    return WhenPoint(
        schedule=FULL if whole else Schedule.read(contestant.schedule).name,
        allowed=1.0 if whole else share_of(race),
        macs=_share(macs, full[0]),
        total=_share(total, full[1]),
        seeds=len(entries),
        failures=sum(each.failed for each in entries),
        mean=middle,
        half_width=half,
        beside_init=None if label == first else beside(race, label, first),
    )


def _costs(entries: Sequence[Entry]) -> tuple[float | None, float | None]:
    """MACs of the network, and in all, on average over the runs that ended."""
    ended = [each for each in entries if not each.failed]
    return mean_of_known(each.macs for each in ended), mean_of_known(each.total_macs for each in ended)


def _share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


def _heading(race: Race) -> str:
    score, seeds, check = race.check.subject.score, len(race.check.seeds), race.check
    return (
        f"**{race.name}**: {score.title} ({score.better}); {EQUAL[check.equal]}; {check.used_recipe.steps} steps of "
        f"the full network ({check.recipe_name} recipe), {seeds} seed{'s' if seeds > 1 else ''}"
    )


def _table(points: Sequence[WhenPoint]) -> str:
    rows = [HEADER, ("---", "---:", "---:", "---:", "---:", "---", "---:"), *map(_row, points)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(point: WhenPoint) -> tuple[str, ...]:
    macs, total = ("" if share is None else f"{share:.1%}" for share in (point.macs, point.total))
    apart, text = ("", "") if point.beside_init is None else (point.beside_init.interval, point.beside_init.text)
    return point.schedule, macs, total, point.text, apart, text, f"{point.failures} of {point.seeds}"
