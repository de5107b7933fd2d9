"""Random networks as a Hypothesis strategy, so that one which refutes a rule shrinks to a small one.

The blocks are those of `random_networks`, which draw their details from a numpy generator. Here every answer of that
generator is Hypothesis' own: of choices the first is the simplest, of numbers the smallest, of networks the shortest.
"""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.graph.random_networks import RandomNetwork

MOST_BLOCKS = 12
SIMPLE = ("Plain", "Strided", "ChannelsLast")
"""Blocks with no others inside, which a network of many blocks ends with."""


class Drawn:
    """What the blocks use of `numpy.random.Generator`, answered by Hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._blocks = 0

    def integers(self, low: int, high: int | None = None) -> int:
        first, last = (0, low) if high is None else (low, high)
        return self._draw(st.integers(first, last - 1))

    def random(self) -> float:
        """The end at which a network has two dimensions and one output first, then the other."""
        return self._draw(st.sampled_from([1.0, 0.0]))

    def choice(self, options: Sequence[Any], p: Sequence[float] | None = None) -> Any:
        """Only names of blocks come with probabilities; Hypothesis has its own."""
        if p is not None:
            self._blocks += 1
            if self._blocks > MOST_BLOCKS:
                options = [name for name in options if name in SIMPLE]
        return self._draw(st.sampled_from(list(options)))


@st.composite
def networks(draw: st.DrawFn) -> RandomNetwork:
    """A stem, up to five blocks of any kind, and a head."""
    return RandomNetwork(0, Drawn(draw), least=0)
