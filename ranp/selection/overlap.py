"""Overlap: how much two choices of neurons have in common, layer by layer and in all.

Both are masks over the same layers, such as two plans' ``kept``. Besides what they share, what one could expect them to
share by chance: initial weights are drawn alike for all neurons of a layer, so that masks from other weights agree on
how many neurons of a layer stay and not on which.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ranp.types import Masks


@dataclass(frozen=True)
class Overlap:
    """Numbers of neurons: kept by both choices, by one of them only, and by neither.

    >>> Overlap(both=6, only_first=2, only_second=4, neither=8).jaccard
    0.5
    """

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def jaccard(self) -> float:
        """Kept by both, of those that any of the two keeps; 1 where both keep nothing."""
        either = self.both + self.only_first + self.only_second
        return self.both / either if either else 1.0

    @property
    def by_chance(self) -> float:
        """The Jaccard index of two random choices of as many neurons each: their expected sizes, divided.

        Of n neurons, random choices of a and b have a b / n in common.

        >>> Overlap(both=0, only_first=5, only_second=5, neither=0).by_chance  # half and half: 2.5 of 7.5
        0.3333333333333333
        """
        first, second = self.both + self.only_first, self.both + self.only_second
        neurons = first + self.only_second + self.neither
        shared = first * second / neurons if neurons else 0.0
        either = first + second - shared
        return shared / either if either else 1.0


def overlap(first: Masks, second: Masks) -> dict[str, Overlap]:
    """Layer -> what two choices of its neurons have in common.

    Raises ``ValueError`` where the two are not of the same layers with the same numbers of neurons.

    >>> import torch
    >>> overlap({"a": torch.tensor([True, True, False])}, {"a": torch.tensor([True, False, True])})
    {'a': Overlap(both=1, only_first=1, only_second=1, neither=0)}
    """
    if first.keys() != second.keys():
        name = sorted(first.keys() ^ second.keys())[0]
        raise ValueError(f"expected masks of the same layers, but only one of the two has '{name}'")
    found = {}
    for name, one in first.items():
        other = second[name]
        if one.shape != other.shape:
            raise ValueError(
                f"expected masks of the same network, but those for '{name}' have {one.numel()} and {other.numel()} "
                "entries"
            )
        found[name] = Overlap(
            both=int((one & other).sum()),
            only_first=int((one & ~other).sum()),
            only_second=int((~one & other).sum()),
            neither=int((~one & ~other).sum()),
        )
    return found


def pooled(layers: Iterable[Overlap]) -> Overlap:
    """The overlap of all these layers taken as one.

    >>> pooled([Overlap(1, 0, 2, 3), Overlap(4, 1, 0, 0)])
    Overlap(both=5, only_first=1, only_second=2, neither=3)
    """
    parts = [(one.both, one.only_first, one.only_second, one.neither) for one in layers]
    return Overlap(*(sum(column) for column in zip(*parts, strict=True))) if parts else Overlap(0, 0, 0, 0)
