"""What may be limited instead of the sparsity."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranp.types import Costs, Lifetimes, Masks


@dataclass(frozen=True)
class Budget:
    """``cost`` is the name under which results tell it; of `BUDGETS`, the field of a `ranp.graph.Cost`."""

    cost: str
    title: str
    resource: str
    """Within a sentence."""
    short: str
    units: Mapping[str, float] = field(default_factory=dict)
    """The units in which an amount may be given, each in that of the cost."""
    example: str = ""
    """Such an amount."""


BUDGETS: dict[str, Budget] = {
    "macs": Budget("macs", "MACs", "MACs", "MACs"),
    "memory": Budget("activations", "Memory", "activation memory", "memory"),
    "params": Budget("params", "Parameters", "parameters", "params"),
}
"""What the channel graph prices by itself. Memory is the paper's: elements of activations."""

BYTES = {
    "B": 1,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
}

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}

STEP_BUDGETS: dict[str, Budget] = {
    "peak": Budget("peak_training_bytes", "Peak training memory", "peak training memory", "peak", BYTES, "8GiB"),
    "time": Budget("step_seconds", "Time of a training step", "time of a training step", "time", SECONDS, "50ms"),
    "inference": Budget(
        "inference_seconds", "Time of an inference", "time of an inference", "inference", SECONDS, "5ms"
    ),
}
"""What a step takes, of training or of inference, which a `Pricer` tells: it depends on the batch, the machine and so
on."""

PRICED_LIVE: dict[str, Budget] = {
    **BUDGETS,
    "peak": replace(STEP_BUDGETS["peak"], title="Peak"),
    "time": replace(STEP_BUDGETS["time"], title="Time"),
    "inference": replace(STEP_BUDGETS["inference"], title="Inference"),
}
"""What a page prices of any plan at once, and may limit."""


Price = Callable[[Masks | None], float]
"""What a network takes with only these neurons left; ``None``: the full one."""
Curve = Callable[[Lifetimes, int], NDArray[np.float64]]
"""The same at every point of a sparsity grid, ``(points,)``; lifetimes as for ``graph.cost_curve``."""


@dataclass(frozen=True)
class Pricer:
    """What a step of the network takes of one of `STEP_BUDGETS`.

    ``terms`` are what else the figure is of, such as ``{"batch": 2, "optimizer": "adamw"}``: plain values that a plan
    keeps. A price that may rise as neurons go (a layer of 15 channels can take longer than one of 16) has a ``curve``,
    by which every point is looked at; without one it never rises. ``layer_costs`` are what each full layer takes of it,
    for reweighting, and ``by_layer`` what each takes with only some neurons left, where that can be told.
    """

    price: Price
    terms: Mapping[str, Any]
    curve: Curve | None = None
    layer_costs: Costs | None = None
    by_layer: Callable[[Masks | None], Costs] | None = None


Pricers = Mapping[str, Pricer]
"""By the name of the budget."""
