"""What was not timed, priced from what was: by multiply-adds at every width of a grid, by elements at every size.

Each takes as long for its amount as the operations of its name that were timed, or as all of its sort where none was,
in the median. Steps of its own staircase it has none.
"""

import statistics
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from ranp.timing.amounts import amount
from ranp.timing.grid import axes, sizes_to_time
from ranp.timing.table import Grid, Sizes
from ranp.timing.work import Task


def filled(tasks: Sequence[Task], found: Mapping[str, Grid | Sizes], step: int) -> dict[str, Grid | Sizes]:
    """All of ``tasks``, those in ``found`` as they are; of each sort, by width or not, one at least was timed."""
    rates: dict[tuple[bool, str], list[float]] = {}
    for task in (task for task in tasks if task.key in found):
        for name in (_name(task), ""):
            rates.setdefault((task.by_width, name), []).append(_rate(task, found[task.key]))

    def priced(task: Task) -> Grid | Sizes:
        rate = statistics.median(rates.get((task.by_width, _name(task))) or rates[task.by_width, ""])
        return _grid(task, step, rate) if task.by_width else _sizes(task, rate)

    return {task.key: found[task.key] if task.key in found else priced(task) for task in tasks}


def _name(task: Task) -> str:
    return task.examples[0].operation.name


def _rate(task: Task, timed: Grid | Sizes) -> float:
    """Seconds for each of its amount, at the full widths or the largest size."""
    most = amount(task.examples[0], task.full) if isinstance(timed, Grid) else timed.elements[-1]
    return float(timed.seconds.flat[-1] / most)


def _grid(task: Task, step: int, rate: float) -> Grid:
    widths = axes(task, step)
    seconds = np.array([rate * amount(task.examples[0], point) for point in product(*widths)])
    return Grid(tuple(np.array(axis, dtype=np.float64) for axis in widths), seconds.reshape([*map(len, widths)]))


def _sizes(task: Task, rate: float) -> Sizes:
    elements = np.array([size for size, _, _ in sizes_to_time(task)], dtype=np.float64)
    return Sizes(elements, rate * elements)
