"""Which kept counts the size of each storage multiplies, read off a few runs at random widths.

The training step of the network runs, without data, at the plans and batches of `ranp.resources.probing`. Random plans
are added until no two counts of the network are in proportion by chance, and two runs more, which nobody has read
anything off, must come out to the byte: one at random, and the full network.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import gcd, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ranp.graph import ChannelGraph, narrow, plain_copy
from ranp.resources.lifetimes import StepRecord, record_step
from ranp.resources.memory import squared_error
from ranp.resources.moments import PeakMoments
from ranp.resources.probing import Factors, Probe, Ratio, counted_sets, draw_probes, known_ratios, ratio


def peak_moments(
    model: nn.Module,
    graph: ChannelGraph,
    optimizer: str = "adamw",
    loss: Callable[[Any], Tensor] = squared_error,
    any_device: bool = False,
    seed: int = 0,
) -> PeakMoments:
    """Read the moments of a training step of ``model``, whose channel graph is ``graph``; nothing is computed.

    ``optimizer``, ``loss`` and ``any_device`` are as for `ranp.resources.peak_training_bytes`; ``model`` is left as it
    is and may lie on ``meta``.

    Raises:
        ValueError: the step fails, depends on values, or does not follow the kept counts: it makes other storages at
            other widths, or one whose size is no product of counts.

    >>> import torch, ranp.graph
    >>> network = nn.Sequential(nn.Conv3d(1, 8, 3), nn.ReLU(), nn.Conv3d(8, 2, 1))
    >>> graph = ranp.graph.trace(network, (torch.empty(2, 1, 8, 8, 8),))
    >>> moments = peak_moments(network, graph, optimizer="sgd", any_device=True)
    >>> kept = graph.resolve({"0": torch.arange(8) < 4})
    >>> moments.peak(graph), moments.peak(graph, kept), moments.largest_batch(graph, 100_000)
    (50072, 28824, 4)
    """
    bare = plain_copy(model).to("meta")
    sets = counted_sets(graph)
    probes = draw_probes(graph, sets, seed)

    def run(probe: Probe) -> StepRecord:
        small = plain_copy(bare)
        narrow(small, graph, probe.units)
        return record_step(small, graph.inputs.with_batch(probe.batch), optimizer, loss, any_device)

    *read, last, again = [(probe, run(probe)) for probe in probes]
    _check_same([record for _, record in (*read, last, again)])
    forms = _forms([record for _, record in read], [probe for probe, _ in read], sets)
    moments = _moments(forms, read[0][1], sets, graph, optimizer)
    for probe, record in (last, again):
        _check_bytes(moments, probe, record)
    return moments


def _forms(
    records: Sequence[StepRecord], probes: Sequence[Probe], sets: Sequence[NDArray[np.int64]]
) -> list[tuple[Fraction, Factors]]:
    """For each storage its bytes as a constant times counts."""
    counts = np.array([probe.counts for probe in probes])
    known = known_ratios(probes)
    forms, memo = [], {}
    for number in range(len(records[0].storages)):
        of = [record.storages[number] for record in records]
        key = tuple((storage.shape, storage.nbytes) for storage in of)
        if key not in memo:
            memo[key] = _form([storage.shape for storage in of], [storage.nbytes for storage in of], counts, known)
        forms.append(memo[key])
    return forms


def _form(
    shapes: Sequence[Sequence[int]], sizes: Sequence[int], counts: NDArray[np.int64], known: Mapping[Ratio, Factors]
) -> tuple[Fraction, Factors]:
    if not any(sizes):
        return Fraction(0), ()
    for factors in _readings(shapes, sizes, counts, known):
        amounts = [prod(int(row[number]) for number in factors) for row in counts]
        return Fraction(sizes[0], amounts[0]), tuple(sorted(number for number in factors if number))
    raise ValueError(
        f"a tensor of the training step, of shape {_shape(shapes[0])} at one plan and {_shape(shapes[1])} at another, "
        "has a size that is no product of kept counts, so the peak of other plans cannot be worked out; "
        "estimate each shrunk network by ranp.resources.peak_training_bytes"
    )


def _readings(
    shapes: Sequence[Sequence[int]], sizes: Sequence[int], counts: NDArray[np.int64], known: Mapping[Ratio, Factors]
) -> Iterator[Factors]:
    """Ways to read the sizes, the likeliest first: dim by dim, then as a whole."""
    by_dim = [known.get(ratio(dims)) for dims in zip(*shapes, strict=True)]
    if all(factors is not None for factors in by_dim):
        factors = tuple(number for part in by_dim for number in part or ())
        amounts = [prod(int(row[number]) for number in factors) for row in counts]
        if ratio(sizes) == ratio(amounts):
            yield factors
    if whole := known.get(ratio(sizes)):
        yield whole
    for number in range(1, counts.shape[1]):  # what is left beside one count, e.g. where channels were split in groups
        rest = [Fraction(size, int(row[number])) for size, row in zip(sizes, counts, strict=True)]
        scale = reduce(lambda a, b: a * b // gcd(a, b), (part.denominator for part in rest))
        if other := known.get(ratio([int(part * scale) for part in rest])):
            yield (number, *other)


def _moments(
    forms: list[tuple[Fraction, Factors]],
    record: StepRecord,
    sets: Sequence[NDArray[np.int64]],
    graph: ChannelGraph,
    optimizer: str,
) -> PeakMoments:
    numbers: dict[Factors, int] = {}
    of = np.array([numbers.setdefault(factors, len(numbers)) for _, factors in forms])
    share = np.zeros((len(forms), len(numbers)))
    share[np.arange(len(forms)), of] = [float(constant) for constant, _ in forms]
    coefficient = _largest(record.alive().astype(np.float64) @ share)
    longest = max(map(len, numbers), default=0)
    factors = np.array([[*form, *[0] * (longest - len(form))] for form in numbers], dtype=np.int64)
    return PeakMoments(
        coefficient=coefficient,
        factors=factors,
        members=np.concatenate(sets),
        offsets=np.cumsum([0, *map(len, sets)]),
        batch=graph.inputs.batch,
        optimizer=optimizer,
    )


def _largest(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rows without those that another one exceeds in every form: they can never be the peak."""
    rows = np.unique(rows, axis=0)
    order = rows[np.argsort(-rows.sum(axis=1), kind="stable")]
    kept: list[NDArray[np.float64]] = []
    for row in order:
        if not kept or not (np.array(kept) >= row).all(axis=1).any():
            kept.append(row)
    return np.array(kept)


def _check_same(records: Sequence[StepRecord]) -> None:
    if not all(record.follows(records[0]) for record in records):
        raise ValueError(
            "the training step makes other tensors at other widths, so its peak at a plan cannot be worked out from "
            "kept counts; estimate each shrunk network by ranp.resources.peak_training_bytes"
        )


def _check_bytes(moments: PeakMoments, probe: Probe, record: StepRecord) -> None:
    sizes = np.array([storage.nbytes for storage in record.storages], dtype=np.float64)
    measured = int((record.alive() @ sizes).max())
    found = moments.at(probe.units, probe.batch)
    if found != measured:
        raise ValueError(
            f"the peak of a random plan comes out as {found:,} bytes and is {measured:,}: the step does not follow "
            "kept counts; estimate each shrunk network by ranp.resources.peak_training_bytes"
        )


def _shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "one number"
