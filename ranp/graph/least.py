"""The smallest network that is left when every layer keeps a neuron: what pruning can reach, whatever the scores.

A unit, once kept, gives a neuron to each layer that it is in. So every layer without a neuron that always stays needs
one of its units, as few and as cheap as possible. Units that are in the same sets of channels cost the same, so one of
each kind is enough to try; layers that share no unit are covered apart from each other. All ways to cover such a part
are compared, with those of the other parts as they stand, until no exchange makes the network smaller.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ranp.graph.cost import CompiledTerms
from ranp.graph.labels import LabelVector

Kept = NDArray[np.bool_]
MOST_COVERS = 200
"""Ways to cover one part that are compared; more arise only where many layers are tied in part."""


def least_kept(layer_units: Mapping[str, LabelVector], terms: CompiledTerms, price: Callable[[Kept], int]) -> Kept:
    """The units that the cheapest network keeps in which every layer has a neuron, ``(units,)``.

    Args:
        layer_units: layer -> the unit of each neuron, 0 for one that always stays.
        terms: the cost terms, which say in which sets of channels a unit is.
        price: what a choice of units costs; more units never cost less.
    """
    count = 1 + max((int(units.max(initial=0)) for units in layer_units.values()), default=0)
    count = max(count, 1 + int(terms.members.max(initial=0)))
    kept = np.zeros(count, dtype=np.bool_)
    kept[0] = True
    needy = [np.unique(units) for units in layer_units.values() if units.size and 0 not in units]
    kinds = unit_kinds(needy, terms, count)
    layers = [frozenset(kinds[units].tolist()) for units in needy]
    choices = [list(islice(_covers(part), MOST_COVERS)) for part in _parts(layers)]
    chosen = [covers[0] for covers in choices]
    kept[[unit for cover in chosen for unit in cover]] = True
    improved = True
    while improved:
        improved = False
        for place, covers in enumerate(choices):
            for cover in covers:
                other = kept.copy()
                other[list(chosen[place])] = False
                other[list(cover)] = True
                if price(other) < price(kept):
                    kept, chosen[place], improved = other, cover, True
    return kept


def unit_kinds(layers: list[LabelVector], terms: CompiledTerms, count: int) -> LabelVector:
    """Of each unit the first one that is in the same layers and in the same sets of channels, as often."""
    sets = np.repeat(np.arange(len(terms.offsets) - 1), np.diff(terms.offsets))
    of_layer = np.repeat(len(terms.offsets) + np.arange(len(layers)), [len(units) for units in layers])
    unit = np.concatenate([terms.members, *layers])
    where = np.concatenate([sets, of_layer])[np.argsort(unit, kind="stable")]
    ends = np.cumsum(np.bincount(unit, minlength=count))
    first: dict[bytes, int] = {}
    starts = np.concatenate([[0], ends[:-1]])
    keys = [where[start:end].tobytes() for start, end in zip(starts, ends, strict=True)]
    return np.array([first.setdefault(key, unit) for unit, key in enumerate(keys)])


def _parts(layers: list[frozenset[int]]) -> list[list[frozenset[int]]]:
    """The layers, by the units that may be kept of each, in groups that share none with each other."""
    parts: list[tuple[frozenset[int], list[frozenset[int]]]] = []
    for units in layers:
        together = [part for part in parts if part[0] & units]
        parts = [part for part in parts if not part[0] & units]
        everything = units.union(*(part[0] for part in together))
        parts.append((everything, [layer for part in together for layer in part[1]] + [units]))
    return [part[1] for part in parts]


def _covers(layers: list[frozenset[int]]) -> Iterator[frozenset[int]]:
    """Choices of units with one of each layer's, those first that take what most layers share."""
    if not layers:
        yield frozenset()
        return
    tightest = min(layers, key=len)
    shared = {unit: sum(unit in layer for layer in layers) for unit in tightest}
    for unit in sorted(tightest, key=lambda one: (-shared[one], one)):
        for rest in _covers([layer for layer in layers if unit not in layer]):
            yield rest | {unit}
