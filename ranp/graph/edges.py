"""Which layers feed which: from one layer of neurons to the next, through whatever lies between.

An operation passes on the layers that its arguments come from; a layer takes them in and starts anew with itself.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import fx

from ranp.graph.call import operation_name
from ranp.graph.flow import Key
from ranp.graph.recording.trace import Recording

Edges = dict[str, tuple[str, ...]]


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


def _write_through(node: fx.Node, sources: dict[fx.Node, frozenset[str]]) -> None:
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
