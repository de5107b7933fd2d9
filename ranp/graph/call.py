"""One recorded operation as its rule sees it."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import torch
from torch import Tensor, fx

from ranp.graph.flow import Flow, Key, Term
from ranp.graph.labels import LabelVector, Reason, Tracked
from ranp.graph.recording.trace import Recording
from ranp.graph.stated import stated_sizes

Result: TypeAlias = Tracked | list[Tracked] | None
"""What a rule knows of the tensors that an operation returns: one, several, or none."""


class Call:
    """One recorded operation as its rule sees it: arguments by their schema names, results by their shapes."""

    def __init__(self, flow: Flow, recording: Recording, node: fx.Node) -> None:
        self.flow = flow
        self.node = node
        self.key: Key = (recording.training, node.name)
        self.operation = operation_name(node)
        self.owner = recording.owners.get(node.name, "")
        self.in_place = self.operation.endswith("_") and not self.operation.endswith("__")
        self.understood: set[str] = set()
        self._recording = recording
        self._arguments = bound_arguments(node)

    def __getitem__(self, name: str) -> Any:
        """An argument, its tensors replaced by what is known of them."""
        return self._known(self._arguments[name])

    def get(self, name: str, default: Any = None) -> Any:
        """As indexing, with a default for arguments that this overload does not have."""
        return self[name] if name in self._arguments else default

    @property
    def arguments(self) -> dict[str, Any]:
        """All arguments by name."""
        return {name: self._known(value) for name, value in self._arguments.items()}

    @property
    def tensors(self) -> list[Tracked]:
        """Every tensor among the arguments, lists opened."""
        nodes = self.node.all_input_nodes
        known = [self._known(node) for node in nodes]
        return [value for item in known for value in (item if isinstance(item, list) else [item]) if value is not None]

    @property
    def blamed(self) -> bool:
        """Whether a re-trace refuted what this rule assumed."""
        return self.key in self.flow.blamed

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the (first) result."""
        return self.out_shapes[0]

    @property
    def out_shapes(self) -> list[tuple[int, ...]]:
        """Shapes of all results; empty where the operation returns no tensor."""
        return node_shapes(self.node)

    def reason(self, why: str) -> Reason:
        """A freeze reason at this operation."""
        return Reason(self.operation.rstrip("_") or self.operation, self.owner, why)

    def untracked(self) -> Result:
        """Results of which no channel can be removed."""
        shapes = self.out_shapes
        value = self.node.meta.get("val")
        if isinstance(value, Tensor):
            return Tracked(shapes[0])
        return [Tracked(shape) for shape in shapes]

    def freeze(self, value: Tracked | None, why: str) -> None:
        """Keep all channels of ``value``."""
        if value is None:
            return
        if value.dim is not None:
            self.flow.labels.freeze(value.labels, self.reason(why))
        if value.parameter is not None:
            self.flow.freeze_parameter(value.parameter, self.reason(why))

    def freeze_all(self, why: str) -> Result:
        """Keep the channels of every argument; the results carry none."""
        for value in self.tensors:
            self.freeze(value, why)
        return self.untracked()

    def assume(self) -> bool:
        """Note that the rule relies on a size; ``False`` where a re-trace has shown that it may not."""
        self.flow.assumptions[self.key] = None
        return not self.blamed

    def expect(self, argument: str, labels: LabelVector) -> None:
        """State that after removing channels ``argument`` equals the number of kept ``labels``."""
        self.flow.expected.setdefault(self.key, {})[argument] = labels

    def resize(self, **attributes: LabelVector) -> None:
        """State that the calling module's attributes of these names are the numbers of kept labels."""
        self.flow.attributes.setdefault(self.owner, {}).update(attributes)

    def states(self, size: int, labels: LabelVector) -> bool:
        """Whether the calling module holds ``size`` as a number, which then is the number of kept ``labels``.

        A module that writes a size into a view may hold it as an attribute, alone or among others. That it is this one
        is a guess, which the next re-trace has to confirm.
        """
        module, blame = self.flow.modules.get(self.owner), self.flow.blamed.get(self.key)
        if module is None or blame is None or blame.level != 1:
            return False
        found = stated_sizes(module, size, self.out_shape)
        for name in found:
            self.resize(**{name: labels})
        if found:
            self.flow.stated[self.key] = None
        return bool(found)

    def charge(
        self,
        kind: str,
        coefficient: int,
        first: LabelVector | None = None,
        second: LabelVector | None = None,
        owner: str | None = None,
    ) -> None:
        """Add a cost term; only evaluation-mode operations are priced."""
        if not self._recording.training:
            self.flow.terms.append(Term(kind, self.owner if owner is None else owner, coefficient, first, second))

    def bind(self, value: Tracked | None, dim: int, labels: LabelVector, read: bool = False) -> None:
        """Give a parameter's ``dim`` the labels of the channels that it is used on; ``read`` as in `Flow.bind`."""
        if value is not None and value.parameter is not None:
            self.understood.add(value.parameter)
            self.flow.bind(value.parameter, dim, labels, read)

    def own(self, value: Tracked, dim: int) -> LabelVector:
        """The labels that a parameter's ``dim`` brings with it."""
        assert value.parameter is not None
        self.understood.add(value.parameter)
        return self.flow.own(value.parameter, dim)

    def channels(self, value: Tracked) -> Tracked:
        """``value``, where a parameter with one long dim gets that dim as its channel dim.

        Of a tensor that is computed from parameters, only dims that can lose entries count.
        """
        if value.parameter is None or value.dim is not None:
            return value
        parameter = value.parameter
        long = [dim for dim, size in enumerate(value.shape) if size > 1 and self.flow.origin(parameter, dim)]
        if len(long) != 1:
            return value
        return Tracked(value.shape, long[0], self.own(value, long[0]), value.parameter)

    def keep_unexplained_parameters(self) -> None:
        """A parameter that the rule did not account for may leak into anything: keep it whole."""
        for value in self.tensors:
            if value.parameter is not None and value.parameter not in self.understood:
                self.flow.freeze_parameter(value.parameter, self.reason("it uses a parameter in a way without a rule"))

    def _known(self, argument: Any) -> Any:
        if isinstance(argument, fx.Node):
            return self.flow.values.get((self._recording.training, argument.name))
        if isinstance(argument, (list, tuple)):
            return [self._known(item) for item in argument]
        return argument


