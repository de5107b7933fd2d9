"""What prices the steps that a plan hangs on: the peak of a training step, and its seconds by a time table."""

from explorer import wording
from explorer.compute import heavy
from explorer.compute.needs import graph_of, measuring
from explorer.compute.time_tables import prices, table_needed
from explorer.state import ExplorerState
from ranp.resources import moments_pricer
from ranp.selection import Pricer, Pricers


def pricers_of(state: ExplorerState) -> Pricers:
    """What prices the steps that the state limits, or by whose seconds it moves counts.

    Moments, and what a table prices, must be read by now. ``ValueError`` says why a step cannot be priced.
    """
    peak = {"peak": _peak(state)} if state.limits_peak else {}
    return {**peak, **({"time": prices(state, table_needed(state))["training"].pricer()} if state.snap != "off" else {})}


def _peak(state: ExplorerState) -> Pricer:
    found = measuring(state).result()
    if found.moments is None:
        raise ValueError(wording.unpriced(found.failed or ""))
    network = heavy.network_of(state).shapes()
    return moments_pricer(found.moments, network, graph_of(state), state.batch)
