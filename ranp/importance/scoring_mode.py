"""A model on loan for scoring: batch statistics on, dropout off, and handed back exactly as it came."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules.dropout import _DropoutNd
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
def scoring_mode(model: nn.Module, parameters: Sequence[nn.Parameter]) -> Iterator[None]:
    """Put the model in training mode without dropout, its `parameters` open to gradients; undo everything at the end.

    Training mode gives norm layers the batch's own statistics and switches on heads that exist only in training.
    Running statistics and every other buffer, training flags and `requires_grad` come back as they were, also after an
    exception. A module's `grad` is not used: take gradients with `torch.autograd.grad`.

    >>> model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(), nn.BatchNorm1d(2)).eval()
    >>> with scoring_mode(model, list(model.parameters())):
    ...     print([module.training for module in model], model(torch.ones(4, 2)).shape)
    [True, False, True] torch.Size([4, 2])
    >>> [module.training for module in model], model[2].running_mean
    ([False, False, False], tensor([0., 0.]))
    """
    training = [(module, module.training) for module in model.modules()]
    gradients = [(parameter, parameter.requires_grad) for parameter in parameters]
    buffers = [
        (module, name, buffer, buffer.clone())
        for module in model.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    try:
        for module, _ in training:
            module.training = not _drops(module)
        for parameter in parameters:
            parameter.requires_grad_(True)
        with torch.enable_grad(), _NoDropout():
            yield
    finally:
        for module, flag in training:
            module.training = flag
        for parameter, required in gradients:
            parameter.requires_grad_(required)
        for module, name, buffer, value in buffers:
            module._buffers[name] = buffer
            with torch.no_grad():
                buffer.copy_(value)


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
