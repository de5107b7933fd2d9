"""An optimizer of one's own: the import path of a function of the network's parameters."""

from collections.abc import Callable, Iterable

import torch
from torch import nn

from ranp.subject.own_code import OwnCodeError, call_own, load_own, unmet


def own_optimizer(path: str | None) -> Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer] | None:
    """What makes the optimizer at the import path; None where none is named."""
    if path is None:
        return None
    function = load_own(path)

    def made(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        found = call_own(path, function, list(parameters))
        if not isinstance(found, torch.optim.Optimizer):
            raise OwnCodeError(f"'{path}' must return a torch.optim.Optimizer, not {type(found).__name__}")
        if wanted := unmet(found.step):
            raise OwnCodeError(
                f"the optimizer {type(found).__name__} of '{path}' needs the argument {wanted} to take a step; return "
                "one that needs none, such as SGD"
            )
        if any("lr" not in group for group in found.param_groups):
            raise OwnCodeError(f"the optimizer of '{path}' has no learning rate to follow the schedule; give it 'lr'")
        return found

    return made
