"""What the rules share while labels flow through a network, and what the channel graph is then made of.

The union-find, what is known of each tensor, which parameter dims carry which labels, the cost terms, and the
assumptions that the re-trace has to check (`ranp.graph.retrace`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from torch import nn

from ranp.graph.labels import Labels, LabelVector, Reason

Key: TypeAlias = tuple[bool, str]
"""An operation of one of the traces: (training mode?, node name)."""


@dataclass
class NeuronLayer:
    """One weight that makes neurons: a convolution, transposed convolution or linear map."""

    name: str
    kind: str
    weight: str
    bias: str | None
    out_dim: int
    groups: int
    labels: LabelVector


@dataclass(frozen=True)
class Term:
    """``coefficient * len(kept of first) * len(kept of second)`` units of ``kind``, charged to ``owner``."""

    kind: str
    owner: str
    coefficient: int
    first: LabelVector | None = None
    second: LabelVector | None = None


@dataclass
class Flow:
    """What the rules know and decide. ``blamed`` counts how often a re-trace refuted an operation's labels."""

    model: nn.Module
    blamed: Mapping[Key, int] = field(default_factory=dict)
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
    uncounted: dict[str, None] = field(default_factory=dict)
    _frozen_parameters: dict[str, Reason] = field(default_factory=dict)

    def bind(self, parameter: str, dim: int, labels: LabelVector) -> None:
        """State that positions along ``dim`` of a parameter have ``labels``; a second user ties to the first."""
        known = self.parameters.setdefault(parameter, {})
        if dim in known:
            self.labels.tie(known[dim], labels)
        else:
            known[dim] = labels

    def own(self, parameter: str, dim: int) -> LabelVector:
        """The labels along ``dim`` of a parameter, made now if nothing is known of it yet."""
        known = self.parameters.setdefault(parameter, {})
        if dim not in known:
            known[dim] = self.labels.fresh(self.shapes[parameter][dim])
        return known[dim]

    def freeze_parameter(self, parameter: str, reason: Reason) -> None:
        """Keep a parameter whole, on every dim, now and whatever is bound to it later."""
        self._frozen_parameters.setdefault(parameter, reason)

    def finish(self) -> None:
        """Apply what could only be applied after the last operation."""
        for parameter, reason in self._frozen_parameters.items():
            for labels in self.parameters.get(parameter, {}).values():
                self.labels.freeze(labels, reason)
