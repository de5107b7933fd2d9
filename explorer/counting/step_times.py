"""Training steps of both networks timed on this machine, beside what a time table predicted for them."""

import platform
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import torch

from explorer import compute
from explorer.compute import Job, Report, available_memory, heavy, processor
from explorer.counting import wording
from explorer.state import ExplorerState
from ranp.graph import ChannelGraph, plain_copy
from ranp.plan import shrink
from ranp.resources import Others, StepTimes, time_steps
from ranp.subject import Network
from ranp.timing import (
    Comparison,
    KnownError,
    Machine,
    TimePrices,
    TimeTable,
    is_quiet,
    keep_comparison,
    read_work,
    this_machine,
)
from ranp.types import Masks

KIND = "training"
BATCH, STEPS, WARM_UP, BUDGET = 2, 10, 2, 30.0
"""Of the timing: examples a step where no table says how many, steps that count and that do not, and the seconds after
which it ends."""

LARGEST_MACS = 20_000_000_000
"""A network with more MACs an example is not timed: one visitor would hold up all others for minutes."""


@dataclass(frozen=True)
class Prediction:
    """What a table predicted, and how far predictions of the network are off here by now; `kept` tells those later."""

    comparison: Comparison
    table: TimeTable
    here: Machine
    kept: bool
    known: KnownError | None

    @property
    def same_machine(self) -> bool:
        """Whether seconds may be compared, and not only their ratio."""
        return self.table.machine == self.here


@dataclass(frozen=True)
class Timing:
    """Seconds of training steps of both networks, where they were measured, and what was predicted.

    ``busy`` are the processors that others used meanwhile. Without a ``prediction``, ``unpredicted`` says why there is
    none, unless no table is at hand.
    """

    full: StepTimes
    pruned: StepTimes
    machine: str
    batch: int
    busy: float
    prediction: Prediction | None = None
    unpredicted: str | None = None

    @property
    def unrest(self) -> float:
        """How the steps of either network spread, at most."""
        return max(self.full.unrest, self.pruned.unrest)

    @property
    def quiet(self) -> bool:
        """Whether the machine was quiet enough for the times to be believed."""
        return is_quiet(self.busy, self.unrest)


def timing(state: ExplorerState, table: TimeTable | None) -> Job[Timing]:
    """The job that trains both networks for a few steps, in turn, beside what ``table`` predicts.

    Neither network is the one that others look at.
    """
    plan, network, graph = compute.plan(state), heavy.network_of(state), heavy.tracing(state).result().graph

    def measure(report: Report) -> Timing:
        batch = _batch(table)
        networks = [plain_copy(network.model), shrink(network.model, graph, plan.kept, verify=False)]
        others = Others()
        full, pruned = time_steps(networks, network.inputs(batch), STEPS, WARM_UP, BUDGET, progress=report)
        found = Timing(full, pruned, _machine(), batch, others.processors())
        return found if table is None else _compared(found, table, network, graph, plan.kept)

    return heavy.QUEUE.ask(_key(state, table), measure)


def known(state: ExplorerState, table: TimeTable | None) -> Job[Timing] | None:
    """The job of `timing`, where somebody has asked for it."""
    return timing(state, table) if heavy.QUEUE.knows(_key(state, table)) else None


def again(state: ExplorerState, table: TimeTable | None) -> None:
    """Forget what was measured, and measure anew."""
    heavy.QUEUE.forget(_key(state, table))
    timing(state, table)


def call_off(state: ExplorerState, table: TimeTable | None) -> None:
    """End the job of `timing`."""
    heavy.QUEUE.call_off(_key(state, table))


def too_much(state: ExplorerState, table: TimeTable | None) -> str | None:
    """Why both networks cannot be timed here, if they cannot, at the table's batch."""
    macs, batch = compute.network(state).full.macs, _batch(table)
    most = LARGEST_MACS * BATCH // batch
    return wording.too_slow(macs, most) if macs > most else too_large(state, batch)


def too_large(state: ExplorerState, batch: int = BATCH) -> str | None:
    """Why this machine cannot hold training steps of both networks, if it cannot."""
    spare, peak = available_memory(), compute.network(state).full.peak_training_bytes
    needed = None if peak is None else 2 * batch * peak
    return None if needed is None or spare is None or needed <= spare else wording.too_large(needed, spare)


def _batch(table: TimeTable | None) -> int:
    return BATCH if table is None else table.batch


def _compared(found: Timing, table: TimeTable, network: Network, graph: ChannelGraph, kept: Masks) -> Timing:
    """With the prediction; its error is kept for later ones where the machine was quiet."""
    try:
        prices = TimePrices(graph, read_work(network.shapes(), graph, KIND, table.batch), table)
    except ValueError as error:
        return replace(found, unpredicted=str(error))
    comparison = Comparison(
        KIND,
        table.batch,
        (prices.at(), prices.at(kept)),
        (found.full.median, found.pruned.median),
        datetime.now(UTC).date().isoformat(),
    )
    here = this_machine()
    if found.quiet:
        keep_comparison(compute.times_folder(), table, here, comparison)
    prediction = Prediction(comparison, table, here, found.quiet, compute.error_here(table))
    return replace(found, prediction=prediction)


def _key(state: ExplorerState, table: TimeTable | None) -> str:
    by = "" if table is None else f" {table.machine} {table.date} {table.step} {table.measured}"
    return f"time {heavy.peak_key(state, compute.plan(state).kept)}{by}"


def _machine() -> str:
    return wording.machine(processor(), torch.get_num_threads(), platform.system(), torch.__version__)
