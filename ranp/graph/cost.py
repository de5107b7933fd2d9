"""Prices: every cost is a sum of ``coefficient * len(kept A) * len(kept B)``, evaluated without building a network.

Conventions. ``macs``: one multiply-add of a convolution, linear map or matrix product, at the batch size that was
traced. ``flops`` = 2 x MACs. ``params``: elements of the parameters. ``activations``: elements of the outputs of leaf
modules (the paper's memory; a network that calls functions instead of modules counts less). ``paper_macs``: the
original RANP code's count, MACs + 1 per output element of a layer with a bias + 4 per normalised element.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from ranp.graph.flow import Term
from ranp.graph.labels import LabelVector

KINDS = ("macs", "bias", "norm", "params", "activations", "outputs")
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Cost:
    """What a network, or one layer, costs at the batch size that was traced.

    >>> Cost(macs=10, paper_macs=12, params=4, activations=6).flops
    20
    """

    macs: int
    paper_macs: int
    params: int
    activations: int

    @property
    def flops(self) -> int:
        """Floating-point operations: one multiply and one add per MAC."""
        return 2 * self.macs

    def as_dict(self) -> dict[str, int]:
        """All figures by name."""
        return {**asdict(self), "flops": self.flops}


@dataclass(frozen=True)
class CompiledTerms:
    """All cost terms as arrays: term t costs ``coefficient[t] * len(kept first[t]) * len(kept second[t])``.

    ``first`` and ``second`` are numbers of counted sets; set s holds the units ``members[offsets[s]:offsets[s + 1]]``.
    ``kind`` indexes `KINDS`, and ``owners`` names the layer or module that each term is charged to.
    """

    kind: Counts
    coefficient: Counts
    first: Counts
    second: Counts
    members: Counts
    offsets: Counts  # (sets + 1,)
    owners: tuple[str, ...]


class CostTable:
    """Terms compiled to arrays: which units each term counts, and what a kept pair costs.

    Args:
        terms: the cost terms of the trace.
        unit_of: labels -> the index of the unit that each belongs to (0 = always kept).
    """

    def __init__(self, terms: list[Term], unit_of: Callable[[LabelVector], LabelVector]) -> None:
        sets: dict[bytes, int] = {}
        members: list[LabelVector] = [np.zeros(1, dtype=np.int64)]  # set 0 has one member that is always kept

        def intern(labels: LabelVector | None) -> int:
            if labels is None:
                return 0
            units = np.sort(unit_of(labels))
            key = units.tobytes()
            if key not in sets:
                sets[key] = len(members)
                members.append(units)
            return sets[key]

        order = sorted(terms, key=lambda term: KINDS.index(term.kind))
        self.owners = [term.owner for term in order]
        self._kind = np.array([KINDS.index(term.kind) for term in order], dtype=np.int64)
        self._coefficient = np.array([term.coefficient for term in order], dtype=np.int64)
        self._first = np.array([intern(term.first) for term in order], dtype=np.int64)
        self._second = np.array([intern(term.second) for term in order], dtype=np.int64)
        self._members = np.concatenate(members)
        self._offsets = np.concatenate([[0], np.cumsum([len(units) for units in members])[:-1]]).astype(np.int64)
        self._sizes = np.array([len(units) for units in members], dtype=np.int64)
        self._bounds = np.searchsorted(self._kind, np.arange(len(KINDS) + 1))

    def compiled(self) -> CompiledTerms:
        """The terms as arrays, for whoever prices elsewhere."""
        offsets = np.append(self._offsets, len(self._members))
        terms = (self._kind, self._coefficient, self._first, self._second)
        return CompiledTerms(*terms, self._members, offsets, tuple(self.owners))

    def price(self, unit_kept: NDArray[np.bool_]) -> Cost:
        """The cost with the units kept that ``unit_kept`` says, ``(units,)``."""
        return self._total(self._terms(unit_kept))

    def price_by_owner(self, unit_kept: NDArray[np.bool_]) -> dict[str, Cost]:
        """The same, split by the layer or module that each term is charged to."""
        values = self._terms(unit_kept)
        per_owner: dict[str, list[int]] = {}
        for owner, kind, value in zip(self.owners, self._kind.tolist(), values.tolist(), strict=True):
            per_owner.setdefault(owner, [0] * len(KINDS))[kind] += value
        return {owner: _cost(sums) for owner, sums in per_owner.items()}

    def price_by_unit(self, unit_kept: NDArray[np.bool_], kind: str) -> Counts:
        """By how much a cost, one of `KINDS`, grows with each unit, ``(units,)``: its derivative by a gate on the unit,
        with the other units kept as ``unit_kept`` says."""
        counts = np.add.reduceat(unit_kept[self._members], self._offsets, dtype=np.int64)
        terms = slice(*self._bounds[KINDS.index(kind) : KINDS.index(kind) + 2].tolist())
        coefficient, first, second = self._coefficient[terms], self._first[terms], self._second[terms]
        by_set = np.zeros(len(self._sizes), dtype=np.int64)
        np.add.at(by_set, first, coefficient * counts[second])
        np.add.at(by_set, second, coefficient * counts[first])
        grows: Counts = np.zeros(len(unit_kept), dtype=np.int64)
        np.add.at(grows, self._members, np.repeat(by_set, self._sizes))
        return grows

    def price_curve(self, unit_lifetime: LabelVector, points: int) -> dict[str, Counts]:
        """The cost at each of ``points`` sparsities, a unit being kept at the first ``unit_lifetime`` of them.

        One histogram of lifetimes per counted set, summed from its far end, gives all kept counts at once.
        """
        sets = np.repeat(np.arange(len(self._sizes)), self._sizes)
        flat = sets * (points + 1) + unit_lifetime[self._members]
        histogram = np.bincount(flat, minlength=len(self._sizes) * (points + 1)).reshape(-1, points + 1)
        alive = histogram[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
        values = self._coefficient[:, None] * alive[self._first] * alive[self._second]
        sums = [values[low:high].sum(axis=0) for low, high in zip(self._bounds, self._bounds[1:], strict=False)]
        macs, bias, norm, params, activations, _ = sums
        return {
            "macs": macs,
            "paper_macs": macs + bias + norm,
            "params": params,
            "activations": activations,
        }

    def full_by_owner(self, kind: str) -> dict[str, int]:
        """Each owner's cost of one kind in the full network."""
        values = self._coefficient * self._sizes[self._first] * self._sizes[self._second]
        found: dict[str, int] = {}
        for index in range(*self._bounds[KINDS.index(kind) : KINDS.index(kind) + 2].tolist()):
            found[self.owners[index]] = found.get(self.owners[index], 0) + int(values[index])
        return found

    def _terms(self, unit_kept: NDArray[np.bool_]) -> Counts:
        counts = np.add.reduceat(unit_kept[self._members], self._offsets, dtype=np.int64)
        values: Counts = self._coefficient * counts[self._first] * counts[self._second]
        return values

    def _total(self, values: Counts) -> Cost:
        cumulative = np.concatenate([[0], values.cumsum()])
        return _cost((cumulative[self._bounds[1:]] - cumulative[self._bounds[:-1]]).tolist())


def _cost(sums: list[int]) -> Cost:
    macs, bias, norm, params, activations, _ = sums
    return Cost(macs=macs, paper_macs=macs + bias + norm, params=params, activations=activations)
