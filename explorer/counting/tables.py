"""A time table of the network at hand, measured on this machine: how long that takes, then the measurement itself.

What was timed is kept operation by operation, so a measurement that was called off goes on where it was.
"""

from dataclasses import dataclass

from explorer import compute
from explorer.compute import Job, Report, heavy
from explorer.state import ExplorerState
from ranp.timing import (
    DEFAULT_BUDGET,
    KINDS,
    Estimate,
    TimeTable,
    Work,
    estimate,
    keep_table,
    make_table,
    read_work,
    this_machine,
)

BATCH = 2
"""Examples of the steps that the table prices."""


@dataclass(frozen=True)
class Prepared:
    """What is to be timed, and what there is time for."""

    works: tuple[Work, ...]
    estimate: Estimate


def preparing(state: ExplorerState) -> Job[Prepared]:
    """The job that reads what the network's steps call and estimates how long timing that takes. Needs the trace."""
    network, graph = heavy.network_of(state), heavy.tracing(state).result().graph

    def prepare(report: Report) -> Prepared:
        works = []
        for number, kind in enumerate(KINDS, 1):
            works.append(read_work(network.shapes(), graph, kind, BATCH))
            report(number, len(KINDS) + 1)
        found = estimate(works, budget=DEFAULT_BUDGET, folder=compute.times_folder(), machine=this_machine())
        return Prepared(tuple(works), found)

    return heavy.QUEUE.ask(_key("estimate", state), prepare)


def making(state: ExplorerState) -> Job[TimeTable]:
    """The job that measures the table and keeps it, to be used from then on. Needs what `preparing` found."""
    network, graph = heavy.network_of(state), heavy.tracing(state).result().graph
    prepared = preparing(state).result()

    def make(report: Report) -> TimeTable:
        within, folder = prepared.estimate, compute.times_folder()
        model = network.model if within.whole else network.shapes()
        table = make_table(
            model, graph, prepared.works, network.title, within.step, folder, progress=report, within=within
        )
        keep_table(folder, network.provenance, network.inputs(), table)
        return table

    return heavy.QUEUE.ask(_key("table", state), make)


def known(state: ExplorerState) -> Job[Prepared] | None:
    """The job of `preparing`, where somebody has asked for it."""
    return preparing(state) if heavy.QUEUE.knows(_key("estimate", state)) else None


def call_off(state: ExplorerState) -> None:
    """End the measurement, or what comes before it."""
    for task in ("estimate", "table"):
        heavy.QUEUE.call_off(_key(task, state))
    forget(state)


def forget(state: ExplorerState) -> None:
    """Give up what was found, so that the next measurement begins with an estimate of its own."""
    for task in ("estimate", "table"):
        heavy.QUEUE.forget(_key(task, state))


def _key(task: str, state: ExplorerState) -> str:
    return f"{task} {heavy.calling_key(state, BATCH)}"
