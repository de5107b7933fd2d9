"""What the explorer shows, as plain values: what `compute` fills in and what `charts` and the views read.

No torch and no Streamlit here, so that a figure or a sentence can be made and tested from numbers alone.
Costs are for one input (batch 1): MACs are multiply-adds, activations are elements of the layers' outputs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

LARGEST_PART = 0.7
"""A part of the network that has more than this share of its layers is told apart by numbers."""


class Fate(IntEnum):
    """What became of a neuron, and whether its own score or its ties to other neurons decided."""

    KEPT = 0  # its score reaches the threshold
    REMOVED = 1  # its score is below the threshold, or equal to it and not in the line for staying
    RESCUED = 2  # below the threshold, kept: the layer is kept whole, a tied one needs the channel, or widths are moved
    DROPPED = 3  # reaches the threshold, removed: a tied layer gives the channel up, or widths are moved


@dataclass(frozen=True)
class LayerFacts:
    """One layer before and after pruning; `held` says in plain words why (some of) its neurons cannot go."""

    name: str
    kind: str
    neurons: int
    kept: int
    macs_share: float  # of the full network's MACs, 0 to 1
    held: str | None = None
    tied: tuple[str, ...] = ()

    @property
    def kept_share(self) -> float:
        return self.kept / self.neurons

    @property
    def emptied(self) -> bool:
        return self.kept == 0


@dataclass(frozen=True)
class NeuronFacts:
    """Every neuron's final score as a share of the highest one, layer by layer, with the threshold in the same unit.

    ``ranks`` counts for each neuron how many of its pool are kept longer, by layer as the rest.
    """

    scores: dict[str, NDArray[np.float64]]
    fates: dict[str, NDArray[np.int8]]
    thresholds: dict[str, float]  # per layer; the same everywhere unless the method ranks within layers
    ranks: dict[str, NDArray[np.int64]] = field(default_factory=dict)


@dataclass(frozen=True)
class CurveFacts:
    """What is left of each resource over a grid of sparsities, as a share of the full network (0 to 1)."""

    sparsities: NDArray[np.float64]
    macs: NDArray[np.float64]
    activations: NDArray[np.float64]
    params: NDArray[np.float64]
    feasible: NDArray[np.bool_]
    first_empty_layer: str | None
    max_feasible_sparsity: float


@dataclass(frozen=True)
class CostFacts:
    """What one network costs: one input forward, and the highest memory of one training step where it is known."""

    neurons: int
    macs: int
    params: int
    activations: int
    peak_training_bytes: int | None = None

    @property
    def flops(self) -> int:
        return 2 * self.macs


@dataclass(frozen=True)
class Unmet:
    """A budget that no plan of the method meets: what it limits, and as shares of the full network what it may leave
    and the least that can be left.
    """

    target: str
    share: float
    least: float


@dataclass(frozen=True)
class Snapped:
    """What moving to fast widths did: by how many neurons the plan changed, and without and with it the MACs and the
    seconds of a training step."""

    moved: int
    macs: tuple[int, int]
    seconds: tuple[float, float]


@dataclass(frozen=True)
class PlanFacts:
    """One plan: what was asked for, what came out, and whether the network can be built."""

    layers: tuple[LayerFacts, ...]
    full: CostFacts
    pruned: CostFacts
    requested_sparsity: float
    achieved_sparsity: float
    feasible: bool
    first_empty_layer: str | None
    max_feasible_sparsity: float
    unmet: Unmet | None = None  # the budget that cannot be met: the plan is then the smallest network there is
    equal: tuple[str, ...] = ()  # what became of neurons whose common score is the threshold, in words
    snapped: Snapped | None = None  # what moving to fast widths did


@dataclass(frozen=True)
class NetworkFacts:
    """The network before anything is pruned, and what its graph says about pruning it."""

    layers: tuple[str, ...]
    prunable: tuple[str, ...]
    full: CostFacts
    input_shapes: tuple[tuple[int, ...], ...]  # batch first
    held: tuple[tuple[str, str], ...]  # layer or operation, and why (some of) its channels cannot go
    uncounted: tuple[str, ...]  # operations that cost something and are not in the figures
    notes: tuple[str, ...] = ()  # what the trace could not check
    least_macs: int = 0  # of the smallest networks that can be built, with a neuron in every layer
    least_params: int = 0

    @property
    def least_shares(self) -> tuple[float, float]:
        """The same as shares of the full network: of the MACs, and of the parameters."""
        return self.least_macs / max(1, self.full.macs), self.least_params / max(1, self.full.params)


@dataclass(frozen=True)
class ChannelGraphFacts:
    """Layers in network order with what is drawn of each; ``tied`` names the layers that share channels with one."""

    layers: tuple[str, ...]
    kinds: tuple[str, ...]
    neurons: tuple[int, ...]
    kept: tuple[int, ...]
    held: tuple[str | None, ...]
    tied: Mapping[str, tuple[str, ...]]
    edges: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Stage:
    """A run of neighbouring layers that belong to the same part of the network: layers[start:stop]."""

    title: str
    start: int
    stop: int


def stages(names: Sequence[str]) -> list[Stage]:
    """The parts that a network's layer names tell of: neighbours with the same first word.

    What all names share (`model.`) says nothing and is left out. A word's number is left out too, unless one part would
    then swallow most of the network (`layer1`, `layer2`, ...).

    >>> [stage.title for stage in stages(["encoder1.conv1", "encoder2.conv1", "decoder1.conv1", "final"])]
    ['encoder', 'decoder', 'final']
    """
    paths = [name.split(".") for name in names]
    while paths and all(len(path) > 1 and path[0] == paths[0][0] for path in paths):
        paths = [path[1:] for path in paths]
    words = [path[0] for path in paths]
    plain = _runs([word.rstrip("0123456789").rstrip("_-") or word for word in words])
    widest = max((stage.stop - stage.start for stage in plain), default=0)
    return _runs(words) if widest > LARGEST_PART * len(names) else plain


def _runs(titles: Sequence[str]) -> list[Stage]:
    found: list[Stage] = []
    for position, title in enumerate(titles):
        if found and found[-1].title == title:
            found[-1] = Stage(title, found[-1].start, position + 1)
        else:
            found.append(Stage(title, position, position + 1))
    return found
