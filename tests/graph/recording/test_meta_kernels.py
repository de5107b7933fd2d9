"""The quick kernels of `meta` against PyTorch's own: shapes, types, layouts, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._ops import OpOverload

from ranp.graph import meta_kernels
from ranp.graph.recording.meta_kernels import KERNELS


def meta(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.empty(shape, dtype=dtype, device="meta")


def channels_last(value: Tensor) -> Tensor:
    return value.contiguous(memory_format=torch.channels_last_3d)


SHAPE = (2, 3, 4, 5, 6)
TENSORS: dict[str, Callable[[], Tensor]] = {
    "contiguous": lambda: meta(*SHAPE),
    "double": lambda: meta(*SHAPE, dtype=torch.float64),
    "integers": lambda: meta(*SHAPE, dtype=torch.int64),
    "channels last": lambda: channels_last(meta(*SHAPE)),
    "transposed": lambda: meta(2, 3, 4, 6, 5).transpose(3, 4),
    "expanded": lambda: meta(2, 1, 4, 5, 6).expand(SHAPE),
    "sliced": lambda: meta(2, 6, 4, 5, 6)[:, ::2],
    "per channel": lambda: meta(1, 3, 1, 1, 1),
    "number": lambda: meta(),
    "of another shape": lambda: meta(2, 3, 4, 5, 7),
}
MORE: dict[str, tuple[Any, ...]] = {
    "lerp_.Scalar": (0.1,), "mul.Scalar": (2.0,), "div.Scalar": (2.0,), "hardtanh": (0.0, 6.0), "hardtanh_": (0.0, 6.0),
    "leaky_relu": (0.1,), "roll": ([1, 2], [2, -1]), "threshold_backward": (0.0,), "hardtanh_backward": (0.0, 6.0),
    "leaky_relu_backward": (0.1, False), "_softmax_backward_data": (1, torch.float32), "mse_loss_backward": (1,),
    "dropout": (0.5, True), "mean.dim": ([2, -1],), "sum.dim_IntList": ([2, 3, 4], True),
    "adaptive_avg_pool3d": ([1, 2, 1],), "adaptive_avg_pool2d": ([1, 1],),
    "upsample_trilinear3d": ([7, 8, 9], False), "upsample_trilinear3d.vec": ([7, 8, 9], False, None),
    "upsample_bilinear2d": ([7, 8], False), "upsample_bilinear2d.vec": ([7, 8], False, None),
}  # fmt: skip
OWN_ARGUMENTS = (
    "cat",
    "stack",
    "linear",
    "addmm",
    "arange",
    "batch_norm",
    "instance_norm",
    "layer_norm",
    "group_norm",
    "native_batch_norm",
    "native_batch_norm_backward",
)


def name_of(function: OpOverload) -> str:
    packet, overload = function._schema.name.partition("::")[2], function._overloadname
    return packet if overload == "default" else f"{packet}.{overload}"


def answer(run: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The result's shapes, types and layouts, or that it was refused."""
    try:
        result = run(*args, **kwargs)
    except (RuntimeError, ValueError, IndexError, ZeroDivisionError):
        return "refused"
    found = result if isinstance(result, tuple) else (result,)
    return [None if one is None else (one.shape, one.dtype, one.is_contiguous(), one.is_meta) for one in found]


def same(function: OpOverload, *args: Any, **kwargs: Any) -> None:
    assert answer(meta_kernels.run, function, args, kwargs) == answer(function, *args, **kwargs)


def tensors_of(function: OpOverload) -> int:
    return sum(str(argument.type) == "Tensor" for argument in function._schema.arguments)


POINTWISE = [each for each in KERNELS if name_of(each) not in OWN_ARGUMENTS]


@pytest.mark.parametrize("function", POINTWISE, ids=name_of)
def test_every_pair_of_tensors(function: OpOverload) -> None:
    for first in TENSORS.values():
        for second in TENSORS.values():
            tensors = [first(), *(second() for _ in range(tensors_of(function) - 1))]
            if function is torch.ops.aten._softmax_backward_data.default and tensors[0].dtype != torch.float32:
                continue  # its last argument says which type there was
            same(function, *tensors, *MORE.get(name_of(function), ()))


def test_joining() -> None:
    for function in (torch.ops.aten.cat.default, torch.ops.aten.stack.default):
        for dim in (0, 1, -1, 7):
            for first in TENSORS.values():
                for second in TENSORS.values():
                    same(function, [first(), second(), first()], dim)
    same(torch.ops.aten.cat.default, [meta(0), meta(2, 3)])
    same(torch.ops.aten.cat.default, [meta(2, 3), meta(2, 4)], 1)


