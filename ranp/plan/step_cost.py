"""What a training step takes before and after, and under which terms: the costs that a graph alone does not know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ranp.selection import STEP_BUDGETS, Pricer, Pricers
from ranp.types import Masks

Layers = Mapping[str, tuple[float, float | None]]
"""Layer -> what its own operations take before and after; None where nothing can be built."""


@dataclass(frozen=True)
class StepCost:
    """Of one of `ranp.selection.STEP_BUDGETS`, in the unit of its cost; ``pruned`` is None where nothing can be built.

    ``terms`` are what else the figures are of, as JSON holds them: the batch, the optimizer, the precision. ``layers``
    are what single layers take, where a time table tells it; a plan's file does not keep them.
    """

    budget: str
    full: float
    pruned: float | None
    terms: Mapping[str, Any]
    layers: Layers = field(default_factory=dict, compare=False)

    @property
    def cost(self) -> str:
        """The name under which results tell it."""
        return STEP_BUDGETS[self.budget].cost

    def as_dict(self) -> dict[str, Any]:
        """Without the layers, as a plan's file has it."""
        return {"budget": self.budget, "full": self.full, "pruned": self.pruned, "terms": dict(self.terms)}

    def of_layer(self, layer: str) -> dict[str, float | None]:
        """What the layer takes before and after, under the names of the cost; nothing where no table tells it."""
        if not self.layers:
            return {}
        full, pruned = self.layers[layer]
        return {self.cost: full, f"pruned_{self.cost}": pruned}


def off_in_words(terms: Mapping[str, Any]) -> str:
    """How far the seconds of a step are off, by the terms that they are of, of which a plan's file may say anything.

    >>> off_in_words({"error": 0.05}), off_in_words({"error": None})
    ('off by +5% when that was measured', 'how far it is off is unknown')
    """
    error = terms.get("error")
    known = isinstance(error, int | float)
    return f"off by {error:+.0%} when that was measured" if known else "how far it is off is unknown"


def step_costs(pricers: Pricers, kept: Masks, feasible: bool) -> tuple[StepCost, ...]:
    """One for each of ``pricers``, with only ``kept`` left."""
    return tuple(
        StepCost(
            kind,
            pricer.price(None),
            pricer.price(kept) if feasible else None,
            dict(pricer.terms),
            _layers(pricer, kept, feasible),
        )
        for kind, pricer in pricers.items()
    )


def _layers(pricer: Pricer, kept: Masks, feasible: bool) -> Layers:
    if pricer.by_layer is None:
        return {}
    full, pruned = pricer.by_layer(None), pricer.by_layer(kept) if feasible else {}
    return {name: (full[name], pruned.get(name)) for name in kept}
