"""Which layers feed which: from one layer of neurons to the next, through whatever lies between.

An operation passes on the layers that its arguments come from; a layer takes them in and starts anew with itself. For
`layer_edges` all else is transparent; for the `topology`, which is what a drawing shows, operations that join data of
several sources are places of their own, so that a chain of residual blocks stays a chain.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import torch
from torch import fx

from ranp.graph.call import node_shapes, operation_name
from ranp.graph.flow import Key
from ranp.graph.recording.trace import Recording

Source = TypeVar("Source", str, int)

Edges = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Place:
    """A place of the topology: an input, a layer, an operation that joins several of them, or what is returned.

    ``name`` is the layer's, that of the operation (``add``, ``cat``), or else the kind. ``shape`` is that of the tensor
    it gives, batch first, the first of them where it is called several times (``calls``). ``sources`` are the positions
    of the places that it reads from.
    """

    kind: Literal["input", "layer", "join", "output"]
    name: str
    shape: tuple[int, ...]
    calls: int
    sources: tuple[int, ...]


Topology = tuple[Place, ...]
"""Places in the order of their first use. A layer that is used again may read from a later place."""


def layer_edges(recordings: Iterable[Recording], layers: Iterable[str], made_by: Mapping[Key, str]) -> Edges:
    """Layer -> the layers that its output reaches without another layer between, both in network order.

    ``layers`` are their names, in that order; ``made_by`` says which operations are a layer, and which one.
    """
    order = {name: place for place, name in enumerate(layers)}
    found: dict[str, set[str]] = {name: set() for name in order}
    for recording in recordings:
        sources: dict[fx.Node, frozenset[str]] = {}
        for node in recording.operations:
            incoming = frozenset[str]().union(*(sources.get(given, frozenset()) for given in node.all_input_nodes))
            layer = made_by.get((recording.training, node.name))
            if layer is not None:
                for source in incoming:
                    found[source].add(layer)
            sources[node] = incoming if layer is None else frozenset((layer,))
            _write_through(node, sources)
    return {name: tuple(sorted(reached, key=order.__getitem__)) for name, reached in found.items()}


def topology(recordings: Iterable[Recording], made_by: Mapping[Key, str]) -> Topology:
    """The places of the network and the ways between them, each layer once however often it is called.

    A module that runs again, as the towers of a stereo network do, joins at the same places again. ``recordings`` are
    runs of its parts, one a part; ``made_by`` says which operations are a layer, and which one.
    """
    drawn = _Drawn()
    for part, recording in enumerate(recordings):
        before: Counter[tuple[str | None, str]] = Counter()
        sources: dict[fx.Node, frozenset[int]] = {}
        for node in recording.nodes:
            incoming = frozenset[int]().union(*(sources.get(given, frozenset()) for given in node.all_input_nodes))
            layer = made_by.get((recording.training, node.name))
            if node.op == "placeholder" and node.name not in recording.parameters:
                sources[node] = drawn.at((part, node.name), "input", "input", node, incoming)
            elif node.op == "output":
                drawn.at((part, node.name), "output", "output", node, incoming)
            elif layer is not None:
                sources[node] = drawn.at(layer, "layer", layer, node, incoming)
            elif len(incoming) > 1:
                name = operation_name(node).rstrip("_")
                call = recording.calls.get(node.name)
                key = part, recording.owners.get(node.name), name, before[call, name]
                before[call, name] += 1
                sources[node] = drawn.at(key, "join", name, node, incoming)
            else:
                sources[node] = incoming
            if node.op == "call_function":
                _write_through(node, sources)
    return drawn.places()


class _Drawn:
    """Places as they are found, by what tells them apart."""

    def __init__(self) -> None:
        self._found: dict[Any, tuple[Literal["input", "layer", "join", "output"], str, tuple[int, ...]]] = {}
        self._at: dict[Any, int] = {}
        self._calls: list[int] = []
        self._sources: list[dict[int, None]] = []

    def at(
        self,
        key: Any,
        kind: Literal["input", "layer", "join", "output"],
        name: str,
        node: fx.Node,
        incoming: frozenset[int],
    ) -> frozenset[int]:
        """Note one more use of a place."""
        if key not in self._found:
            self._found[key] = (kind, name, next(iter(node_shapes(node)), ()))
            self._at[key] = len(self._at)
            self._calls.append(0)
            self._sources.append({})
        position = self._at[key]
        self._calls[position] += 1
        self._sources[position].update(dict.fromkeys(sorted(incoming)))
        return frozenset((position,))

    def places(self) -> Topology:
        return tuple(
            Place(kind, name, shape, calls, tuple(sources))
            for (kind, name, shape), calls, sources in zip(
                self._found.values(), self._calls, self._sources, strict=True
            )
        )


def _write_through(node: fx.Node, sources: dict[fx.Node, frozenset[Source]]) -> None:
    """What an operation in place writes is seen by all who use the tensors that its argument is a view of."""
    if not operation_name(node).endswith("_"):
        return
    changed = sources[node]
    target = node.args[0] if node.args else None
    while isinstance(target, fx.Node) and target.op == "call_function":
        sources[target] = sources.get(target, frozenset()) | changed
        target = target.args[0] if _is_view(target) and target.args else None


def _is_view(node: fx.Node) -> bool:
    target = node.target
    if not isinstance(target, torch._ops.OpOverload) or not target._schema.returns:
        return False
    return target._schema.returns[0].alias_info is not None
