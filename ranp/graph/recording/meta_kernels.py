"""Operations on the ``meta`` device that have the results that PyTorch finds, up to a hundred times as fast.

PyTorch's own kernels for them are Python, up to dozens of operations on tensors without values, and the first of many
of them imports its compiler; a trace and a memory estimate spent most of their time there. A kernel here answers
`None` for tensors that are less simple than most, and what is not listed here is left to PyTorch.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch._prims_common import suggest_memory_format

from ranp.graph.recording import meta_norms
from ranp.graph.recording.meta_norms import like


def run(function: OpOverload, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The result of the operation on these arguments, whose tensors are all on ``meta``."""
    kernel = KERNELS.get(function)
    result = None if kernel is None else kernel(*args, **kwargs)
    return function(*args, **kwargs) if result is None else result


def _pointwise(*given: Any, **_: Any) -> Tensor | None:
    """A new tensor of the shape that those that are given have together."""
    tensors = [value for value in given if isinstance(value, Tensor)]
    if not _alike(tensors):
        return None
    return _new(tensors[0], _together(tensors))


def _together(tensors: Sequence[Tensor]) -> Sequence[int]:
    shape = tensors[0].shape
    same = all(tensor.shape == shape for tensor in tensors)
    return shape if same else torch.broadcast_shapes(*(tensor.shape for tensor in tensors))


def _pointwise_in_place(first: Tensor, *given: Any, **_: Any) -> Tensor | None:
    tensors = [first, *(value for value in given if isinstance(value, Tensor))]
    return first if _alike(tensors) and len({tensor.shape for tensor in tensors}) == 1 else None


def _one_in_place(values: Tensor, *_: Any, **__: Any) -> Tensor | None:
    """An operation on one tensor that leaves its shape and type."""
    return values if values.is_floating_point() else None


def _scaled(values: Tensor, _: float) -> Tensor | None:
    return like(values) if values.is_floating_point() else None


def _dropout(values: Tensor, probability: float, training: bool) -> Tensor | None:
    return like(values) if training and probability > 0 and _alike((values,)) else None


def _arange(end: Any, *, dtype: torch.dtype | None = None, device: Any = None, **_: Any) -> Tensor | None:
    if not isinstance(end, int) or end < 0 or device is None or torch.device(device).type != "meta":
        return None
    return torch.empty(end, dtype=dtype or torch.int64, device=device)


def _mse_loss(first: Tensor, second: Tensor, reduction: int = 1) -> Tensor | None:
    if not _alike((first, second)) or first.shape != second.shape:
        return None
    return _new(first, first.shape if reduction == 0 else ())


def _like_second(gradient: Tensor, second: Tensor, *given: Any) -> Tensor | None:
    """Backward operations whose result is like the second of tensors that have one shape."""
    others = [second, *(value for value in given if isinstance(value, Tensor))]
    alike = second.ndim > 0 and _alike((gradient, *others)) and len({other.shape for other in others}) == 1
    return _new(second, second.shape) if alike and gradient.shape in ((), second.shape) else None


def _over_dims(values: Tensor, dims: Sequence[int] | None, keepdim: bool = False, **more: Any) -> Tensor | None:
    """A sum or a mean."""
    if not dims or more or not _alike((values,)) or not all(-values.ndim <= dim < values.ndim for dim in dims):
        return None
    gone = {dim % values.ndim for dim in dims}
    sizes = [1 if dim in gone else size for dim, size in enumerate(values.shape) if keepdim or dim not in gone]
    return _new(values, sizes)


def _concatenated(tensors: Sequence[Tensor], dim: int = 0) -> Tensor | None:
    first = tensors[0]
    if not 0 <= dim < first.ndim:
        return None
    others = {(tensor.dtype, *tensor.shape[:dim], *tensor.shape[dim + 1 :]) for tensor in tensors}
    if len(others) > 1 or any(suggest_memory_format(tensor) != torch.contiguous_format for tensor in tensors):
        return None
    return _new(first, (*first.shape[:dim], sum(each.shape[dim] for each in tensors), *first.shape[dim + 1 :]))


