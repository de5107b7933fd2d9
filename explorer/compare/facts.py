"""What the Compare page shows, as plain values: no torch, no Streamlit."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.facts import CurveFacts, PlanFacts

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class StepTime:
    """Seconds of a training step before and after pruning by a time table; `source` tells its machine and its error.

    ``curve`` is what is left of them over the sparsities of the plan's curve, and ``inference`` the same two of an
    inference; None where the table does not tell it.
    """

    before: float
    after: float | None
    machine: str  # equal for seconds that may be compared
    source: str
    curve: Shares | None = None
    inference: tuple[float, float | None] | None = None


@dataclass(frozen=True)
class Entry:
    """One plan among those that are compared. Its ``method``, by name, and ``slot`` say how charts draw it.

    The slot -1 is the present plan. `alpha` and `lam` are None where the method knows nothing of costs.
    """

    name: str
    slot: int
    network: str
    size: str
    method: str
    alpha: float | None
    lam: float | None
    plan: PlanFacts
    curve: CurveFacts
    step: StepTime | None = None


@dataclass(frozen=True)
class Flips:
    """What one method keeps that another removes, in one layer or in all: numbers of neurons."""

    both: int
    lost: int  # kept by the first only
    rescued: int  # kept by the second only
    neither: int
    jaccard: float


@dataclass(frozen=True)
class MethodRanks:
    """Where one method ranks every neuron: the share of all neurons that score higher, 0 the best, layer by layer."""

    title: str
    ranks: dict[str, Shares]
    kept: dict[str, NDArray[np.bool_]]  # ties between layers respected
    threshold: float  # ranks below it stay, ties apart
    sparsity: float
    macs_left: float
    memory_left: float
    unmet: bool


@dataclass(frozen=True)
class FlipFacts:
    """Rankings of the same neurons by several methods, and what changes from each to each later one."""

    layers: tuple[str, ...]
    methods: dict[str, MethodRanks]
    in_all: dict[tuple[str, str], Flips]
    by_layer: dict[tuple[str, str], dict[str, Flips]]


@dataclass(frozen=True)
class PlanePoint:
    """What one alpha and lambda leave of MACs and memory, as shares of the full network."""

    alpha: float
    lam: float
    macs: float
    memory: float
    feasible: bool
    best: bool  # no other point is cheaper in both


@dataclass(frozen=True)
class PlaneFacts:
    sparsity: float
    points: tuple[PlanePoint, ...]
    present: tuple[float, float] | None  # MACs and memory left by the present plan, if it can be built


@dataclass(frozen=True)
class Spread:
    """How plans agree whose importance was computed anew: per layer over all pairs, and over all plans.

    Jaccard: kept by both of those kept by any of the two. `chance` is what random choices of as many neurons share.
    """

    plans: int
    jaccard_mean: Shares
    jaccard_std: Shares
    chance: Shares
    kept_mean: Shares
    kept_std: Shares
    in_all_mean: float
    in_all_std: float
    in_all_chance: float


@dataclass(frozen=True)
class WidthFacts:
    """A plan's widths beside the best ones; importance as a share of that of all neurons that can go.

    ``buys`` is the importance that one more percent of the full network's would buy, of each limit that both keep.
    """

    layers: tuple[str, ...]
    neurons: tuple[int, ...]
    kept: tuple[int, ...]
    best: tuple[int, ...]
    importance: float
    most: float
    bound: float
    proven: bool
    buys: Mapping[str, float]


@dataclass(frozen=True)
class StabilityFacts:
    """The same plan from other examples and from other initial weights."""

    layers: tuple[str, ...]
    sparsity: float
    batches: Spread
    weights: Spread
