"""Batch normalisation on the ``meta`` device: the shapes that PyTorch finds, a hundred times as fast.

PyTorch's own kernels for it are Python, dozens of operations on tensors without values; a trace and a memory estimate
spent most of their time there. All other operations take PyTorch's kernels.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload


def _batch_norm(values: Tensor, *given: Any, **_: Any) -> Tensor:
    """As the whole operation, before PyTorch takes it apart."""
    for tensor in given:
        if isinstance(tensor, Tensor) and tensor.shape != values.shape[1:2]:
            raise RuntimeError(f"expected {values.shape[1]} scales, shifts or statistics, got {list(tensor.shape)}")
    return torch.empty_like(values)


def _forward(
    values: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    mean: Tensor | None,
    variance: Tensor | None,
    training: bool,
    *_: Any,
) -> tuple[Tensor, Tensor, Tensor]:
    """The result, and the mean and deviation that training saves for the backward pass."""
    saved = values.shape[1] if training else 0
    return _batch_norm(values, weight, bias, mean, variance), values.new_empty(saved), values.new_empty(saved)


def _backward(grad: Tensor, values: Tensor, weight: Tensor | None, *given: Any) -> tuple[Tensor | None, ...]:
    """The gradients of the values, the scales and the shifts, as far as ``output_mask``, given last, asks for them."""
    wanted_values, *wanted = given[-1]
    channels = values.shape[1]
    return (
        torch.empty_like(values) if wanted_values else None,
        *(values.new_empty(channels) if one else None for one in wanted),
    )


QUICK: dict[OpOverload, Callable[..., Any]] = {
    torch.ops.aten.batch_norm.default: _batch_norm,
    torch.ops.aten.native_batch_norm.default: _forward,
    torch.ops.aten.native_batch_norm_backward.default: _backward,
}
