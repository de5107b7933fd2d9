"""Races as tables for people: each network beside the full one, and what can be said of the pruned ones."""

from collections.abc import Mapping, Sequence

from ranp.checks.compared import Compared, criterion_matters
from ranp.checks.nudge import nudge_text, read_nudges
from ranp.checks.races import COURSES, WHEN, Race
from ranp.checks.summary import Summary
from ranp.statistics import failed_runs

CAUTION = (
    "Short runs at classroom width, on procedural data or patches of one scan: they show whether a network still "
    "learns, what it costs, and which method empties layers. They do not show which method is better after full "
    "training."
)
PAIRED = (
    "Differences are paired by seed, and what follows their ± is half of the 95% interval by Student's t. *Better* and "
    "*worse* stand where the interval leaves out zero, and without a reservation where p is at most 5% after Holm's "
    "correction for all pairs of the race."
)
READING = f"A score is the mean ± the sample deviation over the seeds whose runs ended. {PAIRED}"
HEADER = ("network", "MACs", "score", "difference to full", "verdict", "failed")


def tables(races: Mapping[str, Race]) -> str:
    """A table for each race, a line a network; below it what can be said of the pruned ones beside each other.

    Races of schedules, those of `WHEN`, are left to `ranp.checks.evidence.when`.
    """
    races = {name: race for name, race in races.items() if name not in WHEN}
    nudges = read_nudges()
    blocks = [
        "\n\n".join(
            [_heading(race), _table(race), " ".join([verdict(race), nudge_text(race.check, nudges), *race.notes])]
        )
        for race in races.values()
    ]
    of_tasks = not races or not races.keys().isdisjoint(COURSES)
    missing = [f"{name}: not run yet." for name in COURSES if name not in races and of_tasks]
    return "\n\n".join([*blocks, *missing, READING, CAUTION])


def verdict(race: Race) -> str:
    """What the race shows of the pruned networks beside each other, who failed, and how many seeds would show more.

    Every pair whose difference is shown is named, whoever is ahead; of the others, how many they are and what they
    leave open at most.
    """
    among = [each for each in race.compared if each.difference.second != 0]
    said = [_of_pairs(among), *_failures(race.summary), _needed(race.compared)]
    sentence = f"{race.name}: {'; '.join(part for part in said if part)}."
    return f"{sentence} {criterion_matters(race.compared)}".rstrip()


def _of_pairs(pairs: Sequence[Compared]) -> str:
    known = [each for each in pairs if each.difference.half_width is not None]
    if not known:
        once = any(each.difference.pairs for each in pairs)
        return "one seed: nothing can be said of the pruned networks among themselves" if once else ""
    named = [each for each in known if each.difference.shown or each.difference.p is None]
    said = [f"{each.label} beside {each.other}: {each.text}" for each in named]
    rest = [each.difference for each in known if each not in named]
    if rest:
        most = max(max(abs(each.low or 0.0), abs(each.high or 0.0)) for each in rest)
        others = f"the other {len(rest)} pairs" if len(rest) > 1 else "the other pair"
        among = f"{others} of pruned networks" if named else "the pruned networks"
        said.append(f"no difference among {among} is sure; one larger than {most:.3f} can be excluded")
    return "; ".join(said)


def _failures(summaries: Sequence[Summary]) -> list[str]:
    return [f"{each.label}: {failed_runs(each.failures, each.seeds)}" for each in summaries if each.failures]


def _needed(compared: Sequence[Compared]) -> str:
    """Of the networks beside the full one, how many seeds a wished precision takes."""
    beside = [each for each in compared if each.difference.second == 0 and each.seeds_needed is not None]
    needed = [f"{each.seeds_needed:,} ({each.label})" for each in beside]
    if not needed:
        return ""
    return f"± {beside[0].precision:g} beside the full one takes about so many seeds: {', '.join(needed)}"


def _heading(race: Race) -> str:
    [(_, share)] = race.check.budgets
    assert isinstance(share, float), "races are run at a share of the full network's MACs"
    score, seeds, recipe = race.check.subject.score, len(race.check.seeds), race.check.used_recipe
    return (
        f"**{race.name}**: {score.title} ({score.better}), pruned to at most {share:.0%} of the MACs, "
        f"{recipe.steps} steps ({race.check.recipe_name} recipe), {seeds} seed{'s' if seeds > 1 else ''}"
    )


def _table(race: Race) -> str:
    beside = {each.difference.first: each for each in race.compared if each.difference.second == 0}
    full = next((each.macs for each in race.summary if each.contestant == 0), None)
    body = (_row(each, beside.get(each.contestant), full) for each in race.summary)
    rows = [HEADER, ("---", "---:", "---:", "---:", "---", "---:"), *body]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(summary: Summary, beside: Compared | None, full: float | None) -> tuple[str, ...]:
    macs = "" if not full or summary.macs is None else f"{summary.macs / full:.1%}"
    apart, text = ("", "") if beside is None else (beside.interval, beside.text)
    return summary.label, macs, summary.text, apart, text, f"{summary.failures} of {summary.seeds}"
