"""Races as a table for people, and the sentence that says who won, whoever it was."""

from collections.abc import Mapping

from ranp.checks.races import COURSES, RACED, Race
from ranp.checks.summary import Summary

ENOUGH_SEEDS = 5

CAUTION = (
    "Short runs on procedural data at classroom width: they show whether a network still learns, what it costs, and "
    "which method empties layers. They do not show which method is best after full training, and differences within "
    "the spread are none."
)


def markdown(races: Mapping[str, Race]) -> str:
    """One line a task: the full network, then each method at equal MACs; mean ± sample deviation over the seeds.

    Below it a sentence for each, and what such a race cannot show.
    """
    header = ["task", "score", "seeds", "MACs", "full", *RACED]
    lines = [header, ["---"] * len(header), *(_line(race) for race in races.values())]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    of_tasks = not races or not races.keys().isdisjoint(COURSES)
    missing = [f"- {name}: not run yet." for name in COURSES if name not in races and of_tasks]
    return "\n".join([table, "", *(f"- {verdict(race)}" for race in races.values()), *missing, "", CAUTION])


def verdict(race: Race) -> str:
    """Which pruned network did best, how RANP-f did beside it, and who could not be built.

    Best is the best mean; where the means lie within the larger spread of the two, that is said.
    """
    sign = 1 if race.check.subject.score.higher_is_better else -1
    pruned = {summary.label: summary for summary in race.summary if summary.contestant > 0}
    ended = {label: summary for label, summary in pruned.items() if summary.failures == 0}
    failed = [label for label in pruned if label not in ended]
    seeds = len(race.check.seeds)
    few = f" (from {seeds} of at least {ENOUGH_SEEDS} seeds: too few to tell)" if seeds < ENOUGH_SEEDS else ""
    if not ended:
        return f"{race.name}{few}: no pruned network could be trained from every seed."
    best = max(ended, key=lambda label: sign * (ended[label].mean or 0.0))
    text = f"{race.name}{few}: {best} did best ({_figure(ended[best])})"
    if best != "ranp-f" and "ranp-f" in ended:
        ours = ended["ranp-f"]
        apart = abs((ended[best].mean or 0.0) - (ours.mean or 0.0))
        spread = max(ended[best].spread or 0.0, ours.spread or 0.0)
        text += f", ranp-f {_figure(ours)}" + (", which is within the spread" if apart <= spread else "")
    if failed:
        text += f"; {', '.join(failed)} failed from some seed or all"
    return f"{text}."


def _line(race: Race) -> list[str]:
    by_label = {summary.label: summary for summary in race.summary}
    [(_, share)] = race.check.budgets
    assert isinstance(share, float), "races are run at a share of the full network's MACs"
    cells = [_cell(by_label[label]) if label in by_label else "" for label in ("full", *RACED)]
    score = race.check.subject.score
    return [race.name, f"{score.title} ({score.better})", str(len(race.check.seeds)), f"{share:.0%}", *cells]


def _cell(summary: Summary) -> str:
    if summary.mean is None:
        return "empties a layer"
    failed = f" ({summary.failures} of {summary.seeds} failed)" if summary.failures else ""
    return _figure(summary) + failed


def _figure(summary: Summary) -> str:
    spread = "" if summary.spread is None else f" ± {summary.spread:.3f}"
    return f"{summary.mean:.3f}{spread}"
