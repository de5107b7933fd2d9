"""Optimal allocation: the widths that keep most importance within limits.

In: a channel graph, scores and limits. Out: `Optimum`, its bound, and what one more of a resource would buy.
Test: `pytest tests/selection/optimal`
"""

from ranp.selection.optimal.allocation import LEVELS, Optimum, importance_kept, optimal_allocation
from ranp.selection.optimal.unheld import UNHELD, unheld

__all__ = ["LEVELS", "UNHELD", "Optimum", "importance_kept", "optimal_allocation", "unheld"]
