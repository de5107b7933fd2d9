"""A time table of the network at hand, measured on this machine: how long that will take, then the measurement.

What was timed is kept operation by operation, so a measurement that was called off goes on where it was.
"""

from explorer import compute
from explorer.compute import Job, Report, heavy
from explorer.state import ExplorerState
from ranp.timing import (
    DEFAULT_BUDGET,
    KINDS,
    Estimate,
    TimeTable,
    estimate,
    keep_table,
    make_table,
    read_work,
    this_machine,
)

BATCH = 2
"""Examples of the steps that the table prices."""


_ESTIMATES: dict[str, Estimate] = {}
"""Of the measurements under way, by their job's key."""


def making(state: ExplorerState) -> Job[TimeTable]:
    """The job that measures the table and keeps it, to be used from then on. Needs the trace."""
    network, graph = heavy.network_of(state), heavy.tracing(state).result().graph
    key, folder = _key(state), compute.times_folder()

    def make(report: Report) -> TimeTable:
        _ESTIMATES.pop(key, None)
        works = []
        for kind in KINDS:
            works.append(read_work(network.shapes(), graph, kind, BATCH))
            report(0, 1)
        within = estimate(works, budget=DEFAULT_BUDGET, folder=folder, machine=this_machine())
        _ESTIMATES[key] = within
        model = network.model if within.whole else network.shapes()
        table = make_table(model, graph, works, network.title, within.step, folder, progress=report, within=within)
        keep_table(folder, network.provenance, network.inputs(), table)
        return table

    return heavy.QUEUE.ask(key, make)


def known(state: ExplorerState) -> Job[TimeTable] | None:
    """The job of `making`, where somebody has asked for it."""
    return making(state) if heavy.QUEUE.knows(_key(state)) else None


def estimated(state: ExplorerState) -> float | None:
    """How many seconds the measurement takes in all, once that is known."""
    found = _ESTIMATES.get(_key(state))
    return None if found is None else found.seconds


def call_off(state: ExplorerState) -> None:
    """End the measurement; what was timed is kept."""
    heavy.QUEUE.call_off(_key(state))


def forget(state: ExplorerState) -> None:
    """Give up what the job found, which is kept on the disk, so that it can be measured again."""
    heavy.QUEUE.forget(_key(state))


def _key(state: ExplorerState) -> str:
    return f"table {heavy.calling_key(state, BATCH)}"
