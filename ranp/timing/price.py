"""What a plan costs in seconds, from a table: as cheap as its MACs, by layer, in total, and a whole curve at once."""

import json
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ranp.graph import ChannelGraph
from ranp.selection import Pricer, Pricers
from ranp.timing.table import Numbers, TimeTable
from ranp.timing.work import Task, Work, read_work
from ranp.types import Costs, Lifetimes, Masks

STEP_OF = {"time": "training", "inference": "inference"}
"""The budgets of time, each with the kind of step that it is of."""


def time_pricers(
    table: TimeTable,
    model: nn.Module,
    graph: ChannelGraph,
    batch: int | None = None,
    optimizer: str = "adamw",
    budgets: Iterable[str] = tuple(STEP_OF),
) -> Pricers:
    """What tells the seconds of a training step and, where the table has them, of an inference, for `ranp.prune`.

    ``model`` may lie on ``meta``. A ``batch`` that is not the table's is refused; without one it is the table's. Raises
    ``ValueError`` as `read_work` and `TimePrices`.
    """
    found = {}
    for budget in budgets:
        kind = STEP_OF[budget]
        if kind == "training" or kind in table.constants:
            work = read_work(model, graph, kind, batch or table.batch, optimizer)
            found[budget] = TimePrices(graph, work, table).pricer()
    return found


class TimePrices:
    """Seconds of any plan of one network, by a time table.

    Raises:
        ValueError: the table is of another network, input size, batch or kind of step.
    """

    def __init__(self, graph: ChannelGraph, work: Work, table: TimeTable) -> None:
        if table.batch != work.batch:
            raise ValueError(
                f"expected a time table of batches of {work.batch}, got one of batches of {table.batch}; measure it "
                "again, or price that batch"
            )
        if work.kind not in table.constants:
            raise ValueError(f"the time table holds no steps of kind {work.kind}; measure it again")
        missing = [task.key for task in work.tasks.values() if not _holds(table, task)]
        if missing:
            raise ValueError(
                f"the time table is of another network or input size ({table.network[:60]}): {len(missing)} of "
                f"{len(work.tasks)} kinds of operation are not in it, such as {json.loads(missing[0])[0]}; measure "
                "this network"
            )
        self.table, self._constant = table, table.constants[work.kind]
        self._per_element = table.per_element.get(work.kind, 0.0)
        self._graph, self._work = graph, work

    def at(self, kept: Masks | None = None) -> float:
        """Seconds of a step with ``kept`` left; ``None``: of the full network. Raises as ``graph.cost`` does."""
        units = self._graph.unit_kept(kept)
        return float(self._seconds(units[:, None]).sum() + self._constant)

    def elements(self, kept: Masks | None = None) -> float:
        """How many elements the operations read and write that are priced by them; raises as ``graph.cost`` does."""
        counts = self._work.counts(self._graph.unit_kept(kept)[:, None])
        return float(sum(call.elements(counts)[0] for call in self._work.calls))

    def by_owner(self, kept: Masks | None = None) -> dict[str, float]:
        """The same by module; who owns nothing that a module does is in `ranp.timing.operations`."""
        seconds = self._seconds(self._graph.unit_kept(kept)[:, None])[:, 0]
        found = dict.fromkeys(self._work.owners, 0.0)
        for call, taken in zip(self._work.calls, seconds.tolist(), strict=True):
            found[call.owner] += taken
        return found

    def curve(self, lifetimes: Lifetimes, points: int) -> Numbers:
        """Seconds at every point of a sparsity grid, ``(points,)``; lifetimes as for ``graph.cost_curve``."""
        units = self._graph.unit_lifetimes(lifetimes, points)
        kept = units[:, None] > np.arange(points)
        total: Numbers = self._seconds(kept).sum(axis=0) + self._constant
        return total

    def by_layer(self, kept: Masks | None = None) -> Costs:
        """Seconds of each layer of neurons, by what its own operations take."""
        owners = self.by_owner(kept)
        return {name: owners.get(name, 0.0) for name in self._graph.layers}

    def layer_costs(self) -> Costs:
        """Seconds of each layer in the full network, for reweighting."""
        return self.by_layer()

    def pricer(self) -> Pricer:
        """What `ranp.prune` needs for a budget of ``time``, and to weigh layers by their seconds."""
        machine = self.table.machine
        terms = {
            "batch": self._work.batch,
            "step": self._work.kind,
            "machine": machine.name,
            "device": machine.device,
            "threads": machine.threads,
            "error": self.table.errors.get(self._work.kind),
        }
        return Pricer(self.at, terms, self.curve, self.layer_costs(), self.by_layer)

    def _seconds(self, kept: NDArray[np.bool_]) -> Numbers:
        """Of every call at every column of kept units, ``(calls, columns)``."""
        counts = self._work.counts(kept)
        rows = []
        for call in self._work.calls:
            if call.sets:
                rows.append(self.table.grids[call.task].at([counts[number] for number in call.sets]))
                continue
            elements = call.elements(counts)
            rows.append(self.table.sizes[call.task].at(elements) + self._per_element * elements)
        return np.array(rows)


def _holds(table: TimeTable, task: Task) -> bool:
    """Whether the table tells the task's time at all its widths."""
    if not task.by_width:
        return task.key in table.sizes
    grid = table.grids.get(task.key)
    return grid is not None and tuple(axis[-1] for axis in grid.axes) == task.full