def test_linear_maps() -> None:
    for values in (meta(2, 3), meta(4, 2, 3), meta(3), meta(2, 4), meta(2, 3, dtype=torch.float64)):
        for bias in (None, meta(5), meta(4)):
            same(torch.ops.aten.linear.default, values, meta(5, 3), bias)
        for bias in (meta(5), meta(2, 5), meta(4)):
            same(torch.ops.aten.addmm.default, bias, values, meta(3, 5))
            same(torch.ops.aten.addmm.default, bias, values, meta(3, 5), beta=0)


def test_what_makes_tensors_makes_them_where_it_is_told() -> None:
    arange = torch.ops.aten.arange.default
    for end in (0, 5, 2.5, -1):
        for kind in (None, torch.float32):
            same(arange, end, dtype=kind, device=torch.device("meta"))
    assert meta_kernels.run(arange, (3,), {"device": torch.device("cpu")}).tolist() == [0, 1, 2]


def test_batch_norm() -> None:
    statistics = [meta(3) for _ in range(4)]
    for function, more in (
        (torch.ops.aten.batch_norm.default, (True, 0.1, 1e-5, False)),
        (torch.ops.aten.native_batch_norm.default, (True, 0.1, 1e-5)),
    ):
        for values in ("contiguous", "double", "channels last", "transposed"):
            same(function, TENSORS[values](), *(one.to(TENSORS[values]().dtype) for one in statistics), *more)
    given = (torch.rand(SHAPE), *(torch.rand(3) for _ in statistics), False, 0.1, 1e-5)
    real = torch.ops.aten.native_batch_norm.default(*given)  # with statistics of its own, `meta` is at odds with it
    quick = meta_kernels.run(torch.ops.aten.native_batch_norm.default, (meta(*SHAPE), *statistics, *given[-3:]), {})
    assert [one.shape for one in quick] == [one.shape for one in real]
    backward = torch.ops.aten.native_batch_norm_backward.default
    values = meta(*SHAPE)
    same(backward, values, values, *(meta(3) for _ in range(5)), True, 1e-5, [True, True, True])


def test_instance_norm() -> None:
    function, more = torch.ops.aten.instance_norm.default, (0.1, 1e-5, False)
    for make in TENSORS.values():
        kind = make().dtype
        for channels in (3, 4):
            for tracked in (True, False):
                statistics = [meta(channels) for _ in range(2)] if tracked else [None, None]
                for own in (True, False) if tracked else (True,):
                    scales = [meta(channels, dtype=kind) for _ in range(2)]
                    same(function, make(), *scales, *statistics, own, *more)
        same(function, make(), None, None, None, None, True, *more)


def test_layer_and_group_norm() -> None:
    for make in TENSORS.values():
        kind = make().dtype
        for scales in ([None, None], [meta(5, 6, dtype=kind), None], [meta(6, dtype=kind)] * 2):
            for shape in ([5, 6], [6], [], [4, 6]):
                same(torch.ops.aten.layer_norm.default, make(), shape, *scales)
        for scales in ([None, None], [meta(3, dtype=kind)] * 2, [meta(4, dtype=kind), None]):
            for groups in (1, 2, 3):
                same(torch.ops.aten.group_norm.default, make(), groups, *scales)
    same(torch.ops.aten.layer_norm.default, meta(2, 3), [3], meta(3, dtype=torch.float64), None)


def test_slopes_of_each_channel_and_of_all() -> None:
    for make in TENSORS.values():
        for slopes in (meta(1), meta(3), meta(4), meta(3, dtype=torch.float64), meta()):
            same(torch.ops.aten.prelu.default, make(), slopes)


def test_rolling() -> None:
    for make in TENSORS.values():
        for shifts, dims in (([1, -2], [2, 3]), ([1], [7]), ([1, 2], [0]), ([3], [])):
            same(torch.ops.aten.roll.default, make(), shifts, dims)


@pytest.mark.parametrize("scale", [2.0, 1.5, 3.0, 0.5])
def test_resampling_by_a_scale(scale: float) -> None:
    function = torch.ops.aten.upsample_trilinear3d.vec
    for make in TENSORS.values():
        same(function, make(), None, False, [scale, 1.0, scale])
    same(function, meta(*SHAPE), None, True, [2.0, 2.0])


def test_dropout_in_evaluation_is_nothing() -> None:
    value = meta(2, 3)
    assert meta_kernels.run(torch.ops.aten.dropout.default, (value, 0.5, False), {}) is value
