"""One step of an optimizer by PyTorch's own functions, without the class that would hold its state.

An estimate of memory needs the state and the temporary tensors of an update, and no more. The classes of `torch.optim`
import PyTorch's compiler when they are used, which takes longer than many an estimate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

State = dict[str, Tensor]


@dataclass(frozen=True)
class Optimizer:
    """``state`` is what is kept of a parameter from step to step; ``update`` changes both by the gradients."""

    state: Callable[[Tensor], State]
    update: Callable[[list[Tensor], list[Tensor], list[State]], None]


def _moments(parameter: Tensor) -> State:
    return {
        "step": torch.tensor(0.0),
        "exp_avg": torch.zeros_like(parameter),
        "exp_avg_sq": torch.zeros_like(parameter),
    }


def _adam(function: Callable[..., None], weight_decay: float) -> Optimizer:
    settings: dict[str, Any] = {"amsgrad": False, "beta1": 0.9, "beta2": 0.999, "lr": 1e-3, "eps": 1e-8}

    def update(parameters: list[Tensor], gradients: list[Tensor], states: list[State]) -> None:
        first, second, steps = ([state[name] for state in states] for name in ("exp_avg", "exp_avg_sq", "step"))
        function(
            parameters, gradients, first, second, [], steps,
            foreach=False, maximize=False, weight_decay=weight_decay, **settings,
        )  # fmt: skip

    return Optimizer(_moments, update)


def _sgd(momentum: float) -> Optimizer:
    def update(parameters: list[Tensor], gradients: list[Tensor], states: list[State]) -> None:
        sgd(
            parameters, gradients, [state.get("momentum_buffer") for state in states],
            foreach=False, weight_decay=0.0, momentum=momentum, lr=1e-3, dampening=0.0, nesterov=False, maximize=False,
        )  # fmt: skip

    return Optimizer(lambda parameter: {"momentum_buffer": torch.zeros_like(parameter)} if momentum else {}, update)


OPTIMIZERS = {"adamw": _adam(adamw, 1e-2), "adam": _adam(adam, 0.0), "sgd": _sgd(0.0), "momentum": _sgd(0.9)}
"""Those of `torch.optim`, with its defaults, one parameter at a time as on a CPU."""
