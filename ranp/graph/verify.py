"""Proof by trial: does the channel graph say what the network does?

`first_mismatch` shrinks a copy without storage at random, traces it again and compares operation by operation with
what the labels predict: which operations run, on which shapes, with which numbers. It refutes assumptions about sizes.
`masked_difference` computes: the full network with every pruned channel's parameters at zero must give, in float64, the
outputs of the shrunk network. It refutes wrong rules.
"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils import _pytree as pytree

from ranp.graph.channel_graph import ChannelGraph
from ranp.graph.flow import Flow, Key, bound_arguments, node_shapes, operation_name
from ranp.graph.labels import LabelVector
from ranp.graph.narrow import narrow
from ranp.graph.trace import (
    Inputs,
    Recording,
    fake_copy,
    fake_inputs,
    operations_before_failure,
    plain_copy,
    quiet,
    record,
    repeated,
)
from ranp.types import Masks

_SIZES = {"size", "shape", "sizes", "split_size", "split_sizes", "split_size_or_sections", "output_size", "stride"}
_SIZED_OPERATIONS = {
    *("view", "reshape", "_unsafe_view", "expand", "unflatten", "split", "split_with_sizes", "empty_strided"),
    *("zeros", "ones", "empty", "full", "rand", "randn", "new_zeros", "new_ones", "new_empty", "new_full"),
}


class VerificationError(RuntimeError):
    """The shrunk network does not compute what the masked full network computes: a defect in a rule of the graph."""


def random_units(graph: ChannelGraph, seed: int) -> NDArray[np.bool_]:
    """A random choice of units that empties no layer and leaves none whole that could lose some."""
    generator = np.random.default_rng(seed)
    every = graph.unit_kept()
    kept: NDArray[np.bool_] = generator.random(len(every)) < generator.uniform(0.3, 0.8, len(every))
    return _settled(graph, kept, generator)


def opposite_units(graph: ChannelGraph, unit_kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop what ``unit_kept`` keeps and keep what it drops, so that between the two every unit was dropped once."""
    return _settled(graph, ~unit_kept, np.random.default_rng(0))


def _settled(graph: ChannelGraph, kept: NDArray[np.bool_], generator: np.random.Generator) -> NDArray[np.bool_]:
    kept[0] = True
    for wanted in (False, True):  # a unit may serve several layers; that none is empty matters most, so it comes last
        for units in graph.layer_units.values():
            movable = units[units > 0]
            if len(np.unique(movable)) > 1 and (kept[units] != wanted).all():
                kept[generator.choice(movable)] = wanted
            elif wanted and not kept[units].any():
                kept[generator.choice(units)] = True
    kept[0] = True
    return kept


def first_mismatch(
    model: nn.Module,
    inputs: Inputs,
    recording: Recording,
    graph: ChannelGraph,
    flow: Flow,
    unit_of: Callable[[LabelVector], LabelVector],
    unit_kept: NDArray[np.bool_],
) -> Key | None:
    """The first operation that a re-trace of the shrunk network shows to differ from its prediction, if any.

    Where the shrunk network raises, what it ran before that is compared; the operation that raised is to blame if all
    of it agrees.
    """
    small = fake_copy(model, FakeTensorMode())
    narrow(small, graph, unit_kept)
    try:
        again = record(small, inputs, recording.training, recording.tracer, recording.repeat).operations
    except Exception:
        again = operations_before_failure(small, repeated(inputs, recording.repeat), recording.training)

    def kept(labels: LabelVector) -> int:
        return int(unit_kept[unit_of(labels)].sum())

    operations = recording.operations
    order, order_again = _positions(operations), _positions(again)
    for node, node_again in zip(operations, again, strict=False):
        key = (recording.training, node.name)
        shapes = _predicted_shapes(flow.values.get(key), kept)
        expected = {name: kept(labels) for name, labels in flow.expected.get(key, {}).items()}
        if (
            operation_name(node) != operation_name(node_again)
            or (shapes is not None and shapes != node_shapes(node_again))
            or _numbers(node, order, expected) != _numbers(node_again, order_again, {})
        ):
            return key
    if len(operations) != len(again):
        return recording.training, operations[min(len(again), len(operations) - 1)].name
    return None


def _positions(nodes: list[fx.Node]) -> dict[str, int]:
    return {node.name: position for position, node in enumerate(nodes)}


def _predicted_shapes(value: Any, kept: Callable[[LabelVector], int]) -> list[tuple[int, ...]] | None:
    """What the labels say that an operation's results look like; ``None``: it has none."""
    if value is None:
        return None
    shapes = []
    for item in value if isinstance(value, list) else [value]:
        shape = list(item.shape)
        if item.dim is not None:
            shape[item.dim] = kept(item.labels)
        shapes.append(tuple(shape))
    return shapes


def _numbers(node: fx.Node, order: dict[str, int], expected: dict[str, int]) -> dict[str, Any]:
    """An operation's arguments as plain values, tensors as positions in the trace; sizes are left to the shapes."""
    sized = operation_name(node).rstrip("_") in _SIZED_OPERATIONS

    def plain(item: Any) -> Any:
        if isinstance(item, fx.Node):
            return "tensor", order.get(item.name, "given")
        return item if isinstance(item, int) else str(item)

    return {
        name: expected[name]
        if name in expected
        else pytree.tree_map(plain, value, is_leaf=lambda item: isinstance(item, fx.Node))
        for name, value in bound_arguments(node).items()
        if not (sized and name in _SIZES)
    }


