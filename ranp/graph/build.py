"""From a network to its channel graph: record, label, and re-trace until no assumption is refuted."""

from collections import Counter
from collections.abc import Mapping
from itertools import product
from math import prod
from typing import Any

import torch
from torch import nn

from ranp.graph.call import node_shapes, operation_name
from ranp.graph.channel_graph import ChannelGraph
from ranp.graph.edges import layer_edges, topology
from ranp.graph.flow import Blame, Flow, Key, Term
from ranp.graph.giving_up import blame, exhausted, given_up, withdraw
from ranp.graph.labels import Reason
from ranp.graph.part import Part, extents, record_both
from ranp.graph.pieces import Explored, explore
from ranp.graph.proof.retrace import Mismatch, first_mismatch, opposite_units, random_units
from ranp.graph.proof.verify import ShrunkNetworkError, VerificationError, verify_shrink
from ranp.graph.propagate import run
from ranp.graph.recording.compiled import as_written
from ranp.graph.recording.raised import first_line
from ranp.graph.recording.skeleton import TraceError
from ranp.graph.recording.trace import Recording
from ranp.graph.results import leaf_modules, returned_by_calls
from ranp.graph.rules import RULES, default
from ranp.graph.rules.untraced import UNTRACED
from ranp.graph.units import Units
from ranp.inputs import Examples, InputSpec

_MOST_ROUNDS = 60


def trace(
    model: nn.Module,
    example_inputs: Examples,
    example_kwargs: Mapping[str, Any] | None = None,
    check: bool = True,
) -> ChannelGraph:
    """Build the channel graph of ``model`` from one trace; nothing is computed and the model is not touched.

    A network that cannot be traced as a whole runs once, on random numbers, and is explored piece by piece. What
    `torch.compile` made is traced as it is written, its layers under the names of the plain network.

    Args:
        model: any module of which a part can be traced, in two or three spatial dimensions, on any device, ``meta``
            included.
        example_inputs: the positional arguments that ``model`` takes, as for ``torch.export``: a tuple, or one tensor,
            batch first. Tensors may lie in lists, tuples and dicts; of them only shapes and dtypes matter, and of
            integers and booleans their range. Costs are stated for this batch size. An `InputSpec`, such as another
            graph's ``inputs``, will do.
        example_kwargs: its keyword arguments.
        check: re-trace randomly shrunk copies and freeze what does not follow the labels.

    Raises:
        TraceError: (a ``ValueError``) the network rejects these inputs, or no part of it can be traced.
        ValueError: ``example_inputs`` is a dict, which may be meant in two ways.

    >>> import torch
    >>> from torch import nn
    >>> network = nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.Conv3d(4, 2, 1))
    >>> graph = trace(network, (torch.empty(1, 1, 8, 8, 8),))
    >>> {name: layer.frozen for name, layer in graph.layers.items()}
    {'0': 0, '2': 2}
    >>> graph.cost().macs == 6**3 * (27 * 1 * 4 + 4 * 2)
    True
    """
    model = as_written(model)
    inputs = InputSpec.of(example_inputs, example_kwargs)
    explored = _explored(model, inputs)
    recordings = [recording for part in explored.parts for recording in part.recordings]
    blamed: dict[Key, Blame] = {}
    refuted: Mismatch | None = None
    for _ in range(_MOST_ROUNDS):
        flow, graph = _label(model, inputs, explored, blamed)
        refuted = _refuted(explored.parts, flow, graph) if check else None
        if refuted is None or exhausted(blamed, refuted, recordings):
            break
        blamed = withdraw(blamed, flow.stated) if flow.stated else blame(blamed, refuted, recordings, model)
    stop = None if refuted is None else refuted.why
    if check and explored.on_values:  # sizes may depend on values there, so only numbers decide
        stop = _differs(model, graph)
    if stop is None:
        return graph
    return _label(model, inputs, explored, blamed, Reason("the whole network", "", f"when shrunk, {stop}"))[1]


def _explored(model: nn.Module, inputs: InputSpec) -> Explored:
    """The whole network as one part, or the pieces of it that can be traced."""
    try:
        recordings, notes = record_both(model, inputs)
    except TraceError as refusal:
        return explore(model, inputs, refusal)
    return Explored([Part(model, inputs, recordings, notes)], {})


