"""Making a time table: each task timed alone on its grid or at its sizes, kept as soon as it is timed.

A task is kept under its own key, the machine and the grid, so that layers of equal shape are timed once in all
networks, and a measurement that was cut off goes on where it was.
"""

import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ranp.devices import check_device
from ranp.graph import ChannelGraph
from ranp.machine import processor_name
from ranp.resources import Others
from ranp.timing.estimating import Estimate
from ranp.timing.filling import filled
from ranp.timing.grid import axes, sizes_to_time
from ranp.timing.kept import Kept
from ranp.timing.measure import Timed, time_example
from ranp.timing.table import Grid, Machine, Numbers, Sizes, TimeTable
from ranp.timing.whole import time_whole
from ranp.timing.work import Task, Work, merged_tasks

ODD = 1.5
"""What takes so many times as long as at the widths beside it is timed again: mostly something came in between."""

Progress = Callable[[int, int], None]
"""Operations that are timed, and how many there are."""


def this_machine(device: str = "cpu") -> Machine:
    """The machine as a table names it; ``ValueError`` where it has no such device."""
    check_device(device)
    chosen = torch.device(device)
    on_cpu = chosen.type == "cpu"
    name = processor_name() if on_cpu else torch.get_device_module(chosen).get_device_name(chosen)
    return Machine(name, chosen.type, torch.get_num_threads(), torch.__version__)


def make_table(
    model: nn.Module,
    graph: ChannelGraph,
    work: Sequence[Work],
    network: str,
    step: int,
    folder: Path,
    device: str = "cpu",
    progress: Progress | None = None,
    within: Estimate | None = None,
) -> TimeTable:
    """Time every task of ``work``, all of one batch, and whole steps of the network and of two smaller ones.

    Args:
        model: the network with weights; it is left as it is.
        network: what to call it.
        step: of the grids, from `estimate`.
        folder: where what is timed is kept, each task as soon as it is done; the next call takes it from there.
        progress: called after each task; what it raises ends the measurement.
        within: what `estimate` found time for; without it everything is timed.

    Raises:
        ValueError: there is no such device.
        RuntimeError: an operation does not run on it.
    """
    machine, tasks = this_machine(device), merged_tasks(work)
    within = Estimate(step, 0.0) if within is None else within
    to_time = [task for task in tasks if within.timed is None or task.key in within.timed]
    found: dict[str, Grid | Sizes] = {}
    spreads: list[float] = []
    others = Others()
    for number, task in enumerate(to_time):
        kept = Kept(folder, task, step, machine)
        found[task.key], spread = kept.read() or kept.write(*_timed(task, step, torch.device(device)))
        spreads.append(spread)
        if progress is not None:
            progress(number + 1, len(to_time))
    found = filled(tasks, found, step)
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
        busy=others.processors(),
        date=datetime.now(UTC).date().isoformat(),
        measured=within.share,
    )
    return time_whole(table, model, graph, work, within.whole) if within.whole else table


def _timed(task: Task, step: int, device: torch.device) -> tuple[Grid | Sizes, float]:
    if not task.by_width:
        sizes = sizes_to_time(task)
        timed = [time_example(example, widths, device) for _, example, widths in sizes]
        seconds = np.array([each.seconds for each in timed])
        return Sizes(np.array([size for size, _, _ in sizes], dtype=np.float64), seconds), _spread(timed)
    widths = axes(task, step)
    timed = [time_example(task.examples[0], point, device) for point in product(*widths)]
    seconds = np.array([each.seconds for each in timed]).reshape([len(axis) for axis in widths])
    for place in odd_cells(seconds):
        point = [axis[at] for axis, at in zip(widths, place, strict=True)]
        seconds[place] = min(seconds[place], time_example(task.examples[0], point, device).seconds)
    return Grid(tuple(np.array(axis, dtype=np.float64) for axis in widths), seconds), _spread(timed)


def odd_cells(seconds: Numbers) -> list[tuple[int, ...]]:
    """The places of a grid's seconds that take `ODD` times what every neighbour takes.

    >>> odd_cells(np.array([2.0, 2.0, 7.0, 4.0, 4.0, 9.0]))
    [(2,), (5,)]
    """
    padded = np.pad(seconds, 1, constant_values=-np.inf)
    beside = [np.roll(padded, shift, axis) for axis in range(seconds.ndim) for shift in (-1, 1)]
    inner = (slice(1, -1),) * seconds.ndim
    most = np.max(beside, axis=0)[inner]
    return [tuple(map(int, place)) for place in np.argwhere((seconds > ODD * most) & (most > 0))]


def _spread(timed: Sequence[Timed]) -> float:
    return statistics.median(each.spread for each in timed)