def _stacked(tensors: Sequence[Tensor], dim: int = 0) -> Tensor | None:
    first = tensors[0]
    if not 0 <= dim <= first.ndim or not _alike(tensors) or len({tensor.shape for tensor in tensors}) > 1:
        return None
    return _new(first, (*first.shape[:dim], len(tensors), *first.shape[dim:]))


def _linear(values: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor | None:
    fits = weight.ndim == 2 and values.shape[-1] == weight.shape[1] and (bias is None or bias.shape == weight.shape[:1])
    if not fits or not _alike((values,)) or values.dtype != weight.dtype:
        return None
    return _new(values, (*values.shape[:-1], weight.shape[0]))


def _addmm(bias: Tensor, first: Tensor, second: Tensor, **more: Any) -> Tensor | None:
    fits = first.ndim == second.ndim == 2 and first.shape[1] == second.shape[0] and bias.shape == second.shape[1:]
    if more or not fits or not bias.dtype == first.dtype == second.dtype:
        return None
    return _new(first, (first.shape[0], second.shape[1]))


def _rolled(values: Tensor, shifts: Sequence[int], dims: Sequence[int] = ()) -> Tensor | None:
    fits = len(shifts) == len(dims) and all(-values.ndim <= dim < values.ndim for dim in dims)
    return like(values) if fits and dims and values.is_contiguous() else None


def _pooled(values: Tensor, size: Sequence[int]) -> Tensor | None:
    if not _alike((values,)) or values.ndim != 2 + len(size):
        return None
    return _new(values, (*values.shape[:2], *size))


def _resampled(values: Tensor, size: Sequence[int] | None, _: bool, scales: Any = None, *more: Any) -> Tensor | None:
    if size is None and not more and scales and len(scales) == values.ndim - 2:
        size = [int(one * extent) for one, extent in zip(scales, values.shape[2:], strict=True)]
    if size is None or values.ndim != 2 + len(size) or not _alike((values,)):
        return None
    return _new(values, (*values.shape[:2], *size))


def _new(kind: Tensor, shape: Sequence[int]) -> Tensor:
    """A contiguous tensor of the type of ``kind``."""
    return torch.empty(shape, dtype=kind.dtype, device=kind.device)


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


_ALIKE = "add.Tensor sub.Tensor mul.Tensor div.Tensor addcmul addcdiv sqrt relu hardtanh leaky_relu sigmoid "
_ALIKE += "gelu silu elu softplus hardswish hardsigmoid tanh exp"
_ALIKE_BACKWARD = "threshold_backward hardtanh_backward leaky_relu_backward sigmoid_backward"
_IN_PLACE = "add_.Tensor sub_.Tensor mul_.Tensor div_.Tensor addcmul_ addcdiv_ sqrt_ relu_ hardtanh_ lerp_.Scalar"
_ONE_IN_PLACE = "leaky_relu_ silu_ elu_ hardswish_ hardsigmoid_ sigmoid_ tanh_"

KERNELS: dict[OpOverload, Callable[..., Any]] = {
    **meta_norms.KERNELS,
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
    torch.ops.aten.roll.default: _rolled,
    **dict.fromkeys(_named("adaptive_avg_pool2d adaptive_avg_pool3d"), _pooled),
    **dict.fromkeys(_named(f"{_ALIKE} {_ALIKE_BACKWARD}"), _pointwise),
    **dict.fromkeys(_named(_IN_PLACE), _pointwise_in_place),
    **dict.fromkeys(_named(_ONE_IN_PLACE), _one_in_place),
    **dict.fromkeys(_named("mean.dim sum.dim_IntList"), _over_dims),
    **dict.fromkeys(
        _named("upsample_bilinear2d upsample_bilinear2d.vec upsample_trilinear3d upsample_trilinear3d.vec"), _resampled
    ),
}
