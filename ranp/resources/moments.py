"""Peak training memory of any plan without running its step: a maximum, over moments, of sums of products.

Each storage that is alive in a training step has a size that is a product of kept counts: a convolution's output is
``batch * kept channels * voxels``, its weight ``kept out * kept in * kernel``. What is alive at a moment is a sum of
such products, and the peak is the largest of these sums. `ranp.resources.reading` finds out, from a few runs without
data, which counts each storage's size multiplies; here any plan, and any batch, is priced from that.

The figure is the one that `ranp.resources.peak_training_bytes` finds for the shrunk network, to the byte.
"""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.resources.probing import BATCH
from ranp.types import Lifetimes, Masks

MOST_BATCH = 2**31 - 1
"""Larger batches are not asked about."""


@dataclass(frozen=True, eq=False)
class PeakMoments:
    """What a training step holds at each moment that can be its peak.

    ``coefficient[m, f]`` are the bytes that moment m holds of form f; form f is the product of the counts of its
    ``factors[f]``, numbers of counted sets (`BATCH` and 0 among them). Set s holds the units
    ``members[offsets[s]:offsets[s + 1]]``; sets 0 and 1 hold none. ``batch`` is the one of the graph's inputs.
    """

    coefficient: NDArray[np.float64]
    factors: NDArray[np.int64]
    members: NDArray[np.int64]
    offsets: NDArray[np.int64]
    batch: int
    optimizer: str

    def peak(self, graph: ChannelGraph, kept: Masks | None = None, batch: int | None = None) -> int:
        """Most bytes alive at once in a step of the network with ``kept`` left; ``None``: of the full network.

        Raises:
            ValueError: the masks are not consistent (``graph.resolve`` makes them so), or of another network.
        """
        return self.at(graph.unit_kept(kept), batch or self.batch)

    def at(self, unit_kept: NDArray[np.bool_], batch: int) -> int:
        """`peak` for units as in ``graph.unit_kept``."""
        return int(self._held(self._counts(unit_kept[:, None], batch)).max())

    def curve(
        self, graph: ChannelGraph, lifetimes: Lifetimes, points: int, batch: int | None = None
    ) -> NDArray[np.int64]:
        """The peak at every point of a sparsity grid, ``(points,)``; lifetimes as for ``graph.cost_curve``."""
        units = graph.unit_lifetimes(lifetimes, points)
        kept = units[:, None] > np.arange(points)
        peaks: NDArray[np.int64] = self._held(self._counts(kept, batch or self.batch)).max(axis=0).astype(np.int64)
        return peaks

    def largest_batch(self, graph: ChannelGraph, limit: int, kept: Masks | None = None) -> int:
        """How many examples a step may take before it holds more than ``limit`` bytes; 0 where one is too many.

        `MOST_BATCH` where any number fits, as it does where nothing that the step holds grows with the batch.
        """
        units = graph.unit_kept(kept)
        if self.at(units, MOST_BATCH) <= limit:
            return MOST_BATCH
        high = 1
        while self.at(units, high) <= limit:
            high *= 2
        return bisect_right(range(1, high), limit, key=lambda batch: self.at(units, batch))

    def _counts(self, kept: NDArray[np.bool_], batch: int) -> NDArray[np.float64]:
        """The count of every set for columns of kept units, ``(sets, columns)``."""
        sums = np.concatenate([np.zeros((1, kept.shape[1])), kept[self.members].cumsum(axis=0)])
        counts: NDArray[np.float64] = sums[self.offsets[1:]] - sums[self.offsets[:-1]]
        counts[0], counts[BATCH] = 1, batch
        return counts

    def _held(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bytes at each moment, ``(moments, columns)``; whole numbers far below 2^53, so floats are exact."""
        held: NDArray[np.float64] = (self.coefficient @ counts[self.factors].prod(axis=1)).round()
        return held