def _label(
    model: nn.Module, inputs: InputSpec, explored: Explored, blamed: dict[Key, Blame], stop: Reason | None = None
) -> tuple[Flow, ChannelGraph]:
    recordings = [recording for part in explored.parts for recording in part.recordings]
    flow = Flow(model, blamed, given_up(blamed, recordings))
    for part in explored.parts:
        before = len(flow.terms)
        for recording in part.recordings:
            run(flow, recording, RULES, default, part.ending)
        if not part.recordings[0].training:
            _charge_activations(flow, part.recordings[0])
        flow.terms += flow.terms[before:] * (part.calls - 1)
    flow.finish()
    if stop is not None:
        for layer in flow.layers.values():
            flow.labels.freeze(layer.labels, stop)
    for path in explored.opaque:
        flow.uncounted[f"{UNTRACED} in '{path}'" if path else UNTRACED] = None
    notes = dict.fromkeys(note for part in explored.parts for note in part.notes)
    notes |= dict.fromkeys(_notes(explored, _charge_parameters(flow)))
    edges = layer_edges(recordings, (layer.name for layer in flow.layers.values()), flow.made_by)
    places = topology([_most(part, flow) for part in explored.parts], flow.made_by)
    return flow, ChannelGraph(flow, inputs, tuple(notes), edges, places)


def _most(part: Part, flow: Flow) -> Recording:
    """The run of a part in which most of its layers are used; evaluation where both use as many."""
    return max(part.recordings, key=lambda run: len({flow.made_by.get((run.training, one.name)) for one in run.nodes}))


def _notes(explored: Explored, unseen: list[str]) -> list[str]:
    """What was not looked into, and the parameters that no operation used."""
    notes = []
    for path, why in explored.opaque.items():
        what = f"'{path}' computes itself" if path else "the network computes between its submodules"
        notes.append(f"what {what} is not counted, and its own parameters stay: it is {why}")
    if explored.opaque:
        notes.append("the network was run once, on random numbers, to see what lies around that")
    if unseen:
        listed = ", ".join(unseen[:3]) + (f" and {len(unseen) - 3} more" if len(unseen) > 3 else "")
        where = "in what was looked into" if explored.opaque else "in a forward pass"
        notes.append(f"never used {where}, kept whole: {listed}")
    return notes


def _charge_activations(flow: Flow, recording: Recording) -> None:
    """What leaf modules make and return, each tensor once a call."""
    leaves = leaf_modules(flow, recording)
    for node in returned_by_calls(recording):
        if recording.owners[node.name] in leaves:
            (shape,) = node_shapes(node)
            item = flow.values[recording.training, node.name]
            labels = None if item is None or item.dim is None else item.labels
            elements = prod(shape) if labels is None else prod(shape) // len(labels)
            flow.terms.append(Term("activations", recording.owners[node.name], elements, labels))


def _charge_parameters(flow: Flow) -> list[str]:
    """A term for every parameter; the names of those that no operation used."""
    owners: dict[str, str] = {}
    for layer in flow.layers.values():
        for name in filter(None, (layer.weight, layer.bias, *layer.others, *layer.made_of)):
            owners.setdefault(name, layer.name)
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


def _refuted(parts: list[Part], flow: Flow, graph: ChannelGraph) -> Mismatch | None:
    """The first operation whose prediction fails on a randomly shrunk copy."""
    if not any(layer.prunable for layer in graph.layers.values()):
        return None
    unit_of = Units(flow).of
    choices = [random_units(graph, 0)]
    if flow.assumptions:
        choices += [opposite_units(graph, choices[0]), random_units(graph, 1)]
    for kept, part in product(choices, parts):
        # What training runs beyond evaluation is checked there; what both run is checked once.
        first, last = part.recordings[0], part.recordings[-1]
        for recording in (last,) if _covers(last, first) else part.recordings:
            mismatch = first_mismatch(part.model, part.inputs, recording, graph, flow, unit_of, kept)
            if mismatch is not None:
                return mismatch
    return None


def _differs(model: nn.Module, graph: ChannelGraph) -> str | None:
    """What a shrunk network does otherwise, seen from numbers: code that was not traced may depend on any channel."""
    units = random_units(graph, 0)
    try:
        for choice in (units, opposite_units(graph, units)):
            kept = {name: torch.from_numpy(choice[of]) for name, of in graph.layer_units.items()}
            verify_shrink(model, graph, kept)
    except ShrunkNetworkError as error:
        return str(error.raised)
    except VerificationError:
        return "it computes something else than the masked one"
    except Exception as error:  # whatever somebody's module raises
        return f"it could not be run for comparison ({first_line(error)})"
    return None


def _covers(larger: Recording, smaller: Recording) -> bool:
    """Whether every operation of one recording, in every module, runs in the other too."""

    def counted(recording: Recording) -> Counter[Any]:
        owners = recording.owners
        return Counter((owners.get(node.name), operation_name(node), *extents(node)) for node in recording.operations)

    return not counted(smaller) - counted(larger)
