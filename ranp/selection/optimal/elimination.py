"""Dynamic programming over widths: the best of a sum of functions of one and of two classes each.

With a price on every resource the limits are gone, and what is left to maximise,

    sum over c of G_c(n_c) - prices . C(n) = sum of u_c(n_c) + sum of p_ab(n_a, n_b),

couples classes only where layers meet. One class after the other is put at its best for every choice of those it meets
(variable elimination; in a chain of layers this is the forward pass of dynamic programming), and read off backwards. A
class is put off as long as it meets many. The paper that adds distortions up, and so needs no pairs, is Xu et al.,
"Efficient Joint Optimization of Layer-Adaptive Weight Pruning in Deep Neural Networks", ICCV 2023, arXiv 2308.10438.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
Pairs = Mapping[tuple[int, int], Table]


@dataclass(frozen=True)
class Step:
    """A class, the classes it then meets, and the table over all of them, the class's own axis first."""

    variable: int
    others: tuple[int, ...]
    table: Table

    def column(self, chosen: Mapping[int, int]) -> Table:
        """What each of its widths is worth where the others are at their places in ``chosen``."""
        places: tuple[slice | int, ...] = (slice(None), *(chosen[other] for other in self.others))
        found: Table = self.table[places]
        return found


def plan_order(count: int, pairs: Sequence[tuple[int, int]], widths: Sequence[int]) -> tuple[list[int], int]:
    """An order in which the tables stay small, and the entries of the largest."""
    meets: dict[int, set[int]] = {one: set() for one in range(count)}
    for one, other in pairs:
        meets[one].add(other)
        meets[other].add(one)
    order, largest = [], 0

    def size(one: int) -> int:
        return prod(widths[each] for each in (one, *meets[one]))

    while meets:
        first = min(meets, key=lambda one: (size(one), one))
        largest = max(largest, size(first))
        around = meets.pop(first)
        for other in around:
            meets[other] = (meets[other] | around) - {first, other}
        order.append(first)
    return order, largest


def eliminate(order: Sequence[int], single: Sequence[Table], pairs: Pairs) -> tuple[float, list[Step]]:
    """The highest sum, and the steps by which it is read off backwards."""
    factors: list[tuple[tuple[int, ...], Table]] = [((one,), table) for one, table in enumerate(single)]
    factors += list(pairs.items())
    best, steps = 0.0, []
    for variable in order:
        mine = [factor for factor in factors if variable in factor[0]]
        factors = [factor for factor in factors if variable not in factor[0]]
        others = tuple(sorted({one for scope, _ in mine for one in scope} - {variable}))
        axes = (variable, *others)
        table = np.zeros([len(single[one]) for one in axes])
        for scope, values in mine:
            table = table + _along(axes, scope, values)
        steps.append(Step(variable, others, table))
        if others:
            factors.append((others, table.max(axis=0)))
        else:
            best += float(table.max())
    return best, steps


def read_off(steps: Sequence[Step]) -> dict[int, int]:
    """The places at which the sum is highest, the first of equal ones."""
    chosen: dict[int, int] = {}
    for step in reversed(steps):
        chosen[step.variable] = int(step.column(chosen).argmax())
    return chosen


def _along(axes: tuple[int, ...], scope: tuple[int, ...], values: Table) -> Table:
    """A table over ``scope``, with an axis for each of ``axes``."""
    present = [one for one in axes if one in scope]
    values = values.transpose([scope.index(one) for one in present])
    sizes = dict(zip(present, values.shape, strict=True))
    return values.reshape([sizes.get(one, 1) for one in axes])
