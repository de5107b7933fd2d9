"""How often a criterion runs a network forward and backward, for what scoring costs."""

from ranp.importance.own_criterion import OwnCriterion, find_criterion
from ranp.importance.signals import hessian_gradients, weights_alone


def scoring_passes(criterion: str | OwnCriterion) -> tuple[int, bool]:
    """Passes forward and backward over what is scored on, and whether that is data; else it is one made-up example.

    ``grasp`` takes the mean gradient in a first pass, keeps the graph of a second one, and goes back through that,
    which is counted as a third. ``synflow`` asks a plain chain of layers for its gradient, here counted like a network.

    >>> scoring_passes("mpmg"), scoring_passes("grasp"), scoring_passes("l2"), scoring_passes("synflow")
    ((1, True), (3, True), (0, False), (100, False))
    """
    rule = find_criterion(criterion)
    once = 3 if rule.signal is hessian_gradients else 0 if rule.signal is weights_alone else 1
    return once * rule.rounds, rule.needs_data
