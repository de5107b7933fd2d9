"""The shapes in which per-layer values travel between the stages.

Every mapping is keyed by a layer's qualified name and ordered as the network runs.
"""

from collections import OrderedDict
from typing import Any

from torch import Tensor

Scores = dict[str, Tensor]
"""Importance of each neuron: layer -> float tensor ``(neurons,)``."""

Masks = dict[str, Tensor]
"""Which neurons stay: layer -> bool tensor ``(neurons,)``, ``True`` = keep."""

Lifetimes = dict[str, Tensor]
"""At how many points of an ascending sparsity grid a neuron is still kept: layer -> int tensor ``(neurons,)``."""

Costs = dict[str, float]
"""What the full layer costs, in the unit that the producer states: layer -> number."""


class ImportanceScores(Scores):
    """Scores that `ranp.importance` computed, with the criterion and the reduction that it was asked for.

    What other code makes of them is a plain dict again, and so is what `torch.save` writes.
    """

    def __init__(self, scores: Scores, criterion: str, reduce: str) -> None:
        super().__init__(scores)
        self.criterion, self.reduce = criterion, reduce

    def __reduce__(self) -> tuple[Any, ...]:
        return OrderedDict, (list(self.items()),)
