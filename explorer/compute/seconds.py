"""What a plan takes in seconds, by a time table."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.compute.plans import along, curve_seconds, masks_of, plan
from explorer.compute.pricers import time_pricers
from explorer.compute.time_tables import called, prices, table_of
from explorer.state import ExplorerState, only_plan
from ranp.plan import Plan
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


def step_curve(state: ExplorerState, table: TimeTable) -> NDArray[np.float64]:
    """What a training step takes over the sparsities of the plan's curve, as shares of the full network's; raises as
    `explorer.compute.time_tables.prices`.
    """
    return _step_curve(along(state), table)


@lru_cache(maxsize=64)
def _step_curve(state: ExplorerState, table: TimeTable) -> NDArray[np.float64]:
    return curve_seconds(state, prices(state, table)["training"].pricer())


def timed_plan(state: ExplorerState) -> Plan:
    """The plan of the state with what steps take by the time table in use, in all and of each layer.

    As it is where no table tells that, or not yet.
    """
    found = plan(state)
    try:
        table = table_of(state)
        if table is None or called(state, table.batch) is None:
            return found
        return found.priced(time_pricers(state, table))
    except ValueError:  # the table that the state names is given up, or is of another network
        return found


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
