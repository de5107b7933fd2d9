"""Does a shrunk network run the operations that the labels predict?

A copy without storage is shrunk at random and traced again. Operation by operation the two traces must agree: which
operations run, on which shapes, with which numbers. That refutes assumptions about sizes, and costs no arithmetic.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import fx, nn

from ranp.graph.call import bound_arguments, node_shapes, operation_name
from ranp.graph.channel_graph import ChannelGraph
from ranp.graph.flow import Flow, Key
from ranp.graph.labels import LabelVector
from ranp.graph.proof.narrow import narrow
from ranp.graph.recording.raised import Raised
from ranp.graph.recording.skeleton import copy_without_storage, plain_copy
from ranp.graph.recording.trace import ON_VALUES, Recording, operations_run, quickest
from ranp.inputs import InputSpec

_SIZES = {"size", "shape", "sizes", "split_size", "split_sizes", "split_size_or_sections", "output_size", "stride"}
_SIZED_OPERATIONS = {
    *("view", "reshape", "_unsafe_view", "expand", "unflatten", "split", "split_with_sizes", "empty_strided"),
    *("zeros", "ones", "empty", "full", "rand", "randn", "new_zeros", "new_ones", "new_empty", "new_full"),
}


@dataclass(frozen=True)
class Mismatch:
    """The first operation that a shrunk network runs otherwise.

    ``raised`` is what the network raised before it was reached; None where it is the operation itself that failed.
    """

    key: Key
    raised: Raised | None = None

    @property
    def why(self) -> str:
        """In words, after "when shrunk"."""
        predicted = "it could not be traced again in the way that the labels predict"
        return predicted if self.raised is None else str(self.raised)


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
    inputs: InputSpec,
    recording: Recording,
    graph: ChannelGraph,
    flow: Flow,
    unit_of: Callable[[LabelVector], LabelVector],
    unit_kept: NDArray[np.bool_],
) -> Mismatch | None:
    """The first operation that a re-trace of the shrunk network shows to differ from its prediction, if any.

    Where the shrunk network raises, what it ran before that is compared; the operation that comes next is to blame if
    all of it agrees.
    """
    refuted: Mismatch | None = None
    given = inputs.with_batch(inputs.batch * recording.repeat)
    for tracer in quickest(recording.tracer):
        small = plain_copy(model) if tracer == ON_VALUES else copy_without_storage(model)
        narrow(small, graph, unit_kept)
        again, raised = operations_run(small, given, recording.training, tracer)
        refuted = _compare(recording, flow, again, raised, unit_of, unit_kept)
        if refuted is None:
            break  # the tracers may cut a network into other pieces; that one of them agrees is enough
    return refuted


def _compare(
    recording: Recording,
    flow: Flow,
    again: list[fx.Node],
    raised: Raised | None,
    unit_of: Callable[[LabelVector], LabelVector],
    unit_kept: NDArray[np.bool_],
) -> Mismatch | None:
    counted: dict[int, tuple[LabelVector, int]] = {}

    def kept(labels: LabelVector) -> int:
        if id(labels) not in counted:  # most operations hand on the labels that they are given
            counted[id(labels)] = labels, int(np.count_nonzero(unit_kept[unit_of(labels)]))
        return counted[id(labels)][1]

    operations = recording.operations
    order, order_again = _positions(operations), _positions(again)
    for node, node_again in zip(operations, again, strict=False):
        key = (recording.training, node.name)
        shapes = _predicted_shapes(flow, flow.values.get(key), kept)
        expected = {name: kept(labels) for name, labels in flow.expected.get(key, {}).items()}
        if (
            operation_name(node) != operation_name(node_again)
            or (shapes is not None and shapes != node_shapes(node_again))
            or _numbers(node, order, expected) != _numbers(node_again, order_again, {})
        ):
            return Mismatch(key)
    if raised is not None or len(operations) != len(again):
        key = (recording.training, operations[min(len(again), len(operations) - 1)].name)
        return Mismatch(key, None if raised is None or raised.by_operation else raised)
    return None


def _positions(nodes: list[fx.Node]) -> dict[str, int]:
    return {node.name: position for position, node in enumerate(nodes)}


def _predicted_shapes(flow: Flow, value: Any, kept: Callable[[LabelVector], int]) -> list[tuple[int, ...]] | None:
    """What the labels say that an operation's results look like; ``None``: it has none."""
    if value is None:
        return None
    shapes = []
    for item in value if isinstance(value, list) else [value]:
        sizes = flow.extents(item.parameter) if item.parameter in flow.computed else list(item.shape)
        shape = [size if isinstance(size, int) else kept(size) for size in sizes]
        if item.dim is not None:
            shape[item.dim] = kept(item.labels)
        shapes.append(tuple(shape))
    return shapes


def _numbers(node: fx.Node, order: dict[str, int], expected: dict[str, int]) -> dict[str, Any]:
    """An operation's arguments as plain values, tensors as positions in the trace; sizes are left to the shapes."""
    sized = operation_name(node).rstrip("_") in _SIZED_OPERATIONS
    return {
        name: expected[name] if name in expected else _plain(value, order)
        for name, value in bound_arguments(node).items()
        if not (sized and name in _SIZES) and name != "cudnn_enabled"  # the machine's choice, not the network's
    }


def _plain(item: Any, order: dict[str, int]) -> Any:
    if isinstance(item, fx.Node):
        return "tensor", order.get(item.name, "given")
    if isinstance(item, list):
        return [_plain(entry, order) for entry in item]
    if isinstance(item, tuple):
        return tuple(_plain(entry, order) for entry in item)
    if isinstance(item, dict):
        return {name: _plain(entry, order) for name, entry in item.items()}
    return item if isinstance(item, int) else str(item)
