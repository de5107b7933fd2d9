"""A model on loan for scoring: batch statistics on, dropout off, and handed back exactly as it came."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

# Dropping whole paths is a module of each library's own; these names are the common ones.
_PATH_DROPOUTS = {"DropPath", "StochasticDepth"}

_DROPOUT_FUNCTIONS = {
    F.dropout,
    F.dropout1d,
    F.dropout2d,
    F.dropout3d,
    F.alpha_dropout,
    F.feature_alpha_dropout,
    torch.dropout,
    torch.dropout_,
    torch.feature_dropout,
    torch.feature_dropout_,
    torch.alpha_dropout,
    torch.alpha_dropout_,
    torch.feature_alpha_dropout,
    torch.feature_alpha_dropout_,
}


@contextmanager
def scoring_mode(model: nn.Module, parameters: Sequence[Tensor]) -> Iterator[None]:
    """Put the model in training mode without dropout, its `parameters` open to gradients; undo everything at the end.

    Training mode gives norm layers the batch's own statistics and switches on heads that exist only in training.
    What a forward pass may move comes back as it was, also after an exception: parameters (a moving average of another
    network's, say), running statistics and every other buffer, tensors and numbers that modules hold as attributes,
    training flags and `requires_grad`. A parameter's `grad` is the caller's to leave alone.

    >>> model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(), nn.BatchNorm1d(2)).eval()
    >>> with scoring_mode(model, list(model.parameters())):
    ...     print([module.training for module in model], model(torch.ones(4, 2)).shape)
    [True, False, True] torch.Size([4, 2])
    >>> [module.training for module in model], model[2].running_mean
    ([False, False, False], tensor([0., 0.]))
    """
    numbers = [(module, _numbers(module)) for module in model.modules()]
    gradients = [(parameter, parameter.requires_grad) for parameter in parameters]
    held = [tensor for module in model.modules() for tensor in _held(module)]
    try:
        for module, _ in numbers:
            module.training = not _drops(module)
        for parameter in parameters:
            parameter.requires_grad_(True)
        with torch.enable_grad(), _NoDropout():
            yield
    finally:
        for module, values in numbers:
            vars(module).update(values)
        for parameter, required in gradients:
            parameter.requires_grad_(required)
        for table, name, tensor, value in held:
            table[name] = tensor
            if not torch.equal(tensor, value):  # writing the same would spoil graphs that somebody else holds
                with torch.no_grad():
                    tensor.copy_(value)


def _numbers(module: nn.Module) -> dict[str, Any]:
    """The numbers that a module holds: its training flag, and perhaps a count of its calls."""
    return {name: value for name, value in vars(module).items() if isinstance(value, (bool, int, float))}


def _held(module: nn.Module) -> Iterator[tuple[dict[str, Any], str, Tensor, Tensor]]:
    """Every tensor that a module holds itself: where, by what name, and with which values."""
    for table in (module._parameters, module._buffers, vars(module)):
        for name, tensor in table.items():
            if isinstance(tensor, Tensor) and not is_lazy(tensor):
                yield table, name, tensor, tensor.detach().clone()


def _drops(module: nn.Module) -> bool:
    return isinstance(module, (_DropoutNd, nn.MultiheadAttention)) or type(module).__name__ in _PATH_DROPOUTS


class _NoDropout(TorchFunctionMode):
    """Turns every dropout into the identity, for models that call it as a function."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in _DROPOUT_FUNCTIONS:
            return args[0] if args else kwargs["input"]
        if func is F.scaled_dot_product_attention:
            if len(args) > 4:
                args = (*args[:4], 0.0, *args[5:])
            else:
                kwargs = {**kwargs, "dropout_p": 0.0}
        return func(*args, **kwargs)
