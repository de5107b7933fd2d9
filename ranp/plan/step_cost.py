"""What a training step takes before and after, and under which terms: the costs that a graph alone does not know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ranp.selection import STEP_BUDGETS, Pricers
from ranp.types import Masks


@dataclass(frozen=True)
class StepCost:
    """Of one of `ranp.selection.STEP_BUDGETS`, in the unit of its cost; ``pruned`` is None where nothing can be built.

    ``terms`` are what else the figures are of, as JSON holds them: the batch, the optimizer, the precision.
    """

    budget: str
    full: float
    pruned: float | None
    terms: Mapping[str, Any]

    @property
    def cost(self) -> str:
        """The name under which results tell it."""
        return STEP_BUDGETS[self.budget].cost


def step_costs(pricers: Pricers, kept: Masks, feasible: bool) -> tuple[StepCost, ...]:
    """One for each of ``pricers``, with only ``kept`` left."""
    return tuple(
        StepCost(kind, pricer.price(None), pricer.price(kept) if feasible else None, dict(pricer.terms))
        for kind, pricer in pricers.items()
    )
