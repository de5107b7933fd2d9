"""What is found out about one real network: what can go, what that saves, how long it takes, whether it holds.

A plan is drawn at random, half of the neurons with at least one left in every layer, and the shrunk network is compared
with the masked one, in double precision, in evaluation and in training mode.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
import torch_pruning
from torch import nn

import ranp
from ranp.graph import ChannelGraph
from ranp.graph.proof.smallest import smallest_inputs
from ranp.graph.proof.verify import _compared
from ranp.graph.recording.raised import first_line
from ranp.types import Masks
from tests.real_networks import RealNetwork

from .timing import seconds, taking_turns

SPARSITY = 0.5
TOLERANCE = 1e-9
LONG = 3.0
"""Seconds above which an analysis is timed once, after the trace that warmed up, not `REPEATS` times."""

REPEATS = 5


@dataclass(frozen=True)
class NetworkRow:
    """One line of the table. ``free`` counts the neurons that can go, and ``least_*`` is what the cheapest plan costs.

    ``beside`` is the time of Torch-Pruning's analysis, or None where it failed as ``failure`` says. ``difference`` is
    the largest one between the masked and the shrunk network, relative to the largest output, after ``removed`` neurons
    went, and ``tolerance`` what may be rounding: more where a network does not run in double precision.
    """

    family: str
    neurons: int
    free: int
    macs: int
    least_macs: int
    params: int
    least_params: int
    trace: float
    beside: float | None
    ratio: float | None
    failure: str | None
    removed: int
    difference: float
    tolerance: float

    @property
    def right(self) -> bool:
        """Whether the shrunk network computes what the masked one does."""
        return self.difference <= self.tolerance


def measure(network: RealNetwork) -> NetworkRow:
    """Build, trace, time and verify."""
    model = network.build()
    inputs = network.inputs()
    graph = ranp.trace(model, inputs)
    ours, beside, ratio, failure = timed(model, inputs)
    full, least = graph.cost(), graph.least
    kept = random_plan(graph)
    compared = _compared(model, graph, kept, smallest_inputs(model, graph), TOLERANCE)
    return NetworkRow(
        family=network.family,
        neurons=sum(layer.neurons for layer in graph.layers.values()),
        free=sum(layer.neurons - layer.frozen for layer in graph.layers.values()),
        macs=full.macs,
        least_macs=least["macs"].macs,
        params=full.params,
        least_params=least["params"].params,
        trace=ours,
        beside=beside,
        ratio=ratio,
        failure=failure,
        removed=sum(int((~mask).sum()) for mask in kept.values()),
        difference=compared.difference,
        tolerance=compared.tolerance,
    )


def timed(model: nn.Module, inputs: tuple[Any, ...]) -> tuple[float, float | None, float | None, str | None]:
    """Seconds of `ranp.trace` with all its checks, of Torch-Pruning's analysis, their ratio; why the latter failed."""
    ours = partial(seconds, partial(ranp.trace, model, inputs))
    theirs = partial(seconds, partial(analyse, model, inputs))
    alone = ours()
    try:
        first = theirs()
    except Exception as error:  # whatever it raises at somebody's network
        return _median(ours, alone), None, None, f"{type(error).__name__}: {first_line(error)}"
    if max(alone, first) > LONG:
        return alone, first, alone / first, None
    return *taking_turns(ours, theirs, REPEATS, warmup=0), None


def analyse(model: nn.Module, inputs: tuple[Any, ...]) -> None:
    """What is tied to what, by Torch-Pruning, in evaluation mode, as its documentation does it."""
    inputs = tuple(list(value) if isinstance(value, list) else value for value in inputs)  # SlowFast empties its list
    with torch.enable_grad():
        torch_pruning.DependencyGraph().build_dependency(model.eval(), example_inputs=inputs)


def random_plan(graph: ChannelGraph, sparsity: float = SPARSITY, seed: int = 0) -> Masks:
    """A consistent choice that removes this share of the neurons, as far as they can go; tied ones are drawn as one."""
    draws = np.random.default_rng(seed).random(graph.unit_count)
    draws[0] = 2.0  # what cannot go ranks first
    scores = {name: torch.from_numpy(draws[units]).float() for name, units in graph.layer_units.items()}
    return graph.resolve(ranp.select(scores, sparsity, min_neurons=1))


def _median(call: Callable[[], float], first: float) -> float:
    """Of a few more calls, where the first was quick."""
    return first if first > LONG else float(np.median([call() for _ in range(REPEATS)]))
