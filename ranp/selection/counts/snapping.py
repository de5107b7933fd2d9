"""Fast widths: neurons come back, or go, up to the edge of a step of the staircase of seconds.

Kernels work on so many channels at once, so seconds rise in steps over a layer's width: 17 neurons may take as long as
32. What is snapped is a *group*, the units that the same layers have, so that tied layers get and lose the same
neurons. s(w) are the seconds of the whole step with the w best units of a group, all others as they are; between the
fewest and the most units that it may have, a unit's price is p = (s(most) - s(fewest)) / (most - fewest).

    add     the width v > w of the largest  p (v - w) / 2 - (s(v) - s(w)):   units at less than half of their price
    drop    the width v < w of the largest  (s(w) - s(v)) - 2 p (w - v):     units at more than twice their price

where that is above 0; of equal ones the larger v, and none by which a budget would be exceeded. Better is a unit that
selection keeps to a higher sparsity, then one of the higher score (`unit_worth`), then of the lower index. Units that
selection keeps at every sparsity (protected, frozen, below a cap, the fewest of a layer, widths by hand) stay, those
that it keeps at none stay away, and a group keeps a unit at least. Each group is looked at once, in the order of what
would come back, the best first, or go, the worst first.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.selection.budgets import Curve
from ranp.types import Masks

Units = NDArray[np.int64]
WORTH = 2.0
"""How many times less than its price a unit costs that comes back, and how many times more one that goes."""


@dataclass(frozen=True)
class _Group:
    """Units that the same layers have, best first; ``fewest`` and ``most`` of them may be left, ``kept`` are now."""

    units: Units
    fewest: int
    most: int
    kept: int


def snapped(
    graph: ChannelGraph,
    lives: Units,
    points: int,
    order: Units,
    kept: Masks,
    seconds: Curve,
    within: Callable[[Masks], bool],
    how: str,
) -> Masks:
    """``kept`` at fast widths, consistent as it is.

    Args:
        lives: of each unit, on a grid of all ``points`` at which the selection can change.
        order: all units, the best first.
        kept: what the selection keeps at one of these points; no layer is empty.
        seconds: of the step along a grid, as `ranp.selection.Pricer` has it.
        within: whether masks meet all budgets.
        how: ``add`` or ``drop``.
    """
    alive = graph.unit_kept(kept)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    groups = [_group(units, lives, points, alive) for units in _apart(graph, order)]
    for group in sorted(groups, key=lambda group: _turn(group, place, how)):
        for width in _widths(graph, group, alive, seconds, how):
            changed = alive.copy()
            changed[group.units] = np.arange(len(group.units)) < width
            if within(_masks(graph, changed)):
                alive = changed
                break
    return _masks(graph, alive)


def _apart(graph: ChannelGraph, order: Units) -> list[Units]:
    """The units that can go, by the layers that have them; each part in ``order``."""
    owners: list[list[int]] = [[] for _ in range(graph.unit_count)]
    for number, units in enumerate(graph.layer_units.values()):
        for unit in np.unique(units).tolist():
            owners[unit].append(number)
    parts: dict[tuple[int, ...], list[int]] = {}
    for unit in order.tolist():
        if unit:
            parts.setdefault(tuple(owners[unit]), []).append(unit)
    return [np.array(part) for part in parts.values()]


def _group(units: Units, lives: Units, points: int, alive: NDArray[np.bool_]) -> _Group:
    kept = int(alive[units].sum())
    held = max(1, int((lives[units] >= points).sum()))
    return _Group(units, min(kept, held), int((lives[units] > 0).sum()), kept)


def _turn(group: _Group, place: Units, how: str) -> int:
    """When the group is looked at, by the unit that is the first to come back or to go."""
    if how == "add":
        return int(place[group.units[min(group.kept, len(group.units) - 1)]])
    return -int(place[group.units[max(group.kept - 1, 0)]])


def _widths(graph: ChannelGraph, group: _Group, alive: NDArray[np.bool_], seconds: Curve, how: str) -> list[int]:
    """The widths that are worth it, the best first."""
    candidates = range(group.kept + 1, group.most + 1) if how == "add" else range(group.fewest, group.kept)
    if not candidates:
        return []
    taken = _seconds(graph, group, alive, seconds)
    price = max(0.0, (taken[group.most] - taken[group.fewest]) / (group.most - group.fewest))
    factor = 1 / WORTH if how == "add" else WORTH
    gains = {width: factor * price * (width - group.kept) - taken[width] + taken[group.kept] for width in candidates}
    return sorted((width for width, gain in gains.items() if gain > 0), key=lambda width: (-gains[width], -width))


def _seconds(graph: ChannelGraph, group: _Group, alive: NDArray[np.bool_], seconds: Curve) -> dict[int, float]:
    """Width -> seconds of the step, from one call: along its grid the group loses a unit a point, the worst first."""
    points = group.most - group.fewest + 1
    ages = np.where(alive, points, 0)
    ages[group.units] = np.clip(group.most - np.arange(len(group.units)), 0, points)
    lives = {name: torch.from_numpy(ages[of]) for name, of in graph.layer_units.items()}
    return {group.most - point: taken for point, taken in enumerate(seconds(lives, points).tolist())}


def _masks(graph: ChannelGraph, alive: NDArray[np.bool_]) -> Masks:
    return {name: torch.from_numpy(alive[of]) for name, of in graph.layer_units.items()}
