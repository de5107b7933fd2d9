"""Which tensors the calls of modules return: one, several, or one that was not made last."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import fx

from ranp.graph.call import operation_name
from ranp.graph.flow import Flow
from ranp.graph.recording.follower import RETURNED
from ranp.graph.recording.trace import Recording


def returned_by_calls(recording: Recording) -> list[fx.Node]:
    """The operations whose single tensor is returned by the call of a module in which it was made."""
    made = [node for node in recording.operations if node.name in recording.calls and _one_tensor(node)]
    if any(RETURNED in node.meta for node in made):
        return [node for node in made if RETURNED in node.meta]
    return [node for node in made if _leaves(node, recording)]


def leaf_modules(flow: Flow, recording: Recording) -> set[str]:
    """The modules that hold no others, but for such as make weights only: parametrizations, fake quantisation."""
    weights, others = set[str](), set[str]()
    for node in recording.operations:
        owner = recording.owners.get(node.name, "")
        (weights if _is_weight(flow.values.get((recording.training, node.name))) else others).update(_within(owner))
    makers = weights - others
    return {
        path
        for path, module in flow.model.named_modules()
        if path not in makers
        and all(f"{path}.{name}" in makers or name == "parametrizations" for name, _ in module.named_children())
    }


def _is_weight(value: Any) -> bool:
    """Whether parameters alone made it."""
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(item is not None and item.parameter is not None for item in values)


def _within(owner: str) -> Iterator[str]:
    """A module and all that hold it."""
    while owner:
        yield owner
        owner = owner.rpartition(".")[0]


def _one_tensor(node: fx.Node) -> bool:
    return isinstance(node.meta.get("val"), torch.Tensor)


def _leaves(node: fx.Node, recording: Recording) -> bool:
    """Where the tracer does not tell: whether somebody outside uses it, or, as it is a result, nobody at all."""
    call = recording.calls[node.name]
    used_outside = any(recording.calls.get(user.name) != call for user in node.users)
    return used_outside or (not node.users and not _in_place(node))


def _in_place(node: fx.Node) -> bool:
    name = operation_name(node)
    return name.endswith("_") and not name.endswith("__")
