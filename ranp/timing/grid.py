"""At which widths a layer is timed: where the steps of the staircase may have their edges; and at which sizes the rest.

Kernels work on so many channels at once, so time rises in steps at multiples of a vector's width, and an exact multiple
may be faster than its neighbours on both sides. A grid holds the multiples, the widths just below and just above them,
and both ends.
"""

from math import prod

from ranp.timing.work import Example, Task

STEPS = (8, 16, 32, 64, 128)
"""Widths between the edges of a grid, the finest first."""
SHARES = (1.0, 0.75, 0.5, 0.3, 0.15, 0.05)
"""Of the widths of an operation, at which its kind is timed."""
MOST_EXAMPLES = 4
"""Operations of a kind that are timed at all shares: the smallest, the largest, and some between."""


def edges(full: int, step: int) -> tuple[int, ...]:
    """Widths to time of a layer that has ``full``, ascending.

    >>> edges(20, 8)
    (1, 7, 8, 9, 15, 16, 17, 20)
    """
    around = (width + shift for width in range(step, full + 1, step) for shift in (-1, 0, 1))
    return tuple(sorted({1, full, *(width for width in around if 1 <= width <= full)}))


def axes(task: Task, step: int) -> tuple[tuple[int, ...], ...]:
    """The widths of a task's grid."""
    return tuple(edges(full, step) for full in task.full)


def points(task: Task, step: int) -> int:
    """How many pairs of widths the grid has."""
    return prod(map(len, axes(task, step)))


def sizes_to_time(task: Task) -> list[tuple[int, Example, tuple[int, ...]]]:
    """Elements, and the operation and widths that read and write so many; ascending, each size once."""
    by_size = sorted(task.examples, key=lambda example: example.elements(example.full))
    last, most = len(by_size) - 1, min(MOST_EXAMPLES, len(by_size))
    chosen = [by_size[round(number * last / max(most - 1, 1))] for number in range(most)]
    found: dict[int, tuple[Example, tuple[int, ...]]] = {}
    for example in reversed(chosen):  # of equal sizes that of the larger operation
        for share in SHARES:
            widths = tuple(max(1, round(full * share)) for full in example.full)
            found.setdefault(example.elements(widths), (example, widths))
    return [(size, *found[size]) for size in sorted(found)]
