"""How long a measurement takes before it is made, and what of it is left out where it takes too long.

Each grid is timed at its full widths and everything else at a small size; the largest operations of a large
network, which alone would take too long, are worked out from the multiply-adds of those that were timed. Of the steps
between widths the finest is taken that holds to the budget. Where none does, the operations with the largest share of
the step come first, and `ranp.timing.filling` prices the rest.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ranp.devices import check_device
from ranp.progress import duration
from ranp.timing.amounts import amount
from ranp.timing.grid import STEPS, points, sizes_to_time
from ranp.timing.kept import Kept
from ranp.timing.measure import LEAST, LEAST_SECONDS, MOST, WARM_UP, time_example
from ranp.timing.table import Machine
from ranp.timing.work import Task, Work, merged_tasks

DEFAULT_BUDGET = 120.0
"""Seconds that a measurement may take."""

ESTIMATING = 0.1
"""Of the budget, at most, for timing operations before."""

SAMPLE = 2**22
"""Elements at which what is priced by its elements is timed before, too many for a cache; the next size below, or the
smallest."""

WHOLE = 0.2
"""Of the budget, at most, for whole steps; a single one of each network is timed if it takes no more than half."""
WHOLE_STEPS, SMALLER_STEPS = 12, 1.1
"""Steps that are timed where there is time, and what a thin and a middle network's take together of a full one's."""


@dataclass(frozen=True)
class Estimate:
    """The step between the edges of the grids, and how many seconds the measurement takes with it.

    ``timed`` are the tasks that there is time for, ``None`` for all, and ``share`` is what they take of a training
    step. ``whole`` is how many seconds whole steps may take, 0 where there is no time for any.
    """

    step: int
    seconds: float
    timed: frozenset[str] | None = None
    share: float = 1.0
    whole: float = 60.0


def estimate(
    work: Sequence[Work],
    device: str = "cpu",
    budget: float = DEFAULT_BUDGET,
    folder: Path | None = None,
    machine: Machine | None = None,
) -> Estimate:
    """What is to be timed to hold to ``budget`` seconds; what lies in ``folder`` from before on ``machine`` is free.

    Raises:
        ValueError: there is no such device, or not even one operation can be timed on the coarsest grid.
        RuntimeError: an operation does not run on the device.
    """
    check_device(device)
    tasks = merged_tasks(work)
    alone = _alone(tasks, torch.device(device), budget)
    shares = _shares(work, tasks, alone)
    whole, minimum = _whole(work, tasks, alone, budget)
    for step in STEPS:
        costs = {task.key: _cost(task, step, alone[task.key], folder, machine) for task in tasks}
        if sum(costs.values()) + minimum <= budget:
            return Estimate(step, sum(costs.values()) + minimum, whole=whole)
    timed = _first(tasks, costs, shares, budget - minimum)
    seconds = sum(costs[key] for key in timed) + minimum
    return Estimate(STEPS[-1], seconds, timed, sum(shares[key] for key in timed), whole)


def _alone(tasks: Sequence[Task], device: torch.device, budget: float) -> dict[str, float]:
    """Seconds of one call of each grid at its full widths, and of an element of everything else."""
    found = {}
    for task in (task for task in tasks if not task.by_width):
        sizes = sizes_to_time(task)
        elements, example, widths = next((each for each in reversed(sizes) if each[0] <= SAMPLE), sizes[0])
        found[task.key] = time_example(example, widths, device).seconds / elements
    amounts = {task.key: amount(task.examples[0], task.full) for task in tasks if task.by_width}
    rate, began = 0.0, time.perf_counter()
    for task in sorted((task for task in tasks if task.by_width), key=lambda task: amounts[task.key]):
        expected = rate * amounts[task.key]
        if time.perf_counter() - began + expected * (WARM_UP + LEAST) <= ESTIMATING * budget:
            expected = time_example(task.examples[0], task.full, device).seconds
        found[task.key] = expected
        rate = expected / amounts[task.key]
    return found


def _cost(task: Task, step: int, alone: float, folder: Path | None, machine: Machine | None) -> float:
    """Seconds that timing a task takes; at the mean of a grid's points a call takes a quarter of that at its end."""
    if folder is not None and machine is not None and Kept(folder, task, step, machine).read() is not None:
        return 0.0
    if task.by_width:
        return points(task, step) * _repeats(alone / 4)
    return sum(_repeats(alone * elements) for elements, _, _ in sizes_to_time(task))


def _repeats(seconds: float) -> float:
    """Seconds that all repeats of one measurement take."""
    return min(max(seconds * (WARM_UP + LEAST), 2 * LEAST_SECONDS), seconds * (WARM_UP + MOST))


def _seconds(each: Work, tasks: Mapping[str, Task], alone: Mapping[str, float]) -> dict[str, float]:
    """What each task takes in one step of the full network."""
    calls = Counter(call.task for call in each.calls)
    return {
        key: calls[key] * alone[key]
        if task.by_width
        else sum(alone[key] * example.elements(example.full) for example in each.tasks[key].examples)
        for key, task in tasks.items()
        if key in calls
    }


def _shares(work: Sequence[Work], tasks: Sequence[Task], alone: Mapping[str, float]) -> dict[str, float]:
    """What each task takes of the first kind of step."""
    seconds = _seconds(work[0], {task.key: task for task in tasks}, alone)
    total = sum(seconds.values())
    return {task.key: seconds.get(task.key, 0.0) / total for task in tasks}


def _whole(
    work: Sequence[Work], tasks: Sequence[Task], alone: Mapping[str, float], budget: float
) -> tuple[float, float]:
    """Seconds that whole steps may take of each kind, and that those of all kinds will take."""
    by_key = {task.key: task for task in tasks}
    rounds = [(1 + SMALLER_STEPS) * sum(_seconds(each, by_key, alone).values()) for each in work]
    if sum(rounds) > budget / 2:
        return 0.0, 0.0
    allowed = WHOLE * budget / len(work)
    return allowed, sum(max(once, min(WHOLE_STEPS * once, allowed)) for once in rounds)


def _first(
    tasks: Sequence[Task], costs: Mapping[str, float], shares: Mapping[str, float], budget: float
) -> frozenset[str]:
    """The cheapest grid and the cheapest other task, by which all else is priced; then by their share of the step."""
    cheapest = {task.by_width: task.key for task in sorted(tasks, key=lambda task: -costs[task.key])}
    needed = sum(costs[key] for key in cheapest.values())
    if needed > budget:
        raise ValueError(
            f"timing one operation on the coarsest grid takes about {duration(needed)}, and there are "
            f"{duration(max(budget, 0.0))} for it; allow more time, or choose a smaller size or batch"
        )
    chosen = set(cheapest.values())
    for task in sorted(tasks, key=lambda task: -shares[task.key]):
        if task.key not in chosen and needed + costs[task.key] <= budget:
            chosen.add(task.key)
            needed += costs[task.key]
    return frozenset(chosen)
