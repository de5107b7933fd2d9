"""The time table: seconds of every operation of a step, at the widths and sizes at which it was timed.

Between two widths of a grid seconds go in a straight line; the grid holds the widths on both sides of every edge, so
steps stay steps. Tables of different machines are never mixed: a table says where it was measured, and in what state
the machine was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

BUSY = 0.3
"""Processors at work elsewhere, from which on a table is not to be trusted; and the spread of repeats as a share."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Seconds ``(widths,)`` or ``(widths, widths)`` at the widths of one or two axes, each ascending."""

    axes: tuple[Numbers, ...]
    seconds: Numbers

    def at(self, widths: Sequence[Numbers]) -> Numbers:
        """Seconds at each of some widths, ``(points,)`` for each axis.

        >>> grid = Grid((np.array([1.0, 8.0, 9.0]),), np.array([2.0, 2.0, 5.0]))
        >>> grid.at([np.array([1.0, 4.0, 8.0, 8.5, 9.0])]).tolist()
        [2.0, 2.0, 2.0, 3.5, 5.0]
        """
        places = [_place(axis, width) for axis, width in zip(self.axes, widths, strict=True)]
        if len(places) == 1:
            (low, share) = places[0]
            return _between(self.seconds[low], self.seconds[_next(low, self.axes[0])], share)
        (row, down), (column, right) = places
        below, beside = _next(row, self.axes[0]), _next(column, self.axes[1])
        upper = _between(self.seconds[row, column], self.seconds[row, beside], right)
        lower = _between(self.seconds[below, column], self.seconds[below, beside], right)
        return _between(upper, lower, down)


@dataclass(frozen=True, eq=False)
class Sizes:
    """Seconds at numbers of elements that are read and written, ascending."""

    elements: Numbers
    seconds: Numbers

    def at(self, elements: Numbers) -> Numbers:
        """Seconds at each of some numbers of elements, ``(points,)``; below the fewest, those of the fewest."""
        inside: Numbers = np.interp(elements, self.elements, self.seconds)
        found: Numbers = inside * np.maximum(elements / self.elements[-1], 1.0)
        return found


@dataclass(frozen=True)
class Machine:
    """Where seconds were measured, and with what: never mixed with those of another."""

    name: str
    device: str
    threads: int
    torch: str


@dataclass(frozen=True, eq=False)
class TimeTable:
    """Seconds of a network's operations on a machine, at one batch.

    Attributes:
        network: what the table is of, for people.
        step: widths between the edges of its grids.
        grids: task -> seconds over widths.
        sizes: task -> seconds over elements.
        constants: kind of step -> seconds of it that no operation accounts for, at any widths.
        spread: the middle half of an operation's repeats as a share of its seconds, in the median over all.
        errors: kind of step -> predicted seconds as a share of measured ones, less 1, of the network with half of each
            layer's neurons, to which nothing is fitted; in files of version 1, of the full network.
        busy: what else the machine did meanwhile, in processors.
        date: the day of the measurement.
        measured: the share of a training step, by estimate, whose operations were timed; the rest is priced by them.
        per_element: kind of step -> seconds that each element takes in it beyond those in ``sizes``.
    """

    network: str
    batch: int
    machine: Machine
    step: int
    grids: Mapping[str, Grid]
    sizes: Mapping[str, Sizes]
    constants: Mapping[str, float]
    spread: float
    errors: Mapping[str, float]
    busy: float
    date: str
    measured: float = 1.0
    per_element: Mapping[str, float] = field(default_factory=dict)

    @property
    def trusted(self) -> bool:
        """Whether the machine was quiet enough for the table to be believed."""
        return is_quiet(self.busy, self.spread)


def is_quiet(busy: float, spread: float) -> bool:
    """Whether a machine was quiet enough for times to be believed.

    ``busy`` is in processors, ``spread`` the middle half of repeats as a share of their median.

    >>> is_quiet(0.1, 0.05), is_quiet(0.1, 0.5)
    (True, False)
    """
    return busy < BUSY and spread < BUSY


def _place(axis: Numbers, width: Numbers) -> tuple[NDArray[np.int64], Numbers]:
    """Which cell each width lies in, and how far in it."""
    low = np.clip(np.searchsorted(axis, width, side="right") - 1, 0, max(len(axis) - 2, 0))
    reach = axis[_next(low, axis)] - axis[low]
    return low, np.clip((width - axis[low]) / np.where(reach == 0, 1, reach), 0, 1)


def _next(low: NDArray[np.int64], axis: Numbers) -> NDArray[np.int64]:
    return np.minimum(low + 1, len(axis) - 1)


def _between(low: Numbers, high: Numbers, share: Numbers) -> Numbers:
    return low + (high - low) * share
