"""From a network to its channel graph: record, label, and re-trace until no assumption is refuted."""

from collections import Counter
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from ranp.graph.call import node_shapes, operation_name
from ranp.graph.channel_graph import ChannelGraph
from ranp.graph.flow import Flow, Key, Term
from ranp.graph.labels import Reason
from ranp.graph.propagate import run
from ranp.graph.retrace import first_mismatch, opposite_units, random_units
from ranp.graph.rules import RULES, default
from ranp.graph.skeleton import Inputs
from ranp.graph.trace import ON_VALUES, QUICKEST, Recording, first_line, record
from ranp.graph.units import Units

_MOST_ROUNDS = 60


def trace(model: nn.Module, example_inputs: Inputs | Tensor, check: bool = True) -> ChannelGraph:
    """Build the channel graph of ``model`` from one trace; nothing is computed and the model is not touched.

    Args:
        model: any module that can be traced, in two or three spatial dimensions, on any device, ``meta`` included.
        example_inputs: the tensors that ``model`` takes, batch first; only their shapes and dtypes matter. Costs are
            stated for this batch size.
        check: re-trace randomly shrunk copies and freeze what does not follow the labels.

    Raises:
        TraceError: (a ``ValueError``) the network rejects these inputs or cannot be traced.

    >>> import torch
    >>> from torch import nn
    >>> network = nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.Conv3d(4, 2, 1))
    >>> graph = trace(network, (torch.empty(1, 1, 8, 8, 8),))
    >>> {name: layer.frozen for name, layer in graph.layers.items()}
    {'0': 0, '2': 2}
    >>> graph.cost().macs == 6**3 * (27 * 1 * 4 + 4 * 2)
    True
    """
    inputs = (example_inputs,) if isinstance(example_inputs, Tensor) else tuple(example_inputs)
    recordings, notes = _record_both(model, inputs)
    blamed: dict[Key, int] = {}
    for _ in range(_MOST_ROUNDS):
        flow, graph = _label(model, inputs, recordings, notes, blamed)
        refuted = _refuted(model, inputs, recordings, flow, graph) if check else None
        if refuted is None:
            return graph
        blamed[refuted] = blamed.get(refuted, 0) + 1
        if blamed[refuted] > 2:
            break
    why = "the shrunk network could not be traced again in the way that the labels predict"
    return _label(model, inputs, recordings, notes, blamed, Reason("the whole network", "", why))[1]


def _record_both(model: nn.Module, inputs: Inputs) -> tuple[list[Recording], tuple[str, ...]]:
    """The evaluation trace, and the training trace where that is another one (heads that only training has)."""
    evaluation = record(model, inputs)
    notes = []
    if evaluation.tracer != QUICKEST:
        notes.append(f"{QUICKEST} could not trace this network; '{evaluation.tracer}' did")
    if evaluation.tracer == ON_VALUES:
        notes.append("branches that depend on data were followed for one random input; on others it may differ")
    training = _record_training(model, inputs, evaluation.tracer, notes)
    if training is None or _signatures(evaluation) == _signatures(training):
        return [evaluation], tuple(notes)
    return [evaluation, training], tuple(notes)


def _record_training(model: nn.Module, inputs: Inputs, tracer: str, notes: list[str]) -> Recording | None:
    """The training trace; batch statistics may need a second example. A failure becomes a note."""
    first: Exception | None = None
    for repeat in (1, 2):
        for name in (tracer,) if tracer == ON_VALUES else dict.fromkeys((QUICKEST, tracer)):
            try:
                return record(model, inputs, True, name, repeat)
            except Exception as error:
                first = first or error
    assert first is not None
    notes.append(f"training mode could not be traced ({first_line(first)}); only evaluation mode was checked")
    return None


def _signatures(recording: Recording) -> list[Any]:
    """Which operation reads which results, of what shape: equal for two recordings of the same computation."""
    position = {node.name: index for index, node in enumerate(recording.operations)}
    return [
        (operation_name(node), [position.get(source.name) for source in node.all_input_nodes], _extents(node))
        for node in recording.operations
    ]


