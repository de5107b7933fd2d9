"""Fitting: a network cut down to what one has, with the proof.

In: a network, its inputs, and what may be left: a card's memory at a batch, a share of the MACs. Out: a smaller
network, its plan, the peak memory of a training step before and after, and what could not be cut and why.
Test: `pytest tests/fitting`
"""

from ranp.fitting.fit import fit
from ranp.fitting.fitted import Fitted
from ranp.fitting.within import plan_within, step_cost

__all__ = ["Fitted", "fit", "plan_within", "step_cost"]
