"""Which kept counts a size multiplies: plans at which no two counts are in proportion by chance.

A network that is run without data at widths that random plans leave, and at batches that are primes, shows by its sizes
what they count. A size that is the same in all runs is a constant; one that is always in proportion to the kept
channels of some tensor is that count, times a constant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd

import numpy as np
from numpy.typing import NDArray

from ranp.graph import ChannelGraph

PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53)
_FEWEST = 3
_MOST = len(PRIMES) - 2

BATCH = 1
"""The number of the counted set that stands for the batch; set 0 counts one, and the others count kept units."""

Ratio = tuple[int, ...]
Factors = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Probe:
    """A plan as kept units, a batch, and how many of every counted set are left."""

    units: NDArray[np.bool_]
    batch: int
    counts: NDArray[np.int64]


def counted_sets(graph: ChannelGraph) -> list[NDArray[np.int64]]:
    """Sets of units that a size may count, none in proportion to another; 0 and `BATCH` are empty, and 2 is unit 0."""
    empty = np.empty(0, dtype=np.int64)
    found: dict[bytes, NDArray[np.int64]] = {}
    named = [of for dims in graph.parameter_units.values() for of in dims.values()]
    named += [of for values in graph.attribute_units.values() for of in values.values()]
    for units in (*graph.widths, *named, *graph.layer_units.values()):
        if not units.any():  # all of them always stay
            continue
        which, times = np.unique(units, return_counts=True)
        least = int(np.gcd.reduce(times))
        found.setdefault(which.tobytes() + (times // least).tobytes(), np.repeat(which, times // least))
    return [empty, empty, *found.values()]


def draw_probes(graph: ChannelGraph, sets: Sequence[NDArray[np.int64]], seed: int) -> list[Probe]:
    """Random plans at which no two sets' counts are in proportion; another one, and the full network."""
    rng = np.random.default_rng(seed)
    found: list[Probe] = []
    while len(found) < _MOST:
        found.append(_probe(graph, sets, rng, PRIMES[len(found)]))
        ratios = {ratio([int(probe.counts[number]) for probe in found]) for number in range(len(sets))}
        if len(found) >= _FEWEST and len(ratios) == len(sets):
            break
    everything = _counted(np.ones(graph.unit_count, dtype=np.bool_), sets, PRIMES[len(found) + 1])
    return [*found, _probe(graph, sets, rng, PRIMES[len(found)]), everything]


def _probe(graph: ChannelGraph, sets: Sequence[NDArray[np.int64]], rng: np.random.Generator, batch: int) -> Probe:
    """A consistent plan, each layer at a rate of its own; two neurons stay where a layer has three, else one.

    Drawn are units, not neurons: of neurons tied over many layers one is nearly always kept, and with it all.
    """
    rates = np.ones(graph.unit_count)
    for of in reversed(graph.layer_units.values()):
        rates[of] = rng.uniform(0.25, 0.95)
    units = rng.random(graph.unit_count) < rates
    units[0] = True
    for of in graph.layer_units.values():
        missing = max(0, min(2, max(1, len(of) - 1)) - int(units[of].sum()))
        units[rng.permutation(of[~units[of]])[:missing]] = True
    return _counted(units, sets, batch)


def _counted(units: NDArray[np.bool_], sets: Sequence[NDArray[np.int64]], batch: int) -> Probe:
    counts = [1, batch, *(int(units[members].sum()) for members in sets[2:])]
    return Probe(units, batch, np.array(counts, dtype=np.int64))


def known_ratios(probes: Sequence[Probe]) -> dict[Ratio, Factors]:
    """What a size in that proportion over the probes counts: one set, or the batch times one."""
    counts = np.array([probe.counts for probe in probes])
    known: dict[Ratio, Factors] = {}
    for number in range(counts.shape[1]):
        known.setdefault(ratio(counts[:, number].tolist()), (number,))
    for number in range(2, counts.shape[1]):
        known.setdefault(ratio((counts[:, BATCH] * counts[:, number]).tolist()), (BATCH, number))
    return known


def ratio(values: Sequence[int]) -> Ratio:
    """The same for values in proportion to each other."""
    least = reduce(gcd, values) or 1
    return tuple(value // least for value in values)