def masked_difference(model: nn.Module, graph: ChannelGraph, kept: Masks, inputs: Inputs, seed: int = 0) -> float:
    """The largest difference between the masked full network and the shrunk one, in float64.

    Weights, statistics and inputs are drawn at random, since freshly initialised ones (biases zero, scales one) would
    hide errors. Both modes are compared: evaluation, and training where batch statistics are used. The difference is
    relative to the largest output.

    Raises:
        ValueError: ``kept`` is not consistent (see `ChannelGraph.unit_kept`) or empties a layer.
    """
    unit_kept = graph.unit_kept(kept)
    full = _randomised(model, seed)
    small = copy.deepcopy(full)
    narrow(small, graph, unit_kept)
    _mask(full, graph, unit_kept)
    generator = torch.Generator().manual_seed(seed)
    values = tuple(pytree.tree_map(lambda item: _random_like(item, generator), tuple(inputs)))
    worst = 0.0
    for training in (False, True):
        try:
            expected = _outputs(full, values, training, seed)
        except ValueError:
            continue  # batch statistics of a single value: this network cannot run in training mode on one sample
        found = _outputs(small, values, training, seed)
        if len(expected) != len(found):
            return float("inf")
        for one, two in zip(expected, found, strict=True):
            if one.shape != two.shape or not bool(torch.isfinite(one).all()):
                return float("inf")
            scale = max(1.0, float(one.abs().max())) if one.numel() else 1.0
            worst = max(worst, float((one - two).abs().max()) / scale) if one.numel() else worst
    return worst


def verify_shrink(
    model: nn.Module, graph: ChannelGraph, kept: Masks, inputs: Inputs | None = None, tolerance: float = 1e-9
) -> float:
    """`masked_difference` on the cheapest input that the network accepts, checked against ``tolerance``.

    Channel arithmetic does not depend on the volume's size, so the spatial size is halved as long as the network
    accepts it with the same operations; ``inputs`` overrides that.

    Raises:
        VerificationError: the two networks differ.
    """
    chosen = smallest_inputs(model, graph) if inputs is None else inputs
    difference = masked_difference(model, graph, kept, chosen)
    if not difference <= tolerance:
        raise VerificationError(
            f"expected the shrunk {type(model).__name__} to equal the masked one to {tolerance:g}, the outputs differ "
            f"by {difference:.3g}: a rule of the channel graph is wrong for this network; do not use the shrunk "
            "network, and please report the architecture"
        )
    return difference


def smallest_inputs(model: nn.Module, graph: ChannelGraph) -> Inputs:
    """Inputs like those of the trace, their spatial dims halved while the network still accepts them.

    The batch is two, so that batch statistics have something to vary over.
    """
    shapes = [(2, *shape[1:]) if shape else shape for shape in graph.input_shapes]
    while True:
        smaller = [
            (*shape[:2], *(size // 2 if size % 2 == 0 and size > 16 else size for size in shape[2:]))
            for shape in shapes
        ]
        if smaller == shapes or not _accepts(model, smaller):
            break
        shapes = smaller
    if not _accepts(model, shapes):
        shapes = list(graph.input_shapes)
    return tuple(torch.zeros(shape) for shape in shapes)


def _accepts(model: nn.Module, shapes: list[tuple[int, ...]]) -> bool:
    mode = FakeTensorMode()
    inputs = tuple(torch.empty(shape, device="meta") for shape in shapes)
    try:
        with quiet(), mode, torch.no_grad():
            fake_copy(model, mode).train()(*fake_inputs(inputs, mode))
    except Exception:
        return False
    return True


def _randomised(model: nn.Module, seed: int) -> nn.Module:
    if any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers())):
        raise ValueError(
            f"expected {type(model).__name__} with weights, got one on the meta device, which has no values to "
            "compare; build it on a real device, or shrink without verifying"
        )
    copied = plain_copy(model).cpu().double()
    for module in copied.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = 0.0
        if isinstance(getattr(module, "eps", None), float):
            setattr(module, "eps", 0.1)  # noqa: B010 - statistics of two values would otherwise amplify rounding without bound
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in copied.parameters():
            values = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            if parameter.ndim > 1:
                values *= (2.0 / max(1, parameter[0].numel())) ** 0.5
            else:
                values = 0.7 + 0.3 * values
            parameter.copy_(values)
        for name, buffer in copied.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(0.1 * torch.randn(buffer.shape, generator=generator, dtype=torch.float64))
            elif name.endswith("running_var"):
                buffer.copy_(0.5 + torch.rand(buffer.shape, generator=generator, dtype=torch.float64))
    return copied


def _mask(model: nn.Module, graph: ChannelGraph, unit_kept: NDArray[np.bool_]) -> None:
    """Zero every entry of every parameter and buffer that belongs to a pruned channel."""
    tensors = dict((*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)))
    with torch.no_grad():
        for name, dims in graph.parameter_units.items():
            for dim, units in dims.items():
                pruned = torch.from_numpy(np.flatnonzero(~unit_kept[units]))
                tensors[name].index_fill_(dim, pruned, 0)


def _random_like(value: Any, generator: torch.Generator) -> Any:
    if not isinstance(value, Tensor):
        return value
    if not value.is_floating_point():
        return torch.zeros(value.shape, dtype=value.dtype)
    return torch.randn(value.shape, generator=generator, dtype=torch.float64)


def _outputs(model: nn.Module, inputs: Inputs, training: bool, seed: int) -> list[Tensor]:
    state = copy.deepcopy(dict(model.named_buffers()))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        leaves = pytree.tree_leaves(model.train(training)(*inputs))
        for name, buffer in model.named_buffers():
            buffer.copy_(state[name])
    return [leaf for leaf in leaves if isinstance(leaf, Tensor)]
