"""Operations on the ``meta`` device that have the results that PyTorch finds, up to a hundred times as fast.

PyTorch's own kernels for them are Python, up to dozens of operations on tensors without values, and the first of many
of them imports its compiler; a trace and a memory estimate spent most of their time there. A kernel here answers
`NotImplemented` for tensors that are less simple than most, and what is not listed here is left to PyTorch.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch._prims_common import suggest_memory_format


def run(function: OpOverload, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The result of the operation on these arguments, whose tensors are all on ``meta``."""
    kernel = KERNELS.get(function)
    result = NotImplemented if kernel is None else kernel(*args, **kwargs)
    return function(*args, **kwargs) if result is NotImplemented else result


def _batch_norm(values: Tensor, *given: Any, **_: Any) -> Tensor:
    """As the whole operation, before PyTorch takes it apart."""
    for tensor in given:
        if isinstance(tensor, Tensor) and tensor.shape != values.shape[1:2]:
            raise RuntimeError(f"expected {values.shape[1]} scales, shifts or statistics, got {list(tensor.shape)}")
    return torch.empty_like(values)


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
        torch.empty_like(values) if wanted_values else None,
        *(values.new_empty(channels) if one else None for one in wanted),
    )


def _pointwise(*given: Any, **_: Any) -> Tensor:
    """A new tensor of the shape that those that are given have together."""
    tensors = [value for value in given if isinstance(value, Tensor)]
    if not _alike(tensors):
        return NotImplemented
    return tensors[0].new_empty(torch.broadcast_shapes(*(tensor.shape for tensor in tensors)))


def _pointwise_in_place(first: Tensor, *given: Any, **_: Any) -> Tensor:
    tensors = [first, *(value for value in given if isinstance(value, Tensor))]
    return first if _alike(tensors) and len({tensor.shape for tensor in tensors}) == 1 else NotImplemented


def _scaled(values: Tensor, _: float) -> Tensor:
    return torch.empty_like(values) if values.is_floating_point() else NotImplemented


def _dropout(values: Tensor, probability: float, training: bool) -> Tensor:
    return torch.empty_like(values) if training and probability > 0 and _alike((values,)) else NotImplemented


def _arange(end: Any, *, dtype: torch.dtype | None = None, device: Any = None, **_: Any) -> Tensor:
    if not isinstance(end, int) or end < 0 or device is None or torch.device(device).type != "meta":
        return NotImplemented
    return torch.empty(end, dtype=dtype or torch.int64, device=device)


def _mse_loss(first: Tensor, second: Tensor, reduction: int = 1) -> Tensor:
    if not _alike((first, second)) or first.shape != second.shape:
        return NotImplemented
    return first.new_empty(first.shape if reduction == 0 else ())


def _like_second(gradient: Tensor, second: Tensor, *given: Any) -> Tensor:
    """Backward operations whose result is like the second of tensors that have one shape."""
    others = [second, *(value for value in given if isinstance(value, Tensor))]
    alike = second.ndim > 0 and _alike((gradient, *others)) and len({other.shape for other in others}) == 1
    return second.new_empty(second.shape) if alike and gradient.shape in ((), second.shape) else NotImplemented


def _over_dims(values: Tensor, dims: Sequence[int] | None, keepdim: bool = False, **more: Any) -> Tensor:
    """A sum or a mean."""
    if not dims or more or not _alike((values,)) or not all(-values.ndim <= dim < values.ndim for dim in dims):
        return NotImplemented
    gone = {dim % values.ndim for dim in dims}
    sizes = [1 if dim in gone else size for dim, size in enumerate(values.shape) if keepdim or dim not in gone]
    return values.new_empty(sizes)


