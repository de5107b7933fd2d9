"""How often a criterion runs a network forward and backward, for what scoring costs."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from ranp.importance.activations import densities
from ranp.importance.discriminants import discriminants
from ranp.importance.norm_scales import norm_scales
from ranp.importance.own_criterion import OwnCriterion, find_criterion
from ranp.importance.signals import Measured, Subject, hessian_gradients

FORWARD = Fraction(1, 3)
"""Of a pass forward and backward, which is counted as three as long."""


def scoring_passes(criterion: str | OwnCriterion) -> tuple[Fraction, bool]:
    """Passes forward and backward over what is scored on, and whether that is data; else it is one made-up example.

    ``grasp`` takes the mean gradient in a first pass, keeps the graph of a second one, and goes back through that,
    which is counted as a third. ``synflow`` asks a plain chain of layers for its gradient, here counted like a network.
    Where nothing goes backward, a pass is a third of one.

    >>> [str(scoring_passes(name)[0]) for name in ("mpmg", "grasp", "l2", "synflow", "activation-density")]
    ['1', '3', '0', '100', '1/3']
    >>> scoring_passes("mpmg")[1], scoring_passes("synflow")[1]
    (True, False)
    """
    rule = find_criterion(criterion)
    if not rule.runs_network:
        return Fraction(0), rule.needs_data
    return _PASSES.get(rule.signal, Fraction(1)) * rule.rounds, rule.needs_data


_PASSES: dict[Callable[[Subject], Iterator[Measured]], Fraction] = {
    hessian_gradients: Fraction(3),
    densities: FORWARD,
    discriminants: FORWARD,
    norm_scales: FORWARD,
}
