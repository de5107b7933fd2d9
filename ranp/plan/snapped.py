"""What snapping to fast widths did to a plan: what it cost, and what it gave."""

from dataclasses import dataclass

from ranp.graph import ChannelGraph
from ranp.selection import Pricer
from ranp.types import Masks, Scores
from ranp.units import duration


@dataclass(frozen=True)
class Snapped:
    """Neurons that came back and that went; MACs, seconds of a training step, and importance, without and with it.

    Importance is the share of the scores that is kept, with layers balanced (`ranp.selection.reweighting`), whatever
    the method weighs beside: plans of different methods can be compared by it.
    """

    added: int
    removed: int
    macs_before: int
    macs_after: int
    seconds_before: float
    seconds_after: float
    importance_before: float
    importance_after: float

    def __str__(self) -> str:
        moved = f"{self.added} neurons came back" if self.added else f"{self.removed} neurons went"
        return (
            f"fast widths: {moved if self.added or self.removed else 'they are fast already'}; a training step takes "
            f"{duration(self.seconds_after)} ({duration(self.seconds_before)} without), the network has "
            f"{self.macs_after:,} MACs ({self.macs_before:,}), "
            f"{self.importance_after:.1%} of the importance stays ({self.importance_before:.1%})"
        )


def snapped_from(graph: ChannelGraph, before: Masks, after: Masks, balanced: Scores, pricer: Pricer) -> Snapped:
    """The record of masks that became others; ``balanced`` are the scores that importance is told by."""
    return Snapped(
        added=sum(int((mask & ~before[name]).sum()) for name, mask in after.items()),
        removed=sum(int((before[name] & ~mask).sum()) for name, mask in after.items()),
        macs_before=graph.cost(before).macs,
        macs_after=graph.cost(after).macs,
        seconds_before=pricer.price(before),
        seconds_after=pricer.price(after),
        importance_before=_share(balanced, before),
        importance_after=_share(balanced, after),
    )


def _share(scores: Scores, kept: Masks) -> float:
    total = sum(float(score.double().sum()) for score in scores.values())
    return sum(float(score.double()[kept[name]].sum()) for name, score in scores.items()) / total
