"""The peak memory of a training step: of any plan, at any batch, once the moments of the step are read.

Where they cannot be read, each pruned network is estimated by a job of its own.
"""

from dataclasses import dataclass

from explorer.compute.needs import graph_of, moments_of
from explorer.compute.plans import masks_of
from explorer.state import ExplorerState


@dataclass(frozen=True)
class Peaks:
    """Bytes that a training step holds at its peak, and the largest batch with which it fits on the card.

    ``after`` and ``largest_after`` are ``None`` where there is no network.
    """

    before: int
    after: int | None
    largest_before: int
    largest_after: int | None


def peaks(state: ExplorerState) -> Peaks | None:
    """The peak before and after, and the largest batches, where the moments are known."""
    moments, graph = moments_of(state), graph_of(state)
    if moments is None:
        return None
    kept, limit = masks_of(state), bytes_of(state.card)
    return Peaks(
        before=moments.peak(graph, None, state.batch),
        after=None if kept is None else moments.peak(graph, kept, state.batch),
        largest_before=moments.largest_batch(graph, limit),
        largest_after=None if kept is None else moments.largest_batch(graph, limit, kept),
    )


def peaks_at(state: ExplorerState, batch: int) -> tuple[int, int] | None:
    """The peak before and after with that batch; ``None`` where the moments or the network are not there."""
    moments, graph, kept = moments_of(state), graph_of(state), masks_of(state)
    return (
        None
        if moments is None or kept is None
        else (moments.peak(graph, None, batch), moments.peak(graph, kept, batch))
    )


def bytes_of(card: float) -> int:
    """GiB as bytes.

    >>> bytes_of(0.5)
    536870912
    """
    return int(card * 2**30)
