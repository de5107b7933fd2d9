"""Layers of equal width: equal counts, and each layer's own best neurons.

The ties of the channel graph make layers keep the same neurons. Here layers keep the same share of theirs, since one
number says the width of all of them (nnU-Net's ``features_per_stage``, MONAI's ``channels``). The width of a group is
the mean of the shares that its layers would keep by themselves, in steps in which each layer's share is a whole number
of neurons, rounded half up, and never less than what protection, caps, a least number or frozen neurons leave in one
of its layers.

Groups of different width in the full network stay of different width: code that adds a projection where widths differ
would build another network. A group that would take another's width takes the next smaller one that is free, or the
next larger one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.selection.unknown import unknown_layer
from ranp.types import Lifetimes, Scores

Groups = tuple[tuple[str, ...], ...]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class _Group:
    """Layers of one width; ``steps`` are the widths that they can have together, beside none."""

    layers: tuple[str, ...]
    neurons: tuple[int, ...]

    @property
    def steps(self) -> int:
        return math.gcd(*self.neurons)

    @property
    def by_step(self) -> tuple[int, ...]:
        """How many neurons of each layer one step is."""
        return tuple(neurons // self.steps for neurons in self.neurons)


def check_groups(graph: ChannelGraph, groups: Groups) -> None:
    """Raise ``ValueError`` for groups that the graph cannot keep at one width, with the layer and the reason."""
    _joined(graph, groups)


def equalised(graph: ChannelGraph, lives: Lifetimes, points: int, ranked: Scores, groups: Groups) -> Lifetimes:
    """Resolved lifetimes on the grid of all ``points`` at which a selection can change, with the groups' widths equal.

    Groups that share a neuron are one. Raises ``ValueError`` as `check_groups`.
    """
    joined = _joined(graph, groups)
    units = graph.unit_lifetimes(lives, points).copy()
    order = np.lexsort((np.arange(len(units)), -_unit_scores(graph, ranked), -units))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    widths = _widths(joined, lives, points)
    for group, width in zip(joined, widths, strict=True):
        for name, by_step in zip(group.layers, group.by_step, strict=True):
            free = graph.layer_units[name][graph.layer_units[name] > 0]
            frozen = len(graph.layer_units[name]) - len(free)
            best_first = free[np.argsort(place[free])]
            # The n-th best neuron is kept as long as more than n neurons are; counts fall, so negatives ascend.
            units[best_first] = np.searchsorted(-width * by_step, -np.arange(frozen, frozen + len(free)))
    return {name: torch.from_numpy(units[graph.layer_units[name]]) for name in lives}


def _unit_scores(graph: ChannelGraph, ranked: Scores) -> NDArray[np.float64]:
    total = np.zeros(graph.unit_count)
    for name, units in graph.layer_units.items():
        np.add.at(total, units, ranked[name].double().numpy(force=True))
    return total


def _widths(groups: Sequence[_Group], lives: Lifetimes, points: int) -> list[Counts]:
    """Each group's width in steps, ``(points,)``, none of them ever growing."""
    wanted = [_mean_share(group, lives, points) for group in groups]
    wholes = [group.steps * max(group.by_step) for group in groups]
    rivals = [[other for other, size in enumerate(wholes) if size != whole] for whole in wholes]
    largest = [max(group.by_step) for group in groups]
    now = [group.steps for group in groups]
    found = np.empty((len(groups), points), dtype=np.int64)
    for point in range(points):
        for number, want in enumerate(wanted):
            taken = {now[other] * largest[other] for other in rivals[number]}
            least = max(1, int(want[-1]))
            target = min(int(want[point]), now[number])
            smaller = range(target, least - 1, -1)
            choices = (
                width for width in (*smaller, *range(target, now[number])) if width * largest[number] not in taken
            )
            now[number] = next(choices, now[number]) if target else 0
        found[:, point] = now
    return list(found)


def _mean_share(group: _Group, lives: Lifetimes, points: int) -> Counts:
    """The mean share of its neurons that a layer of the group keeps at each point, in the group's steps."""
    kept = [np.bincount(lives[name].numpy(), minlength=points + 1)[::-1].cumsum()[::-1][1:] for name in group.layers]
    whole = math.lcm(*group.by_step)
    total = sum(count * (whole // by_step) for count, by_step in zip(kept, group.by_step, strict=True))
    many = whole * len(group.layers)
    mean: Counts = (2 * np.asarray(total) + many) // (2 * many)
    floors = [-(-int(count[-1]) // by_step) for count, by_step in zip(kept, group.by_step, strict=True)]
    return np.maximum(mean, max(floors))


def _joined(graph: ChannelGraph, groups: Groups) -> list[_Group]:
    """The groups, those that share a neuron as one."""
    found: list[dict[str, None]] = []
    for group in groups:
        for name in group:
            if name not in graph.layers:
                raise ValueError(f"cannot give one width to {unknown_layer(name, graph)}")
            _check_single(graph, name)
        layers = dict.fromkeys(group)
        apart = []
        for other in found:
            if _units(graph, other).isdisjoint(_units(graph, layers)):
                apart.append(other)
            else:
                layers = {**other, **layers}
        found = [*apart, layers]
    joined = [_Group(tuple(names), tuple(graph.layers[name].neurons for name in names)) for names in found if names]
    for one in joined:
        _check_alike(graph, one)
    return joined


def _units(graph: ChannelGraph, names: dict[str, None]) -> set[int]:
    return {unit for name in names for unit in graph.layer_units[name].tolist() if unit}


def _check_single(graph: ChannelGraph, name: str) -> None:
    free = graph.layer_units[name][graph.layer_units[name] > 0]
    if len(np.unique(free)) < len(free):
        raise ValueError(
            f"layer '{name}' cannot have one width with others: its neurons stay or go several at a time, as those of "
            "a group norm do; leave it out"
        )


def _check_alike(graph: ChannelGraph, group: _Group) -> None:
    """Two layers of a group share all neurons or none: with some shared, each could not choose its own best."""
    sets = {name: frozenset(graph.layer_units[name].tolist()) for name in group.layers}
    for one, other in combinations(dict.fromkeys(sets.values()), 2):
        if (one & other) - {0}:
            names = [next(name for name, units in sets.items() if units == each) for each in (one, other)]
            raise ValueError(
                f"layers '{names[0]}' and '{names[1]}' cannot have one width: they share some neurons and not others; "
                "leave one of them out"
            )