def _concatenated(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    first = tensors[0]
    if not 0 <= dim < first.ndim:
        return NotImplemented
    others = {(tensor.dtype, *tensor.shape[:dim], *tensor.shape[dim + 1 :]) for tensor in tensors}
    if len(others) > 1 or any(suggest_memory_format(tensor) != torch.contiguous_format for tensor in tensors):
        return NotImplemented
    return first.new_empty((*first.shape[:dim], sum(each.shape[dim] for each in tensors), *first.shape[dim + 1 :]))


def _stacked(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    first = tensors[0]
    if not 0 <= dim <= first.ndim or not _alike(tensors) or len({tensor.shape for tensor in tensors}) > 1:
        return NotImplemented
    return first.new_empty((*first.shape[:dim], len(tensors), *first.shape[dim:]))


def _linear(values: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    fits = weight.ndim == 2 and values.shape[-1] == weight.shape[1] and (bias is None or bias.shape == weight.shape[:1])
    if not fits or not _alike((values,)) or values.dtype != weight.dtype:
        return NotImplemented
    return values.new_empty((*values.shape[:-1], weight.shape[0]))


def _addmm(bias: Tensor, first: Tensor, second: Tensor, **more: Any) -> Tensor:
    fits = first.ndim == second.ndim == 2 and first.shape[1] == second.shape[0] and bias.shape == second.shape[1:]
    if more or not fits or not bias.dtype == first.dtype == second.dtype:
        return NotImplemented
    return first.new_empty((first.shape[0], second.shape[1]))


def _pooled(values: Tensor, size: Sequence[int]) -> Tensor:
    if not _alike((values,)) or values.ndim != 2 + len(size):
        return NotImplemented
    return values.new_empty((*values.shape[:2], *size))


def _resampled(values: Tensor, size: Sequence[int] | None, *_: Any) -> Tensor:
    if size is None or values.ndim != 2 + len(size) or not _alike((values,)):
        return NotImplemented
    return values.new_empty((*values.shape[:2], *size))


def _alike(tensors: Sequence[Tensor]) -> bool:
    """Whether all are contiguous, but for repetitions, and of one floating-point type."""
    kind = tensors[0].dtype
    return kind.is_floating_point and all(
        tensor.dtype == kind and (tensor.is_contiguous() or _repeats(tensor)) for tensor in tensors
    )


def _repeats(tensor: Tensor) -> bool:
    """Whether it is a contiguous tensor that was expanded."""
    expected = 1
    for size, stride in zip(reversed(tensor.shape), reversed(tensor.stride()), strict=True):
        if size > 1 and stride > 0:
            if stride != expected:
                return False
            expected *= size
    return True


def _named(names: str) -> list[OpOverload]:
    """The operations of these names: ``add.Tensor``, ``relu`` (which has one overload) and so on."""
    found = []
    for name in names.split():
        packet, _, overload = name.partition(".")
        found.append(getattr(getattr(torch.ops.aten, packet), overload or "default"))
    return found


_ALIKE = "add.Tensor sub.Tensor mul.Tensor div.Tensor addcmul addcdiv sqrt relu hardtanh leaky_relu sigmoid"
_ALIKE_BACKWARD = "threshold_backward hardtanh_backward leaky_relu_backward sigmoid_backward"
_IN_PLACE = "add_.Tensor sub_.Tensor mul_.Tensor div_.Tensor addcmul_ addcdiv_ sqrt_ relu_ hardtanh_ lerp_.Scalar"

KERNELS: dict[OpOverload, Callable[..., Any]] = {
    torch.ops.aten.batch_norm.default: _batch_norm,
    torch.ops.aten.native_batch_norm.default: _batch_norm_forward,
    torch.ops.aten.native_batch_norm_backward.default: _batch_norm_backward,
    torch.ops.aten.mse_loss.default: _mse_loss,
    torch.ops.aten.mse_loss_backward.default: _like_second,
    torch.ops.aten.cat.default: _concatenated,
    torch.ops.aten._softmax_backward_data.default: _like_second,
    torch.ops.aten.stack.default: _stacked,
    torch.ops.aten.dropout.default: _dropout,
    torch.ops.aten.arange.default: _arange,
    **dict.fromkeys(_named("mul.Scalar div.Scalar"), _scaled),
    torch.ops.aten.linear.default: _linear,
    torch.ops.aten.addmm.default: _addmm,
    **dict.fromkeys(_named("adaptive_avg_pool2d adaptive_avg_pool3d"), _pooled),
    **dict.fromkeys(_named(f"{_ALIKE} {_ALIKE_BACKWARD}"), _pointwise),
    **dict.fromkeys(_named(_IN_PLACE), _pointwise_in_place),
    **dict.fromkeys(_named("mean.dim sum.dim_IntList"), _over_dims),
    **dict.fromkeys(
        _named("upsample_bilinear2d upsample_bilinear2d.vec upsample_trilinear3d upsample_trilinear3d.vec"), _resampled
    ),
}
