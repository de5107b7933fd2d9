"""Dropout that a network's code calls as a function, passed by: two networks of different widths draw differently.

Modules are told by their ``p``; ``torch.nn.functional.dropout`` and its kin, and attention's ``dropout_p``, by this.
"""

from collections.abc import Callable, Sequence
from typing import Any

from torch.overrides import TorchFunctionMode

_DRAWS = frozenset(
    name + ending
    for name in ("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout")
    for ending in ("", "_")
) | {"dropout1d", "dropout2d", "dropout3d"}
_ATTENTION = "scaled_dot_product_attention"
_PLACE = 4
"""Of ``dropout_p`` among attention's arguments."""


class WithoutDropout(TorchFunctionMode):
    """A context in which dropout functions hand on what they are given.

    >>> import torch
    >>> with WithoutDropout():
    ...     torch.nn.functional.dropout(torch.ones(3), 0.5, training=True).tolist()
    [1.0, 1.0, 1.0]
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given, named = list(args), dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if name in _DRAWS:
            return given[0] if given else named["input"]
        if name == _ATTENTION:
            if len(given) > _PLACE:
                given[_PLACE] = 0.0
            elif "dropout_p" in named:
                named["dropout_p"] = 0.0
        return func(*given, **named)
