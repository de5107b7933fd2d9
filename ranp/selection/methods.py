"""The methods by name: from what neurons are scored, and how what goes is shared out among the layers."""

from dataclasses import dataclass
from typing import Literal

from ranp.selection.allocations import ALLOCATIONS, Allocation

Start = Literal["sensitivity", "random", "magnitude"]
"""What neurons are scored by: a criterion of `ranp.importance`, random numbers, or the sizes of their weights."""


@dataclass(frozen=True)
class Method:
    """A start and an allocation, by a name that people know."""

    title: str
    description: str
    allocation: str
    scores: Start = "sensitivity"

    @property
    def rule(self) -> Allocation:
        """The allocation itself."""
        return ALLOCATIONS[self.allocation]

    @property
    def needs_seconds(self) -> bool:
        """Whether it ranks nothing until the seconds of each layer are known, by a time table of the network."""
        return self.rule.cost == "seconds"


METHODS: dict[str, Method] = {
    "ranp-f": Method("RANP-f", "layers balanced, then weighed against their MACs", "macs"),
    "ranp-m": Method("RANP-m", "layers balanced, then weighed against their activations (memory)", "memory"),
    "ranp-t": Method("RANP-t", "layers balanced, then weighed against their seconds on a machine", "time"),
    "blend": Method("Blend", "between RANP-f (alpha = 1) and RANP-m (alpha = 0): costs are mixed by alpha", "blend"),
    "weighted": Method("Weighted neuron pruning", "layers balanced, costs ignored", "balanced"),
    "vanilla": Method("Vanilla neuron pruning", "connection sensitivity as it is", "plain"),
    "layerwise": Method("Layer-wise", "the same sparsity in every layer, by connection sensitivity", "uniform"),
    "random": Method("Random", "neurons in random order", "plain", scores="random"),
    "magnitude": Method(
        "Magnitude", "the absolute weights that produce a neuron, no data", "plain", scores="magnitude"
    ),
}

IMPORTED = "imported"
"""The method of a plan whose masks were made elsewhere: known to plans, and nothing that can be asked for."""
