"""What the report says of races: how networks of this kind score once trained, by which recipe, and how surely."""

import logging

from explorer import compute
from explorer.state import ExplorerState
from ranp.checks import CAUTION, METHOD, PLAIN, AgainstCost, Race, beside, nudge_text, race_name, read_nudges

log = logging.getLogger("explorer")


def raced(state: ExplorerState) -> list[str]:
    """A sentence or two for each race of this network in this size, and by how much a trifle moves its scores."""
    try:
        tasks = [task for task in compute.raced() if compute.is_raced_of(task, state)]
        nudges = read_nudges()
    except ValueError as error:
        log.warning("%s", error)
        return []
    if not tasks:
        return []
    told = [_race(task, race) for task in tasks for race in reversed(task.races)]
    return [*told, *dict.fromkeys(nudge_text(task.races[0].check, nudges) for task in tasks), CAUTION]


def _race(task: AgainstCost, race: Race) -> str:
    seeds = len(race.check.seeds)
    pairs = [beside(race, METHOD, other) for other in ("full", *PLAIN)]
    said = "; ".join(f"{pair.label} beside {pair.other}: {pair.text}" for pair in pairs if pair is not None)
    by = f"{task.steps:,} steps ({task.recipe_name} recipe), {seeds} seed{'s' if seeds > 1 else ''}"
    return f"{race_name(task, race)} of the MACs, {by}: {said or 'RANP-f was not raced'}."
