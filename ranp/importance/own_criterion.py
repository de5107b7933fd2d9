"""A criterion of the user's own: a function ``(weight, gradient) -> importance`` of every weight.

Both are float tensors of the weight's shape: its values, and the loss's gradient at them for one batch. So is what it
returns: finite numbers of at least 0, the larger the longer a weight's neuron is kept. From there on it is as with the
others: reduced over the weights that produce a neuron, and averaged over the batches.
"""

from collections.abc import Callable

from torch import Tensor

from ranp.importance.criteria import CRITERIA, Criterion, choose
from ranp.own import is_name, name_of, refused, running

OwnCriterion = Callable[[Tensor, Tensor], Tensor]


def criterion_name(criterion: str | OwnCriterion) -> str:
    """Its name in plans: that of `CRITERIA`, or ``module:name``.

    >>> criterion_name("mpmg"), criterion_name(find_criterion)
    ('mpmg', 'ranp.importance.own_criterion:find_criterion')
    """
    return criterion if isinstance(criterion, str) else name_of(criterion)


def find_criterion(criterion: str | OwnCriterion) -> Criterion:
    """The criterion of that name, or one that is made of the function; ``ValueError`` where there is none."""
    if isinstance(criterion, str):
        if criterion not in CRITERIA and is_name(criterion):
            raise refused("criterion", criterion)
        return choose(CRITERIA, criterion, "criterion")
    if not callable(criterion):
        raise ValueError(f"criterion must be a name or a function of (weight, gradient), not {criterion!r}")
    name = name_of(criterion)

    def per_weight(weight: Tensor, gradient: Tensor) -> Tensor:
        with running("criterion", criterion):
            found = criterion(weight, gradient)
        return _checked(name, found, weight)

    return Criterion(title=name, source=name, words="What this function says of each weight.", per_weight=per_weight)


def _checked(name: str, found: Tensor, weight: Tensor) -> Tensor:
    start = f"the criterion '{name}' must return a float for each weight, a tensor of shape {list(weight.shape)}"
    if not isinstance(found, Tensor):
        raise ValueError(f"{start}, not {type(found).__name__}")
    if found.shape != weight.shape or not found.is_floating_point():
        raise ValueError(f"{start}, not {list(found.shape)} of {str(found.dtype).removeprefix('torch.')}")
    if not bool(found.isfinite().all()):
        raise ValueError(f"the criterion '{name}' returned a number that is not finite; every weight needs one that is")
    if bool((found < 0).any()):
        raise ValueError(
            f"the criterion '{name}' returned {float(found.min()):.3g}; importance is at least 0, so take for instance "
            "its absolute value"
        )
    return found.detach()
