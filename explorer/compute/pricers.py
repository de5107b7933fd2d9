"""What prices the steps that a plan hangs on: the peak of a training step, and its seconds by a time table."""

from explorer import wording
from explorer.compute import heavy
from explorer.compute.needs import graph_of, measuring
from explorer.compute.time_tables import prices, table_needed
from explorer.state import ExplorerState, prices_time
from ranp.resources import moments_pricer
from ranp.selection import Pricer, Pricers
from ranp.timing import TimeTable

KIND_OF = {"time": "training", "inference": "inference"}
"""The budgets of time, each with the kind of step that it is of."""


def pricers_of(state: ExplorerState) -> Pricers:
    """What prices the steps that the state limits, or by whose seconds it moves counts.

    Moments, and what a table prices, must be read by now. ``ValueError`` says why a step cannot be priced.
    """
    peak = {"peak": _peak(state)} if state.limits_peak else {}
    return {**peak, **(time_pricers(state, table_needed(state)) if prices_time(state) else {})}


def time_pricers(state: ExplorerState, table: TimeTable) -> Pricers:
    """What tells the seconds of each kind of step by the table; raises as `explorer.compute.time_tables.prices`."""
    found = prices(state, table)
    return {budget: found[kind].pricer() for budget, kind in KIND_OF.items() if kind in found}


def _peak(state: ExplorerState) -> Pricer:
    found = measuring(state).result()
    if found.moments is None:
        raise ValueError(wording.unpriced(found.failed or ""))
    network = heavy.network_of(state).shapes()
    return moments_pricer(found.moments, network, graph_of(state), state.batch)
