"""Width classes: channels that can stand in for one another, how many of them stay, and what that is worth and costs.

Units of a kind (`ChannelGraph.unit_kinds`) are in the same layers and the same sets of channels, so what a network
costs hangs on how many of each kind stay, and the best of them stay. With n_c units of class c kept, and n_0 = 1 for
what always stays,

    importance   G(n) = sum over c of the sum of the n_c highest worths of class c
    cost         C(n) = sum over pairs of q[a, b] n_a n_b

The first is the distortion curve of each class, turned round; the second holds because every cost term is a coefficient
times the sizes of two sets of channels (`ranp.graph.cost`). A unit is worth what its neurons score, added up, as a
share of what all units that can go are worth: scores have no unit, and sums of gradients can be as small as 1e-8.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ranp.graph import KINDS, ChannelGraph, CompiledTerms
from ranp.selection.budgets import BUDGETS
from ranp.types import Masks, Scores


@dataclass(frozen=True)
class Classes:
    """``order[c]`` are the units of class c, the most worthy first; ``gains[c][n]`` is what its n best are worth.

    ``costs`` are the q of each budget, class 0 being what always stays. What always stays has no worth here, and where
    nothing that can go is worth anything, every gain is zero.
    """

    graph: ChannelGraph
    order: tuple[NDArray[np.int64], ...]
    gains: tuple[NDArray[np.float64], ...]
    costs: Mapping[str, NDArray[np.float64]]

    @property
    def sizes(self) -> list[int]:
        """How many units each class has."""
        return [len(units) for units in self.order]

    @property
    def worthless(self) -> bool:
        """Whether nothing that can go is worth anything."""
        return not any(gains[-1] for gains in self.gains)

    def importance(self, counts: Sequence[int]) -> float:
        """What so many units of each class are worth, the best of them; 1 is all of them."""
        return float(sum(gains[count] for gains, count in zip(self.gains, counts, strict=True)))

    def cost(self, budget: str, counts: Sequence[int]) -> float:
        """What they cost."""
        kept = np.array([1, *counts], dtype=np.float64)
        return float(kept @ self.costs[budget] @ kept)

    def counts(self, kept: Masks) -> list[int]:
        """How many units of each class a consistent choice keeps."""
        units = self.graph.unit_kept(kept)
        return [int(units[one].sum()) for one in self.order]

    def may_go_whole(self, asked: Sequence[int]) -> set[int]:
        """Which of these classes may all be gone without a layer that keeps no neuron, the first ones first."""
        class_of = np.zeros(self.graph.unit_count, dtype=np.int64)
        for number, units in enumerate(self.order):
            class_of[units] = number + 1  # 0 always stays
        layers = [set(class_of[units].tolist()) for units in self.graph.layer_units.values()]
        found = set()
        for one in asked:
            mine = [classes for classes in layers if one + 1 in classes]
            if all(len(classes) > 1 for classes in mine):
                found.add(one)
                for classes in mine:
                    classes.remove(one + 1)
        return found

    def masks(self, counts: Sequence[int]) -> Masks:
        """The best so many of each class, as masks."""
        kept = np.zeros(self.graph.unit_count, dtype=np.bool_)
        kept[0] = True
        for units, count in zip(self.order, counts, strict=True):
            kept[units[:count]] = True
        return {name: torch.from_numpy(kept[units]) for name, units in self.graph.layer_units.items()}


def classes_of(graph: ChannelGraph, scores: Scores, budgets: Sequence[str]) -> Classes:
    """The width classes of a network whose neurons have these scores, one a neuron and none negative."""
    of = np.concatenate([graph.layer_units[name] for name in graph.layers])
    values = torch.cat([scores[name].double() for name in graph.layers]).numpy()
    worth = np.bincount(of, weights=values, minlength=graph.unit_count)
    in_layers = np.unique(of[of > 0])
    worth = worth / (worth[in_layers].sum() or 1.0)
    kinds = graph.unit_kinds[in_layers]
    order = []
    for kind in np.unique(kinds):
        units = in_layers[kinds == kind]
        order.append(units[np.argsort(-worth[units], kind="stable")])
    gains = tuple(np.concatenate([[0.0], np.cumsum(worth[units])]) for units in order)
    terms = graph.compiled()
    counted = _counted(terms, [np.array([0]), *order])
    costs = {budget: _quadratic(terms, counted, BUDGETS[budget].cost) for budget in budgets}
    return Classes(graph, tuple(order), gains, costs)


def _counted(terms: CompiledTerms, classes: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
    """How often a unit of each class is in each counted set, ``(sets, classes)``; of what always stays, how much."""
    sets = np.repeat(np.arange(len(terms.offsets) - 1), np.diff(terms.offsets))
    found = np.zeros((len(terms.offsets) - 1, len(classes)))
    for number, units in enumerate(classes):
        found[:, number] = np.bincount(sets[terms.members == units[0]], minlength=len(found))
    return found


def _quadratic(terms: CompiledTerms, counted: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
    """q of one kind of cost, symmetric, ``(classes, classes)``."""
    mine = terms.kind == KINDS.index(kind)
    weighed = counted[terms.first[mine]] * terms.coefficient[mine][:, None]
    found: NDArray[np.float64] = weighed.T @ counted[terms.second[mine]]
    return (found + found.T) / 2
