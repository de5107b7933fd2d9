"""The widths that keep most importance within limits, with the bound that says how near to the best they are.

Importance kept is a lens, not a promise: widths that keep more of it can train worse (`ranp.selection.optimal`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.selection.budgets import BUDGETS
from ranp.selection.optimal.classes import Classes, classes_of
from ranp.selection.optimal.dual import Answer, lowest_bound
from ranp.selection.optimal.elimination import Step, Table, eliminate, plan_order, read_off
from ranp.selection.optimal.search import search
from ranp.types import Masks, Scores

LEVELS = 12
MOST = 2**20
"""Entries of the largest table; where it would be larger, fewer widths of each class are tried."""

ROUNDING = 1e-9
"""Of the importance of all, and of a limit."""


@dataclass(frozen=True)
class Optimum:
    """``kept`` keeps the share ``importance`` of what all neurons that can go are worth. Of the widths that were tried,
    no choice keeps more than ``bound``; ``proven`` says that none keeps more than this one.

    ``prices`` are the share of importance that one more of each resource would buy, in the unit of the limit.
    ``classes`` is how many groups of channels have a width of their own, and ``widths`` the most that were tried of
    one; ``all_widths`` says that these were all there are.
    """

    kept: Masks
    importance: float
    bound: float
    proven: bool
    prices: dict[str, float]
    used: dict[str, float]
    limits: dict[str, float]
    classes: int
    widths: int
    all_widths: bool

    @property
    def gap(self) -> float:
        """How much more than this a choice could keep, at most."""
        return 0.0 if self.proven else max(self.bound - self.importance, 0.0)


def optimal_allocation(
    graph: ChannelGraph,
    scores: Scores,
    limits: Mapping[str, float],
    beside: Sequence[Masks] = (),
    levels: int = LEVELS,
) -> Optimum:
    """The widths that keep most importance, within every limit.

    Of each width class (`ranp.selection.optimal.classes`) ``levels`` widths are tried, one channel and all among them,
    and those of the plans ``beside``; a class keeps a channel, unless such a plan keeps none of it and no layer is
    emptied by that. ``limits`` are by the budget's name, in the unit of the cost: ``{"macs": 1e9}``.

    Raises `ValueError` for other limits, for scores of other layers, where the narrowest network is beyond a limit, and
    where layers meet in tables that are too large.

    >>> import torch
    >>> from ranp.graph import trace
    >>> network = torch.nn.Sequential(torch.nn.Conv3d(1, 4, 1), torch.nn.Conv3d(4, 2, 1))
    >>> graph = trace(network, (torch.empty(1, 1, 1, 1, 1),))  # a neuron of the first layer takes 1 + 2 MACs
    >>> found = optimal_allocation(graph, {"0": torch.tensor([4.0, 1.0, 3.0, 2.0]), "1": torch.ones(2)}, {"macs": 7})
    >>> found.kept["0"].tolist(), found.importance, found.proven
    ([True, False, True, False], 0.7, True)
    """
    _check(graph, scores, limits, levels)
    classes = classes_of(graph, scores, list(limits))
    problem = _problem(classes, limits, [classes.counts(kept) for kept in beside], levels)
    least = dict.fromkeys(range(len(problem.places)), 0)
    for budget, limit in limits.items():
        if (narrowest := classes.cost(budget, problem.counts(least))) > limit * (1 + ROUNDING):
            raise ValueError(
                f"the {budget} limit must be at least {narrowest:.0f}, what the narrowest network that is tried takes, "
                f"not {limit:.0f}; allow more"
            )
    best: list[tuple[float, dict[int, int]]] = [(classes.importance(problem.counts(least)), least)]

    def ask(prices: NDArray[np.float64]) -> Answer:
        _, steps = problem.solved(prices)
        chosen = read_off(steps)
        answer = problem.answer(chosen)
        if bool((answer.used <= 1 + ROUNDING).all()) and answer.importance > best[0][0]:
            best[0] = answer.importance, chosen
        return answer

    for kept in beside:
        mine = problem.places_of(classes.counts(kept))
        if problem.fits(mine) and (value := classes.importance(problem.counts(mine))) > best[0][0]:
            best[0] = value, mine
    prices = lowest_bound(ask, len(limits))
    bound, steps = problem.solved(prices)
    importance, chosen, proven = search(
        steps,
        bound,
        best[0],
        problem.fits,
        lambda places: classes.importance(problem.counts(places)),
        ROUNDING,
    )
    counts = problem.counts(chosen)
    return Optimum(
        kept=classes.masks(counts),
        importance=1.0 if classes.worthless else importance,
        bound=1.0 if classes.worthless else max(bound, importance),
        proven=proven,
        prices={name: float(price) / limit for (name, limit), price in zip(limits.items(), prices, strict=True)},
        used={name: classes.cost(name, counts) for name in limits},
        limits=dict(limits),
        classes=len(problem.places),
        widths=max(map(len, problem.places), default=0),
        all_widths=all(len(mine) >= size for mine, size in zip(problem.places, classes.sizes, strict=True)),
    )


def importance_kept(graph: ChannelGraph, scores: Scores, kept: Masks) -> float:
    """The share of what all neurons that can go are worth, that a consistent choice keeps; 1 where that is nothing.

    >>> import torch
    >>> from ranp.graph import trace
    >>> network = torch.nn.Sequential(torch.nn.Conv3d(1, 2, 1), torch.nn.Conv3d(2, 2, 1))
    >>> graph = trace(network, (torch.empty(1, 1, 1, 1, 1),))
    >>> scores = {"0": torch.tensor([3.0, 1.0]), "1": torch.ones(2)}
    >>> importance_kept(graph, scores, {"0": torch.tensor([True, False]), "1": torch.tensor([True, True])})
    0.75
    """
    units = graph.unit_kept(kept)
    can_go = {name: _mask(of > 0) for name, of in graph.layer_units.items()}
    whole = sum(float(scores[name].double()[mask].sum()) for name, mask in can_go.items())
    left = sum(
        float(scores[name].double()[can_go[name] & _mask(units[of])].sum()) for name, of in graph.layer_units.items()
    )
    return left / whole if whole else 1.0


@dataclass(frozen=True)
class _Problem:
    """``places[c]`` are the widths that are tried of class c; choices are places in them."""

    classes: Classes
    limits: Mapping[str, float]
    places: tuple[NDArray[np.int64], ...]
    order: tuple[int, ...]

    def counts(self, chosen: Mapping[int, int]) -> list[int]:
        """How many units of each class a choice keeps, the fewest of those that it says nothing of."""
        return [int(widths[chosen.get(one, 0)]) for one, widths in enumerate(self.places)]

    def places_of(self, counts: Sequence[int]) -> dict[int, int]:
        """The choice that keeps so many."""
        return {one: int(np.searchsorted(self.places[one], count)) for one, count in enumerate(counts)}

    def fits(self, chosen: Mapping[int, int]) -> bool:
        """Whether it is within the limits, the classes that it says nothing of at their narrowest."""
        counts = self.counts(chosen)
        return all(self.classes.cost(name, counts) <= limit * (1 + ROUNDING) for name, limit in self.limits.items())

    def answer(self, chosen: Mapping[int, int]) -> Answer:
        """What it keeps, and what it uses of each limit."""
        counts = self.counts(chosen)
        used = [self.classes.cost(name, counts) / limit for name, limit in self.limits.items()]
        return Answer(self.classes.importance(counts), np.array(used))

    def solved(self, prices: NDArray[np.float64]) -> tuple[float, list[Step]]:
        """The bound at these prices of whole limits, and the steps of the elimination."""
        weighed = sum(
            price / limit * self.classes.costs[name]
            for price, (name, limit) in zip(prices, self.limits.items(), strict=True)
        )
        assert isinstance(weighed, np.ndarray), "something is limited"
        single: list[Table] = []
        pairs: dict[tuple[int, int], Table] = {}
        for one, widths in enumerate(self.places):
            at = one + 1
            paid = 2 * weighed[0, at] * widths + weighed[at, at] * widths.astype(float) ** 2
            single.append(self.classes.gains[one][widths] - paid)
            for other in range(one + 1, len(self.places)):
                if weighed[at, other + 1]:
                    pairs[one, other] = -2 * weighed[at, other + 1] * np.outer(widths, self.places[other])
        best, steps = eliminate(self.order, single, pairs)
        return best - float(weighed[0, 0]) + float(prices.sum()), steps


def _problem(classes: Classes, limits: Mapping[str, float], beside: Sequence[Sequence[int]], levels: int) -> _Problem:
    """With as many widths as the tables have room for."""
    together = sum(np.abs(costs) for costs in classes.costs.values())
    assert isinstance(together, np.ndarray), "something is limited"
    count = len(classes.order)
    pairs = [(one, other) for one in range(count) for other in range(one + 1, count) if together[one + 1, other + 1]]
    levels = min(levels, max([2, *classes.sizes]))
    wanted = [[counts[one] for counts in beside] for one in range(count)]
    gone = classes.may_go_whole([one for one, widths in enumerate(wanted) if 0 in widths])
    wanted = [[max(width, int(one not in gone)) for width in widths] for one, widths in enumerate(wanted)]
    while True:
        places = tuple(_widths(size, levels, more) for size, more in zip(classes.sizes, wanted, strict=True))
        order, largest = plan_order(count, pairs, [len(widths) for widths in places])
        if largest <= MOST:
            return _Problem(classes, limits, places, tuple(order))
        if levels <= 2:
            raise ValueError(
                f"the network's layers meet in tables of {largest} entries even with the fewest widths that can be "
                f"tried of each, where there is room for {MOST}; their best widths cannot be found this way"
            )
        levels -= 1


def _widths(size: int, levels: int, more: Sequence[int]) -> NDArray[np.int64]:
    """Widths from one channel to all, evenly apart, and ``more``, which are asked for."""
    even = np.round(np.linspace(1, size, min(levels, size))).astype(np.int64)
    return np.unique(np.concatenate([even, np.array(more, dtype=np.int64)]))


def _check(graph: ChannelGraph, scores: Scores, limits: Mapping[str, float], levels: int) -> None:
    if not limits or not set(limits) <= set(BUDGETS):
        raise ValueError(
            f"limits must be of {', '.join(BUDGETS)}, one or more, not of {', '.join(limits) or 'nothing'}"
        )
    if not all(np.isfinite(limit) and limit > 0 for limit in limits.values()):
        raise ValueError(f"a limit must be a number above 0, not {', '.join(map(str, limits.values()))}")
    if levels < 2:
        raise ValueError(f"levels must be at least 2, the narrowest and the full width, not {levels}")
    for name, layer in graph.layers.items():
        if name not in scores or len(scores[name]) != layer.neurons:
            given = "none" if name not in scores else str(len(scores[name]))
            raise ValueError(f"layer {name!r} needs {layer.neurons} scores, and has {given}; score this network")


def _mask(values: NDArray[np.bool_]) -> torch.Tensor:
    return torch.from_numpy(values)
