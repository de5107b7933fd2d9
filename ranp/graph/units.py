"""From labels to units: sets of neurons, over one or several layers, that stay or go together."""

from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from ranp.graph.flow import Flow, NeuronLayer
from ranp.graph.labels import Cause, LabelVector, Reason

_NONE: LabelVector = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Layer:
    """One layer of neurons, as the rest of the library sees it.

    ``frozen`` counts the neurons that cannot go and ``frozen_reason`` says why the first of them cannot; ``coupled``
    names the layers that share a unit with this one; ``output`` marks a layer that makes the network's output.
    ``depthwise``: each neuron reads one channel, and so passes that channel on. Of a weight that is computed (masked,
    normalised), ``weight`` is the parameter of its shape; ``others`` are more parameters that produce the neurons, each
    with the dim that the neurons lie along: a weight norm's lengths, or a second bias where layers share a weight.
    """

    name: str
    kind: str
    neurons: int
    weight: str
    bias: str | None
    out_dim: int
    groups: int
    frozen: int
    frozen_reason: str | None
    coupled: tuple[str, ...]
    output: bool
    depthwise: bool
    shape: tuple[int, ...]  # of its weight
    others: tuple[tuple[str, int], ...] = ()

    @property
    def prunable(self) -> bool:
        """Whether any neuron of the layer can be removed."""
        return self.frozen < self.neurons


@dataclass(frozen=True)
class Freeze:
    """A part of the network that stays whole, and why, in words.

    >>> print(Freeze("head", 10, 10, "output", "it is part of what the network returns"))
    head: all 10 neurons stay, because of output: it is part of what the network returns
    """

    layer: str
    frozen: int
    neurons: int
    operation: str
    reason: str

    def __str__(self) -> str:
        whole = self.frozen == self.neurons
        count = f"all {self.neurons} neurons stay" if whole else f"{self.frozen} of {self.neurons} neurons stay"
        return f"{self.layer}: {count}, because of {self.operation}: {self.reason}"


@dataclass(frozen=True)
class Tie:
    """Why a layer shares channels with another one: what ties them, from this layer to the other."""

    other: str
    causes: tuple[Cause, ...]


class Units:
    """Every label's unit: 0 is kept whatever happens, the others are numbered from 1.

    A unit that covers a whole layer cannot go without emptying the layer, so it is frozen, with that as the reason.
    """

    def __init__(self, flow: Flow) -> None:
        self.layers = list(flow.layers.values())
        self._shapes = flow.shapes
        self._labels = flow.labels
        self._reasons = flow.labels.frozen_roots()
        self._returned = set(flow.labels.roots(np.concatenate([_NONE, *flow.returned])).tolist())
        roots = {layer.name: flow.labels.roots(layer.labels) for layer in self.layers}
        for layer in self.layers:
            if len(np.unique(roots[layer.name])) == 1 and layer.labels.size > 1:
                why = f"all {layer.labels.size} neurons are tied into one unit, which cannot go without the layer"
                self._reasons.setdefault(int(roots[layer.name][0]), Reason("coupling", layer.name, why))
        every = np.unique(np.concatenate([*roots.values(), _NONE]))
        free = np.array([root for root in every.tolist() if root not in self._reasons], dtype=np.int64)
        unit_of_root = np.zeros(len(flow.labels), dtype=np.int64)
        unit_of_root[free] = np.arange(1, len(free) + 1)
        self._unit = unit_of_root[flow.labels.roots(np.arange(len(flow.labels)))]
        self.count = len(free) + 1
        self.of_layer = {name: unit_of_root[of] for name, of in roots.items()}
        self._roots = roots

    def of(self, labels: LabelVector) -> LabelVector:
        """The unit of each label."""
        return self._unit[labels]

    def describe(self) -> list[Layer]:
        """The layers in network order."""
        coupled = self._coupled()
        return [self._layer(layer, coupled[layer.name]) for layer in self.layers]

    def freezes(self) -> list[Freeze]:
        """One entry for each layer and reason that keeps neurons of it."""
        found = []
        for layer in self.layers:
            for reason, count in Counter(self._frozen_reasons(layer)).items():
                operation = f"{reason.operation} in '{reason.where}'" if reason.where else reason.operation
                found.append(Freeze(layer.name, count, layer.labels.size, operation, reason.why))
        return found

    def _frozen_reasons(self, layer: NeuronLayer) -> list[Reason]:
        anonymous = Reason("coupling", "", "its neurons are added to positions that always stay")
        return [self._reasons[root] or anonymous for root in self._roots[layer.name].tolist() if root in self._reasons]

    def _layer(self, layer: NeuronLayer, coupled: tuple[str, ...]) -> Layer:
        reasons = self._frozen_reasons(layer)
        return Layer(
            name=layer.name,
            kind=layer.kind,
            neurons=layer.labels.size,
            weight=layer.weight,
            bias=layer.bias,
            out_dim=layer.out_dim,
            groups=layer.groups,
            frozen=len(reasons),
            frozen_reason=str(reasons[0]) if reasons else None,
            coupled=coupled,
            output=not self._returned.isdisjoint(self._roots[layer.name].tolist()),
            depthwise=layer.groups > 1
            and self._shapes[layer.weight][1 - layer.out_dim] == (1 if layer.out_dim == 0 else layer.groups),
            shape=tuple(self._shapes[layer.weight]),
            others=tuple(layer.others.items()),
        )

    @cached_property
    def ties(self) -> dict[str, tuple[Tie, ...]]:
        """Layer -> why it is tied to each of the layers that it is coupled to; looked for when it is first asked."""
        labels_of = {layer.name: layer.labels for layer in self.layers}
        chains_of = cache(self._labels.causes)
        found = {}
        for name, others in self._coupled().items():
            roots = self._roots[name]
            ties = []
            for other in others:
                at = int(np.flatnonzero(np.isin(roots, self._roots[other]))[0])
                chains = chains_of(int(labels_of[name][at]))
                shared = labels_of[other][self._roots[other] == roots[at]].tolist()
                ties.append(Tie(other, min((chains[label] for label in shared), key=len)))
            found[name] = tuple(ties)
        return found

    def _coupled(self) -> dict[str, tuple[str, ...]]:
        layers_of_root: dict[int, dict[str, None]] = {}
        for layer in self.layers:
            for root in np.unique(self._roots[layer.name]).tolist():
                layers_of_root.setdefault(root, {})[layer.name] = None
        partners: dict[str, dict[str, None]] = {layer.name: {} for layer in self.layers}
        for names in dict.fromkeys(map(tuple, layers_of_root.values())):  # thousands of units serve the same layers
            for name in names:
                partners[name].update(dict.fromkeys(other for other in names if other != name))
        return {name: tuple(others) for name, others in partners.items()}
