"""Making a time table: each task timed alone on its grid or at its sizes, kept as soon as it is timed.

A task is kept under its own key, the machine and the grid, so that layers of equal shape are timed once in all
networks, and a measurement that was cut off goes on where it was.
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import numpy as np
import psutil
import torch
from torch import nn

from ranp.graph import ChannelGraph
from ranp.machine import processor_name
from ranp.timing.grid import STEPS, axes, points, sizes_to_time
from ranp.timing.kept import Kept
from ranp.timing.measure import LEAST, LEAST_SECONDS, MOST, WARM_UP, Timed, time_example
from ranp.timing.table import Grid, Machine, Sizes, TimeTable
from ranp.timing.whole import time_whole
from ranp.timing.work import Task, Work

DEFAULT_BUDGET = 120.0
"""Seconds that a measurement may take; of the steps between widths the finest is taken that holds to it."""

Progress = Callable[[float, float], None]
"""Seconds of work that are done, and all there are, both by estimate."""


@dataclass(frozen=True)
class Estimate:
    """The step between the edges of the grids, and how many seconds the measurement takes with it."""

    step: int
    seconds: float


def this_machine(device: str = "cpu") -> Machine:
    """The machine as a table names it."""
    chosen = torch.device(device)
    on_cpu = chosen.type == "cpu"
    name = processor_name() if on_cpu else torch.get_device_module(chosen).get_device_name(chosen)
    return Machine(name, chosen.type, torch.get_num_threads(), torch.__version__)


def estimate(work: Sequence[Work], device: str = "cpu", budget: float = DEFAULT_BUDGET) -> Estimate:
    """The finest step whose grids are timed within ``budget`` seconds, else the coarsest.

    Each grid is timed at its full widths; at the mean of its points it takes a quarter of that.
    """
    grids = [task for task in _tasks(work) if task.by_width]
    means = [time_example(task.examples[0], task.full, torch.device(device)).seconds / 4 for task in grids]
    for step in STEPS:
        seconds = sum(points(task, step) * _repeats(mean) for task, mean in zip(grids, means, strict=True))
        if seconds <= budget:
            break
    return Estimate(step, seconds)


def make_table(
    model: nn.Module,
    graph: ChannelGraph,
    work: Sequence[Work],
    network: str,
    step: int,
    folder: Path,
    device: str = "cpu",
    progress: Progress | None = None,
) -> TimeTable:
    """Time every task of ``work``, all of one batch, and whole steps of the network and of a thin one.

    Args:
        model: the network with weights; it is left as it is.
        network: what to call it.
        step: of the grids, from `estimate`.
        folder: where what is timed is kept, each task as soon as it is done; the next call takes it from there.
        progress: called after each task; what it raises ends the measurement.

    Raises:
        RuntimeError: an operation does not run on the device.
    """
    machine, tasks = this_machine(device), _tasks(work)
    found: dict[str, Grid | Sizes] = {}
    spreads: list[float] = []
    psutil.cpu_percent()
    for number, task in enumerate(tasks):
        kept = Kept(folder, task, step, machine)
        found[task.key], spread = kept.read() or kept.write(*_timed(task, step, torch.device(device)))
        spreads.append(spread)
        if progress is not None:
            progress(number + 1, len(tasks))
    busy = max(0.0, psutil.cpu_percent() / 100 * (psutil.cpu_count() or 1) - machine.threads)
    table = TimeTable(
        network=network,
        batch=work[0].batch,
        machine=machine,
        step=step,
        grids={key: each for key, each in found.items() if isinstance(each, Grid)},
        sizes={key: each for key, each in found.items() if isinstance(each, Sizes)},
        constants={each.kind: 0.0 for each in work},
        spread=statistics.median(spreads),
        errors={},
        busy=busy,
        date=datetime.now(UTC).date().isoformat(),
    )
    return time_whole(table, model, graph, work)


def _tasks(work: Sequence[Work]) -> list[Task]:
    """Of all kinds of step; a forward pass has operations that a training step has, too."""
    merged: dict[str, Task] = {}
    for each in work:
        for key, task in each.tasks.items():
            merged.setdefault(key, task)
    return list(merged.values())


def _timed(task: Task, step: int, device: torch.device) -> tuple[Grid | Sizes, float]:
    if not task.by_width:
        sizes = sizes_to_time(task)
        timed = [time_example(example, widths, device) for _, example, widths in sizes]
        seconds = np.array([each.seconds for each in timed])
        return Sizes(np.array([size for size, _, _ in sizes], dtype=np.float64), seconds), _spread(timed)
    widths = axes(task, step)
    timed = [time_example(task.examples[0], point, device) for point in product(*widths)]
    seconds = np.array([each.seconds for each in timed]).reshape([len(axis) for axis in widths])
    return Grid(tuple(np.array(axis, dtype=np.float64) for axis in widths), seconds), _spread(timed)


def _spread(timed: Sequence[Timed]) -> float:
    return statistics.median(each.spread for each in timed)


def _repeats(seconds: float) -> float:
    """Seconds that all repeats of one measurement take."""
    return min(max(seconds * (WARM_UP + LEAST), 2 * LEAST_SECONDS), seconds * (WARM_UP + MOST))
