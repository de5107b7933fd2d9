"""What a user decides: the method and its settings, checked once, where they enter.

``METHODS`` says in a table what each method does with the scores; ``ranp.ranking`` reads it.
"""

import sys
from dataclasses import dataclass
from typing import Literal

from ranp.graph import COUPLINGS, Coupling
from ranp.importance import CRITERIA, REDUCTIONS, choose

DEFAULT_SPARSITY = 0.5


@dataclass(frozen=True)
class Method:
    """How a method ranks neurons: from what, whether layers are balanced, and by which cost they are reweighted."""

    title: str
    description: str
    scores: Literal["sensitivity", "random", "magnitude"] = "sensitivity"
    balance: bool = False
    cost: Literal["macs", "activations", "blend"] | None = None
    layerwise: bool = False


METHODS: dict[str, Method] = {
    "ranp-f": Method("RANP-f", "layers balanced, then weighed against their MACs", balance=True, cost="macs"),
    "ranp-m": Method(
        "RANP-m", "layers balanced, then weighed against their activations (memory)", balance=True, cost="activations"
    ),
    "blend": Method(
        "Blend",
        "between RANP-f (alpha = 1) and RANP-m (alpha = 0): costs are mixed by alpha",
        balance=True,
        cost="blend",
    ),
    "weighted": Method("Weighted NP", "layers balanced, costs ignored", balance=True),
    "vanilla": Method("Vanilla NP", "connection sensitivity as it is"),
    "layerwise": Method("Layer-wise", "the same sparsity in every layer, by connection sensitivity", layerwise=True),
    "random": Method("Random", "neurons in random order", scores="random"),
    "magnitude": Method("Magnitude", "the absolute weights that produce a neuron, no data", scores="magnitude"),
}

IMPORTED = "imported"
"""The method of a plan whose masks were made elsewhere: known to plans, and nothing that can be asked for."""

BUDGETS: dict[str, str] = {"macs": "macs", "memory": "activations", "params": "params"}
"""What may be limited, and the field of a ``Cost`` that measures it; memory is the paper's: elements of activations."""


@dataclass(frozen=True)
class PruningConfig:
    """The settings of one pruning; ``ValueError`` at construction names the one that makes no sense.

    Either ``sparsity``, the fraction of all neurons to remove (0 <= sparsity < 1), or ``budget``, for instance
    ``("macs", 0.1)``: the smallest sparsity that leaves a tenth of the full network's MACs. With neither, half of the
    neurons go. ``lam`` weighs costs in RANP, ``alpha`` blends MACs (1) with memory (0), ``criterion`` and ``reduce``
    say how importance was computed, ``seed`` orders the neurons of the random method. ``min_neurons`` is the number of
    neurons that selection leaves in each layer, and ``caps`` pairs of a layer and the largest share of its neurons that
    selection removes, for instance ``(("encoder1.conv1", 0.5),)``; coupling ``all`` may still remove more.

    >>> PruningConfig(method="ranp-m", budget=("memory", 0.3)).sparsity is None
    True
    >>> PruningConfig(sparsity=1.0)
    Traceback (most recent call last):
    ValueError: sparsity must be at least 0 and below 1 (the fraction of neurons removed), not 1.0
    """

    method: str = "ranp-f"
    sparsity: float | None = None
    budget: tuple[str, float] | None = None
    alpha: float = 0.5
    lam: float = 11.0
    criterion: str = "mpmg"
    reduce: str = "sum"
    coupling: Coupling = "any"
    min_neurons: int = 0
    protect: tuple[str, ...] = ()
    caps: tuple[tuple[str, float], ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method != IMPORTED:
            choose(METHODS, self.method, "method")
        choose(CRITERIA, self.criterion, "criterion")
        choose(REDUCTIONS, self.reduce, "reduce")
        choose(COUPLINGS, self.coupling, "coupling")
        if self.sparsity is None and self.budget is None:
            object.__setattr__(self, "sparsity", DEFAULT_SPARSITY)
        if self.sparsity is not None:
            check_sparsity(self.sparsity)
        if self.budget is not None:
            _check_budget(self.budget, self.sparsity)
        if not _is_number(self.alpha) or not 0 <= self.alpha <= 1:
            raise ValueError(f"alpha must be between 0 (memory only) and 1 (MACs only), not {self.alpha}")
        if not _is_number(self.lam) or self.lam < 0:
            raise ValueError(f"lambda must be a number of at least 0, not {self.lam}")
        for name, value in (("min_neurons", self.min_neurons), ("seed", self.seed)):
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise ValueError(f"{name} must be a whole number of at least 0, not {value!r}")
        if isinstance(self.protect, str) or not all(isinstance(name, str) for name in self.protect):
            raise ValueError(f"protect must be a tuple of layer names, not {self.protect!r}")
        object.__setattr__(self, "protect", tuple(self.protect))
        object.__setattr__(self, "caps", _checked_caps(self.caps))


def check_sparsity(sparsity: float) -> None:
    """Raise ``ValueError`` unless 0 <= sparsity < 1 (``nan`` is neither)."""
    if not _is_number(sparsity) or not 0 <= sparsity < 1:
        raise ValueError(f"sparsity must be at least 0 and below 1 (the fraction of neurons removed), not {sparsity}")


def _check_budget(budget: tuple[str, float], sparsity: float | None) -> None:
    if sparsity is not None:
        raise ValueError(f"give a sparsity or a budget, not both (sparsity {sparsity}, budget {budget})")
    if not isinstance(budget, (tuple, list)) or len(budget) != 2:
        raise ValueError(f"budget must be a pair such as ('macs', 0.1), not {budget!r}")
    kind, fraction = budget
    choose(BUDGETS, kind, "budget")
    if not _is_number(fraction) or not 0 < fraction <= 1:
        raise ValueError(f"the {kind} budget must be above 0 and at most 1 (of the full network), not {fraction}")


def _checked_caps(caps: object) -> tuple[tuple[str, float], ...]:
    if not isinstance(caps, (tuple, list)) or not all(isinstance(cap, (tuple, list)) and len(cap) == 2 for cap in caps):
        raise ValueError(f"caps must be pairs of a layer and a share, such as (('conv1', 0.5),), not {caps!r}")
    for name, share in caps:
        if not _is_number(share) or not 0 <= share <= 1:
            raise ValueError(
                f"the cap of layer '{name}' must be a share of its neurons from 0 (keep all) to 1, not {share!r}"
            )
    if len(dict(caps)) < len(caps):
        raise ValueError(f"caps must name each layer once, not {caps!r}")
    return tuple((name, float(share)) for name, share in caps)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
