"""Races with made-up scores, of which the right words are known."""

from ranp.checks import COURSES, Entry, Race, race
from ranp.subject import Subject

Scores = dict[str, tuple[float | None, ...]]

FULL_MACS = 1000


def made(scores: Scores, task: str = "brain", share: float = 0.25) -> Race:
    """A race of the task by its converging recipe: a score a seed for each label, None for a run that failed."""
    subject = COURSES[task].subject
    return made_of(subject, task if share == 0.25 else f"{task} at {share:.0%}", scores, share)


def made_of(subject: Subject, name: str, scores: Scores, share: float = 0.25) -> Race:
    """The same of any subject."""
    recipe = subject.recipe_called("converging") if subject.library_preset else None
    seeds = tuple(range(max(map(len, scores.values()))))
    methods = tuple(label for label in scores if label != "full")
    check = race(subject, methods, ("macs", share), seeds=seeds, recipe=recipe)
    entries = tuple(
        Entry(
            place,
            label,
            seed,
            score=score,
            reason=None if score is not None else "it diverged",
            macs=None if score is None else FULL_MACS if label == "full" else round(share * FULL_MACS),
        )
        for place, (label, found) in enumerate(scores.items())
        for seed, score in enumerate(found)
    )
    return Race(name, check, entries, ())


def by_name(*races: Race) -> dict[str, Race]:
    """As `ranp.checks.read_races` gives them."""
    return {race.name: race for race in races}