Rule: TypeAlias = Callable[[Call], Result]


def operation_name(node: fx.Node) -> str:
    """The operator without namespace and overload, e.g. ``conv3d``, ``add_``, ``getitem``."""
    target = node.target
    if isinstance(target, torch._ops.OpOverload):
        return str(target.overloadpacket.__name__)
    return getattr(target, "__name__", str(target))


def bound_arguments(node: fx.Node) -> dict[str, Any]:
    """A node's arguments by the names of the operator's schema, defaults filled in."""
    target = node.target
    if not isinstance(target, torch._ops.OpOverload):
        return {str(position): value for position, value in enumerate(node.args)} | dict(node.kwargs)
    given, named = node.args, node.kwargs
    bound = {}
    for position, (name, default) in enumerate(_parameters(target)):
        bound[name] = given[position] if position < len(given) else named.get(name, default)
    return bound


@cache
def _parameters(target: torch._ops.OpOverload) -> tuple[tuple[str, Any], ...]:
    """The names and defaults of an operator's arguments; its schema makes them anew each time it is asked."""
    return tuple((one.name, one.default_value if one.has_default_value() else None) for one in target._schema.arguments)


def node_shapes(node: fx.Node) -> list[tuple[int, ...]]:
    """Shapes of the tensors that a node returns."""
    value = node.meta.get("val")
    values = value if isinstance(value, (list, tuple)) else [value]
    return [tuple(item.shape) for item in values if isinstance(item, Tensor)]
