"""What the weights of every neuron contribute to its importance, summed up small enough to be sent and kept.

Contributions span many orders of magnitude, so they are counted in bins of equal ratio, the same for all neurons.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.importance import Connections
from ranp.types import Scores

DECADES = 8
BINS_PER_DECADE = 4
BINS = DECADES * BINS_PER_DECADE
LARGEST = 3
QUARTILES = (0, 0.25, 0.5, 0.75, 1)


@dataclass(frozen=True)
class WeightFacts:
    """Over all neurons in network order; contributions are means over the batches.

    Sizes from ``10**(top - 8)`` to ``10**top`` are counted in `BINS` bins; smaller ones are in the first, zeros apart.
    """

    top: int
    signed: bool
    counts: NDArray[np.int32]  # (neurons,): weights that produce the neuron, bias included
    zeros: NDArray[np.int32]  # (neurons,): of these, how many contribute exactly nothing
    positive: NDArray[np.int32]  # (neurons, bins)
    negative: NDArray[np.int32]  # the same, or (0, bins) where no contribution is negative
    sums: NDArray[np.float64]  # (neurons,): the importance, added up from the contributions
    equal: NDArray[np.uint8]  # (neurons,): whether that is the neuron's score, up to rounding
    places: NDArray[np.int32]  # (neurons, largest): which weights contribute most; -1 where there are fewer
    weights: NDArray[np.float32]  # (neurons, largest): their values
    contributions: NDArray[np.float32]  # (neurons, largest)
    spreads: NDArray[np.float64]  # (layers, 6): smallest, quartiles, largest and mean size in each layer
    kernels: tuple[tuple[int, ...], ...]  # of each layer: its shape; a row of weights holds one for each input channel
    biases: tuple[bool, ...]  # of each layer: whether the last weight is a bias


def weight_facts(graph: ChannelGraph, found: Connections, scores: Scores) -> WeightFacts:
    """Sum up the connections; `scores` is the importance that they are compared with."""
    rows = {name: found.contributions[name].numpy() for name in graph.layers}
    highest = max(float(np.abs(values).max()) for values in rows.values())
    top = int(np.ceil(np.log10(highest))) if highest > 0 else 0
    signed = any(bool((values < 0).any()) for values in rows.values())
    agree = found.agree(scores)
    largest = [_largest(values, found.weights[name].float().numpy()) for name, values in rows.items()]
    return WeightFacts(
        top=top,
        signed=signed,
        counts=np.concatenate([np.full(len(values), values.shape[1], np.int32) for values in rows.values()]),
        zeros=np.concatenate([(values == 0).sum(axis=1, dtype=np.int32) for values in rows.values()]),
        positive=np.concatenate([_histogram(values, top) for values in rows.values()]),
        negative=np.concatenate([_histogram(-values, top) for values in rows.values()])
        if signed
        else np.zeros((0, BINS), np.int32),
        sums=np.concatenate([found.scores[name].numpy() for name in rows]),
        equal=np.concatenate([agree[name].numpy().astype(np.uint8) for name in rows]),
        places=np.concatenate([place for place, _, _ in largest]),
        weights=np.concatenate([weight for _, weight, _ in largest]),
        contributions=np.concatenate([contribution for _, _, contribution in largest]),
        spreads=np.array([_spread(np.abs(values)) for values in rows.values()]),
        kernels=tuple(found.kernels[name] for name in rows),
        biases=tuple(graph.layers[name].bias is not None for name in rows),
    )


def neuron_place(neurons: Sequence[int], layer: int, neuron: int) -> int:
    """The neuron's number when those of all layers are numbered through."""
    return sum(neurons[:layer]) + neuron


def _histogram(rows: NDArray[np.float32], top: int) -> NDArray[np.int32]:
    """How many positive values of each row lie in each bin; those below the first bin are counted in it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.floor((np.log10(rows) - (top - DECADES)) * BINS_PER_DECADE)
    bins = np.clip(np.nan_to_num(places, nan=0, posinf=0, neginf=0), 0, BINS - 1).astype(np.int64)
    flat = (np.arange(len(rows))[:, None] * BINS + bins)[rows > 0]
    return np.bincount(flat, minlength=len(rows) * BINS).reshape(len(rows), BINS).astype(np.int32)


def _largest(
    rows: NDArray[np.float32], weights: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    order = np.argsort(-np.abs(rows), axis=1, kind="stable")[:, :LARGEST]
    missing = ((0, 0), (0, LARGEST - order.shape[1]))
    picked = [np.take_along_axis(values, order, axis=1) for values in (weights, rows)]
    places = np.pad(order.astype(np.int32), missing, constant_values=-1)
    return places, np.pad(picked[0], missing), np.pad(picked[1], missing)


def _spread(sizes: NDArray[np.float32]) -> list[float]:
    return [*np.quantile(sizes, QUARTILES).tolist(), float(sizes.mean(dtype=np.float64))]
