"""Importance: what makes a neuron matter.

In: a network, batches and a loss. Out: one number for each neuron of each layer (`importance`), or each weight's share
in it (`connections`). A criterion and a reduction are entries of `CRITERIA` and `REDUCTIONS`.
Test: `pytest tests/importance`
"""

from ranp.importance.connections import Connections, connections
from ranp.importance.criteria import CRITERIA, REDUCTIONS, choose
from ranp.importance.own_criterion import OwnCriterion, criterion_name, find_criterion
from ranp.importance.passes import scoring_passes
from ranp.importance.score import importance
from ranp.importance.signals import Batch

__all__ = [
    "CRITERIA",
    "REDUCTIONS",
    "Batch",
    "Connections",
    "OwnCriterion",
    "choose",
    "connections",
    "criterion_name",
    "find_criterion",
    "importance",
    "scoring_passes",
]
