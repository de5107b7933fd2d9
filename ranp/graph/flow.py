"""What the rules share while labels flow through a network, and what the channel graph is then made of.

The union-find, what is known of each tensor, which parameter dims carry which labels, the cost terms, and the
assumptions that the re-trace has to check (`ranp.graph.proof.retrace`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from torch import nn

from ranp.graph.computed import Computed, Origin, Source
from ranp.graph.labels import Labels, LabelVector, Reason
from ranp.graph.recording.raised import Raised

Key: TypeAlias = tuple[bool, str]
"""An operation of one of the traces: (training mode?, node name)."""


@dataclass
class NeuronLayer:
    """One weight that makes neurons: a convolution, transposed convolution or linear map.

    Of a weight that is computed, ``weight`` is the parameter of its shape; ``others`` are more parameters that produce
    the neurons, each with the dim that they lie along: a weight norm's lengths, or the bias of a layer that shares the
    weight. ``made_of`` are all parameters of a computed weight or bias, whatever lies along them.
    """

    name: str
    kind: str
    weight: str
    bias: str | None
    out_dim: int
    groups: int
    labels: LabelVector
    others: dict[str, int] = field(default_factory=dict)
    made_of: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True)
class Term:
    """``coefficient * len(kept of first) * len(kept of second)`` units of ``kind``, charged to ``owner``."""

    kind: str
    owner: str
    coefficient: int
    first: LabelVector | None = None
    second: LabelVector | None = None


@dataclass(frozen=True)
class Blame:
    """How far an operation that a re-trace refuted is given up, and what was raised before it was reached.

    At ``level`` 1 its rule stops to assume a size, where it does; `ranp.graph.giving_up` has the others.
    """

    level: int
    raised: Raised | None = None

    def why(self, otherwise: str) -> str:
        """The reason for what is kept, in words: what was raised, or ``otherwise``."""
        return otherwise if self.raised is None else str(self.raised)


@dataclass
class Flow:
    """What the rules know and decide.

    ``blamed`` has what a re-trace refuted, ``given_up`` the operations at which every channel stays for it, and why.
    ``stated`` are the operations whose size a module is guessed to hold.
    """

    model: nn.Module
    blamed: Mapping[Key, Blame] = field(default_factory=dict)
    given_up: Mapping[Key, str] = field(default_factory=dict)
    labels: Labels = field(default_factory=Labels)
    parameters: dict[str, dict[int, LabelVector]] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    layers: dict[str, NeuronLayer] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    values: dict[Key, Any] = field(default_factory=dict)
    assumptions: dict[Key, None] = field(default_factory=dict)
    expected: dict[Key, dict[str, LabelVector]] = field(default_factory=dict)
    attributes: dict[str, dict[str, LabelVector]] = field(default_factory=dict)
    stated: dict[Key, None] = field(default_factory=dict)
    uncounted: dict[str, None] = field(default_factory=dict)
    returned: list[LabelVector] = field(default_factory=list)
    computed: dict[str, Computed] = field(default_factory=dict)
    held: dict[str, Key] = field(default_factory=dict)
    made_by: dict[Key, str] = field(default_factory=dict)
    not_zeroed: set[tuple[str, int]] = field(default_factory=set)
    _frozen: dict[tuple[str, int | None], Reason] = field(default_factory=dict)
    _fixed: dict[tuple[str, int], LabelVector] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        """The network's parameters, not its buffers."""
        return frozenset(name for name, _ in self.model.named_parameters(remove_duplicate=False))

    @cached_property
    def modules(self) -> dict[str, nn.Module]:
        """The network's modules by their first names; finding them anew for each layer takes seconds."""
        return dict(self.model.named_modules())

    def bind(self, parameter: str, dim: int, labels: LabelVector, read: bool = False) -> None:
        """State that positions along ``dim`` of a parameter have ``labels``; a second user ties to the first.

        ``read``: a layer reads the channels of these labels through it, so its entries have to vanish with them.
        """
        if parameter in self.computed:
            self._bind_computed(self.computed[parameter], dim, labels, read)
            return
        known = self.parameters.setdefault(parameter, {})
        if dim in known:
            self.labels.tie(known[dim], labels)
        else:
            known[dim] = labels

    def own(self, parameter: str, dim: int) -> LabelVector:
        """The labels along ``dim`` of a parameter, made now if nothing is known of it yet."""
        if parameter in self.computed:
            return self._own_computed(parameter, dim)
        known = self.parameters.setdefault(parameter, {})
        if dim not in known:
            known[dim] = self.labels.fresh(self.shapes[parameter][dim])
        return known[dim]

    def freeze_parameter(self, parameter: str, reason: Reason) -> None:
        """Keep a parameter whole, on every dim, now and whatever is bound to it later."""
        names = self.computed[parameter].parameters if parameter in self.computed else (parameter,)
        for name in names:
            self._frozen.setdefault((name, None), reason)

    def freeze_sources(self, origin: Origin, reason: Reason) -> None:
        """Keep what lies along the dims that ``origin`` names, now and whatever is bound to them later."""
        for source in origin.sources:
            self._frozen.setdefault((source.parameter, source.dim), reason)

    def origin(self, parameter: str, dim: int) -> Origin | None:
        """What ``dim`` of a parameter, or of a tensor computed from some, follows; ``None``: it cannot change."""
        if parameter in self.computed:
            return self.computed[parameter].origins.get(dim)
        return Origin((Source(parameter, dim),))

    def extents(self, parameter: str) -> list[int | LabelVector]:
        """The sizes of a computed tensor, with labels in place of a size that goes with them."""
        computed = self.computed[parameter]
        found: list[int | LabelVector] = list(computed.shape)
        for dim, origin in computed.origins.items():
            for source in origin.sources:
                labels = self.parameters.get(source.parameter, {}).get(source.dim)
                if labels is not None:
                    found[dim] = labels
        return found

    def finish(self) -> None:
        """Apply what could only be applied after the last operation."""
        for (parameter, only), reason in self._frozen.items():
            for dim, labels in self.parameters.get(parameter, {}).items():
                if only in (None, dim):
                    self.labels.freeze(labels, reason)

    def _bind_computed(self, computed: Computed, dim: int, labels: LabelVector, read: bool) -> None:
        origin = computed.origins.get(dim)
        if origin is None:
            self.labels.freeze(labels, computed.reason)
            return
        if read and not origin.vanishes:
            why = "the weights that read these channels are computed so that they do not vanish with them"
            self.labels.freeze(labels, Reason(computed.reason.operation, computed.reason.where, why))
        for source in origin.sources:
            self._bind_source(source, labels)

    def _own_computed(self, parameter: str, dim: int) -> LabelVector:
        computed = self.computed[parameter]
        origin = computed.origins.get(dim)
        if origin is None or not origin.sources:
            if (parameter, dim) not in self._fixed:
                self._fixed[parameter, dim] = self.labels.fresh(computed.shape[dim])
                self.labels.freeze(self._fixed[parameter, dim], computed.reason)
            return self._fixed[parameter, dim]
        labels = self.own(origin.sources[0].parameter, origin.sources[0].dim)
        for source in origin.sources:
            self._bind_source(source, labels)
        return labels

    def _bind_source(self, source: Source, labels: LabelVector) -> None:
        self.bind(source.parameter, source.dim, labels)
        if not source.zeroed:
            self.not_zeroed.add((source.parameter, source.dim))