def _label(
    model: nn.Module,
    inputs: Inputs,
    recordings: list[Recording],
    notes: tuple[str, ...],
    blamed: dict[Key, int],
    stop: Reason | None = None,
) -> tuple[Flow, ChannelGraph]:
    flow = Flow(model, blamed)
    for recording in recordings:
        run(flow, recording, RULES, default)
    flow.finish()
    if stop is not None:
        for layer in flow.layers.values():
            flow.labels.freeze(layer.labels, stop)
    _charge_activations(flow, recordings[0])
    unseen = _charge_parameters(flow)
    if unseen:
        listed = ", ".join(unseen[:3]) + (f" and {len(unseen) - 3} more" if len(unseen) > 3 else "")
        notes = (*notes, f"never used in a forward pass, kept whole: {listed}")
    tensors = [leaf for leaf in pytree.tree_leaves(inputs) if isinstance(leaf, Tensor)]
    return flow, ChannelGraph(flow, tensors, notes)


def _charge_activations(flow: Flow, recording: Recording) -> None:
    """The last operation of each call of a leaf module makes that module's output."""
    leaves = {name for name, module in flow.model.named_modules() if not any(module.children())}
    last: dict[str, torch.fx.Node] = {}
    for node in recording.operations:
        if recording.owners.get(node.name) in leaves and node_shapes(node):
            last[recording.calls[node.name]] = node
    for node in last.values():
        value = flow.values[recording.training, node.name]
        for item, shape in zip(value if isinstance(value, list) else [value], node_shapes(node), strict=False):
            labels = None if item is None or item.dim is None else item.labels
            elements = prod(shape) if labels is None else prod(shape) // len(labels)
            flow.terms.append(Term("activations", recording.owners[node.name], elements, labels))


def _charge_parameters(flow: Flow) -> list[str]:
    """A term for every parameter; the names of those that no operation used."""
    owners = {name: layer.name for layer in flow.layers.values() for name in (layer.weight, layer.bias) if name}
    unseen = []
    for name, parameter in flow.model.named_parameters():
        dims = flow.parameters.get(name, {})
        rest = prod(size for dim, size in enumerate(parameter.shape) if dim not in dims)
        first, second = (*dims.values(), None, None)[:2]
        owner = owners.get(name, name.rpartition(".")[0])
        flow.terms.append(Term("params", owner, rest, first, second))
        if name not in flow.used:
            unseen.append(name)
    return unseen


def _refuted(
    model: nn.Module, inputs: Inputs, recordings: list[Recording], flow: Flow, graph: ChannelGraph
) -> Key | None:
    """The first operation whose prediction fails on a randomly shrunk copy."""
    if not any(layer.prunable for layer in graph.layers.values()):
        return None
    unit_of = Units(flow).of
    choices = [random_units(graph, 0)]
    if flow.assumptions:
        choices += [opposite_units(graph, choices[0]), random_units(graph, 1)]
    # What training runs beyond evaluation is checked there; what both run is checked once.
    checked = recordings[-1:] if _covers(recordings[-1], recordings[0]) else recordings
    for kept in choices:
        for recording in checked:
            mismatch = first_mismatch(model, inputs, recording, graph, flow, unit_of, kept)
            if mismatch is not None:
                return mismatch
    return None


def _covers(larger: Recording, smaller: Recording) -> bool:
    """Whether every operation of one recording, in every module, runs in the other too."""

    def counted(recording: Recording) -> Counter[Any]:
        owners = recording.owners
        return Counter((owners.get(node.name), operation_name(node), *_extents(node)) for node in recording.operations)

    return not counted(smaller) - counted(larger)


def _extents(node: torch.fx.Node) -> list[tuple[int, ...]]:
    return [shape[1:] for shape in node_shapes(node)]
