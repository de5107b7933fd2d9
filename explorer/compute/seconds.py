"""What a plan takes in seconds, by a time table."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from explorer.compute.plans import masks_of
from explorer.compute.time_tables import prices
from explorer.state import ExplorerState, only_plan
from ranp.timing import TimeTable


@dataclass(frozen=True)
class Seconds:
    """What a step takes before and after pruning, and each layer's own calls; ``None`` where there is no network."""

    before: float
    after: float | None
    layers_before: Mapping[str, float]
    layers_after: Mapping[str, float] | None


def seconds(state: ExplorerState, table: TimeTable) -> dict[str, Seconds]:
    """What the plan of the state takes, by kind of step; raises as `explorer.compute.time_tables.prices`."""
    return _seconds(only_plan(state), table)


@lru_cache(maxsize=64)
def _seconds(state: ExplorerState, table: TimeTable) -> dict[str, Seconds]:
    kept = masks_of(state)
    return {
        kind: Seconds(
            before=each.at(),
            after=None if kept is None else each.at(kept),
            layers_before=each.by_owner(),
            layers_after=None if kept is None else each.by_owner(kept),
        )
        for kind, each in prices(state, table).items()
    }
