"""How often a criterion runs a network forward and backward, for what scoring costs."""

from fractions import Fraction
from typing import Literal

from ranp.importance.own_criterion import OwnCriterion, find_criterion


def scoring_passes(criterion: str | OwnCriterion) -> tuple[Fraction, Literal["all", "first", "one"]]:
    """Passes forward and backward, and over what: all batches, the first one, or one made-up example of its shape.

    ``grasp`` takes the mean gradient in a first pass, keeps the graph of a second one, and goes back through that,
    which is counted as a third. ``synflow`` asks a plain chain of layers for its gradient, here counted like a network.
    Where nothing goes backward, a pass is a third of one.

    >>> [str(scoring_passes(name)[0]) for name in ("mpmg", "grasp", "l2", "synflow", "activation-density")]
    ['1', '3', '0', '100', '1/3']
    >>> [scoring_passes(name)[1] for name in ("mpmg", "bn-scale", "synflow")]
    ['all', 'first', 'one']
    """
    rule = find_criterion(criterion)
    return rule.passes * rule.rounds, rule.examples
