"""Channel labels: integer names for channel positions, and which of them must stay or go together.

Every tensor in a network carries at most one *channel dim*; each position on it has a label. Labels live in one
union-find: operations that need two channels to share their fate `tie` their labels. A `freeze` is a flag on a label
and not a merge with some "frozen" class, so that the reason survives every later union.
"""

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

LabelVector: TypeAlias = NDArray[np.int64]

_HALF = 32
"""Bits of a label, of which two make one number."""


class Cause(NamedTuple):
    """The operation that tied channels, and the module whose ``forward`` runs it; empty for the network's own."""

    operation: str
    where: str

    def __str__(self) -> str:
        return f"{self.operation} in '{self.where}'" if self.where else self.operation


@dataclass(frozen=True)
class Reason:
    """Why channels must stay: the operation that needs them and what it does to them, in plain words."""

    operation: str
    where: str
    why: str

    def __str__(self) -> str:
        place = f" in '{self.where}'" if self.where else ""
        return f"{self.operation}{place}: {self.why}"


@dataclass(frozen=True)
class Tracked:
    """What is known about one tensor.

    ``dim`` is the channel dim and ``labels`` names its positions, ``labels.shape == (shape[dim],)``. ``dim`` is
    ``None`` where no channel of the tensor can be removed. ``parameter`` is set only on a parameter or buffer itself.
    """

    shape: tuple[int, ...]
    dim: int | None = None
    labels: LabelVector = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    parameter: str | None = None

    def __post_init__(self) -> None:
        if self.dim is not None:
            assert len(self.labels) == self.shape[self.dim], (self.shape, self.dim, len(self.labels))


class Labels:
    """A union-find over channel labels with freezes. What is tied is tied for ``cause``, which is remembered.

    >>> labels = Labels()
    >>> left, right = labels.fresh(3), labels.fresh(3)
    >>> labels.tie(left, right)
    >>> bool((labels.roots(left) == labels.roots(right)).all())
    True
    """

    def __init__(self) -> None:
        self._parent = np.arange(1024, dtype=np.int64)
        self._used = 0
        self._frozen: dict[int, Reason | None] = {}
        self._ties: list[tuple[LabelVector, LabelVector, Cause]] = []
        self.cause = Cause("", "")

    def __len__(self) -> int:
        return self._used

    def fresh(self, count: int) -> LabelVector:
        """``count`` labels that nothing is tied to yet."""
        while self._used + count > len(self._parent):
            self._parent = np.concatenate([self._parent, np.arange(len(self._parent), 2 * len(self._parent))])
        self._used += count
        return np.arange(self._used - count, self._used, dtype=np.int64)

    def fixed(self, count: int) -> LabelVector:
        """``count`` labels of positions that are always there and belong to no neuron (padding, network inputs)."""
        labels = self.fresh(count)
        self._frozen.update(dict.fromkeys(labels.tolist()))
        return labels

    def roots(self, labels: LabelVector) -> LabelVector:
        """The representative of each label: equal representatives share their fate."""
        roots = self._parent[labels]
        while True:
            parents = self._parent[roots]
            if np.array_equal(parents, roots):
                return roots
            roots = parents

    def tie(self, first: LabelVector, second: LabelVector) -> None:
        """Make ``first[i]`` and ``second[i]`` share their fate; the two broadcast against each other."""
        first, second = np.broadcast_arrays(first, second)
        one, two = first.ravel(), second.ravel()
        apart = one != two
        if not apart.any():
            return
        pairs = np.unique((one[apart] << _HALF) | two[apart])
        one, two = pairs >> _HALF, pairs & ((1 << _HALF) - 1)
        self._ties.append((one, two, self.cause))  # also where both share a fate already: this may be why, in short
        different = self.roots(one) != self.roots(two)
        for a, b in zip(one[different].tolist(), two[different].tolist(), strict=True):
            self._union(a, b)

    def tie_along(self, grid: NDArray[np.int64], axis: int) -> None:
        """Tie all entries that differ only in their position along ``axis``."""
        self.tie(grid, np.take(grid, [0], axis=axis))

    def freeze(self, labels: LabelVector, reason: Reason) -> None:
        """Flag the labels as always kept; the first reason given for a label stays."""
        for label in labels.ravel().tolist():
            self._frozen.setdefault(label, reason)

    def frozen_roots(self) -> dict[int, Reason | None]:
        """Root -> the first reason any label below it was frozen for (``None`` for positions of no neuron)."""
        found: dict[int, Reason | None] = {}
        if not self._frozen:
            return found
        labels = np.fromiter(self._frozen, dtype=np.int64)
        for root, reason in zip(self.roots(labels).tolist(), self._frozen.values(), strict=True):
            if found.get(root) is None:
                found[root] = reason
        return found

    def causes(self, label: int) -> dict[int, tuple[Cause, ...]]:
        """Every label that shares its fate with ``label``, with a chain of causes that leads to it, the fewest there
        are: one that ties several labels on the way counts once."""
        found: dict[int, tuple[Cause, ...]] = {}
        waiting = deque([(label, tuple[Cause, ...]())])
        seen = set()
        while waiting:
            here, chain = waiting.popleft()
            if (here, chain[-1:]) in seen or len(chain) > len(found.setdefault(here, chain)):
                continue
            seen.add((here, chain[-1:]))
            for other, cause in self._tied_to.get(here, ()):
                if chain[-1:] == (cause,):
                    waiting.appendleft((other, chain))
                else:
                    waiting.append((other, (*chain, cause)))
        return found

    @cached_property
    def _tied_to(self) -> dict[int, list[tuple[int, Cause]]]:
        tied: dict[int, list[tuple[int, Cause]]] = {}
        for first, second, cause in self._ties:
            for a, b in zip(first.tolist(), second.tolist(), strict=True):
                tied.setdefault(a, []).append((b, cause))
                tied.setdefault(b, []).append((a, cause))
        return tied

    def _union(self, a: int, b: int) -> None:
        one, two = self._root(a), self._root(b)
        if one != two:
            self._parent[max(one, two)] = min(one, two)

    def _root(self, label: int) -> int:
        parent = int(self._parent[label])
        while parent != label:
            label, parent = parent, int(self._parent[parent])
        return label
