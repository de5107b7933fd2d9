"""The cheapest inputs on which a network can be compared with its shrunk self."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from ranp.graph.channel_graph import ChannelGraph
from ranp.graph.skeleton import Inputs, copy_without_storage, inputs_without_storage, plain_copy, random_inputs
from ranp.graph.trace import quiet


def smallest_inputs(model: nn.Module, graph: ChannelGraph) -> Inputs:
    """Inputs like those of the trace, their spatial dims halved while the network still accepts them.

    First all dims at once, then each by itself. The batch is two, so that batch statistics have something to vary over.
    """
    accepts = partial(_runs, model, graph)
    if not accepts(list(graph.input_shapes)):
        accepts = partial(_runs, model, graph, real=True)  # it does not run on shapes alone
    shapes = [(2, *shape[1:]) if shape else shape for shape in graph.input_shapes]
    spatial = range(2, max(map(len, shapes), default=2))
    for dims in (spatial, *([dim] for dim in spatial)):
        while (smaller := [_halved(shape, dims) for shape in shapes]) != shapes and accepts(smaller):
            shapes = smaller
    if not accepts(shapes):
        shapes = list(graph.input_shapes)
    return tuple(torch.zeros(shape, dtype=dtype) for shape, dtype in zip(shapes, graph.input_dtypes, strict=True))


def _halved(shape: tuple[int, ...], dims: Sequence[int]) -> tuple[int, ...]:
    return tuple(size // 2 if dim in dims and size % 2 == 0 and size > 16 else size for dim, size in enumerate(shape))


def _runs(model: nn.Module, graph: ChannelGraph, shapes: list[tuple[int, ...]], real: bool = False) -> bool:
    mode = FakeTensorMode()
    inputs = tuple(
        torch.empty(shape, dtype=dtype, device="meta") for shape, dtype in zip(shapes, graph.input_dtypes, strict=True)
    )
    try:
        with quiet(), torch.no_grad():
            if real:
                plain_copy(model).train()(*random_inputs(inputs, model))
            else:
                with mode:
                    copy_without_storage(model, mode).train()(*inputs_without_storage(inputs, mode))
    except Exception:
        return False
    return True
