"""The cheapest inputs on which a network can be compared with its shrunk self."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from ranp.graph.channel_graph import ChannelGraph
from ranp.graph.recording.skeleton import copy_without_storage, inputs_without_storage, plain_copy, random_inputs
from ranp.graph.recording.trace import quiet
from ranp.inputs import InputSpec

Shapes = list[tuple[int, ...]]


def smallest_inputs(model: nn.Module, graph: ChannelGraph) -> InputSpec:
    """Inputs like those of the trace, their spatial dims halved while the network still accepts them.

    First all dims at once, then each by itself. The batch is two, so that batch statistics have something to vary over.
    """
    accepts = partial(_runs, model, graph.inputs)
    if not accepts(list(graph.inputs.shapes)):
        accepts = partial(_runs, model, graph.inputs, real=True)  # it does not run on shapes alone
    shapes = list(graph.inputs.with_batch(2).shapes)
    spatial = range(2, max(map(len, shapes), default=2))
    for dims in (spatial, *([dim] for dim in spatial)):
        while (smaller := [_halved(shape, dims) for shape in shapes]) != shapes and accepts(smaller):
            shapes = smaller
    return graph.inputs.with_shapes(shapes) if accepts(shapes) else graph.inputs


def _halved(shape: tuple[int, ...], dims: Sequence[int]) -> tuple[int, ...]:
    return tuple(size // 2 if dim in dims and size % 2 == 0 and size > 16 else size for dim, size in enumerate(shape))


def _runs(model: nn.Module, inputs: InputSpec, shapes: Shapes, real: bool = False) -> bool:
    mode = FakeTensorMode()
    tried = inputs.with_shapes(shapes)
    try:
        with quiet(), torch.no_grad():
            if real:
                random_inputs(tried, model).call(plain_copy(model).train())
            else:
                with mode:
                    inputs_without_storage(tried, mode).call(copy_without_storage(model, mode).train())
    except Exception:
        return False
    return True
