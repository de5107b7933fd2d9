"""Normalisations on the ``meta`` device, as whole operations: what `ranp.graph.recording.meta_kernels` says of them."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload


def like(values: Tensor) -> Tensor:
    """As ``torch.empty_like``, which takes ten times as long on ``meta``."""
    if values.is_contiguous():
        return torch.empty_strided(values.shape, values.stride(), dtype=values.dtype, device=values.device)
    return torch.empty_like(values)


def _batch_norm(values: Tensor, *given: Any, **_: Any) -> Tensor:
    """As the whole operation, before PyTorch takes it apart."""
    for tensor in given:
        if isinstance(tensor, Tensor) and tensor.shape != values.shape[1:2]:
            raise RuntimeError(f"expected {values.shape[1]} scales, shifts or statistics, got {list(tensor.shape)}")
    return like(values)


def _instance_norm(values: Tensor, *given: Any, **_: Any) -> Tensor | None:
    """As the whole operation; where its scales, shifts or statistics do not fit, PyTorch says so."""
    fits = _fit(given, values.shape[1:2], values.dtype)
    simple = values.ndim > 2 and values.shape[2:].numel() > 1 and values.is_contiguous() and values.is_floating_point()
    return like(values) if fits and simple and values.numel() > 0 else None


def _layer_norm(values: Tensor, shape: Sequence[int], *given: Any, **_: Any) -> Tensor | None:
    fits = len(shape) > 0 and tuple(values.shape[-len(shape) :]) == tuple(shape) and _fit(given, shape, values.dtype)
    return like(values) if fits and values.is_contiguous() and values.is_floating_point() else None


def _group_norm(values: Tensor, groups: int, *given: Any, **_: Any) -> Tensor | None:
    simple = values.ndim > 1 and values.is_contiguous() and values.is_floating_point() and values.numel() > 0
    if not simple or groups < 1 or values.shape[1] % groups or not _fit(given, values.shape[1:2], values.dtype):
        return None
    return like(values)


def _prelu(values: Tensor, slopes: Tensor) -> Tensor | None:
    fits = slopes.shape == (1,) or (values.ndim > 1 and slopes.shape == values.shape[1:2])
    simple = values.is_contiguous() and values.is_floating_point() and slopes.dtype == values.dtype
    return like(values) if fits and simple else None


def _fit(given: Sequence[Any], shape: Sequence[int], kind: torch.dtype) -> bool:
    """Whether the scales, shifts and statistics are of this shape and type."""
    return all(each.shape == torch.Size(shape) and each.dtype == kind for each in given if isinstance(each, Tensor))


def _batch_norm_forward(
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


def _batch_norm_backward(grad: Tensor, values: Tensor, *given: Any) -> tuple[Tensor | None, ...]:
    """The gradients of the values, the scales and the shifts, as far as ``output_mask``, given last, asks for them."""
    wanted_values, *wanted = given[-1]
    channels = values.shape[1]
    return (
        like(values) if wanted_values else None,
        *(values.new_empty(channels) if one else None for one in wanted),
    )


KERNELS: dict[OpOverload, Callable[..., Any]] = {
    torch.ops.aten.batch_norm.default: _batch_norm,
    torch.ops.aten.native_batch_norm.default: _batch_norm_forward,
    torch.ops.aten.native_batch_norm_backward.default: _batch_norm_backward,
    torch.ops.aten.instance_norm.default: _instance_norm,
    torch.ops.aten.layer_norm.default: _layer_norm,
    torch.ops.aten.group_norm.default: _group_norm,
    torch.ops.aten.prelu.default: _prelu,
}
