"""What is kept, and what it costs, along a whole grid of sparsities at once.

No plan is made for any point: each neuron's lifetime on the grid is found by one sort, and counts and costs at all
points are sums over lifetimes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ranp.graph import ChannelGraph
from ranp.selection.budgets import STEP_BUDGETS, Pricer, Pricers
from ranp.selection.config import PruningConfig
from ranp.selection.limits import Limits, resolved_lifetimes
from ranp.selection.ranking import ranked_scores, with_seconds
from ranp.types import Lifetimes, Masks, Scores


@dataclass(frozen=True, eq=False)
class Curve:
    """Kept neurons and costs at every point of a sparsity grid; costs as in `ranp.graph.cost.Cost`, of the network.

    ``kept[point, layer]`` counts neurons, layers in the order of ``layers``; ``feasible`` says where every layer has
    one. ``first_empty_layer`` is the first to empty as sparsity grows, beyond ``max_feasible_sparsity``, whatever the
    grid; ``None`` where none ever does. ``step_costs`` are what a training step takes, by the name of the cost.
    """

    sparsities: NDArray[np.float64]
    layers: tuple[str, ...]
    neurons: NDArray[np.int64]
    kept: NDArray[np.int64]
    achieved: NDArray[np.float64]
    macs: NDArray[np.int64]
    paper_macs: NDArray[np.int64]
    params: NDArray[np.int64]
    activations: NDArray[np.int64]
    feasible: NDArray[np.bool_]
    first_empty_layer: str | None
    max_feasible_sparsity: float
    step_costs: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


def plan_curve(
    graph: ChannelGraph,
    scores: Scores | None,
    config: PruningConfig,
    sparsities: Sequence[float] | NDArray[np.float64],
    model: nn.Module | None = None,
    pricers: Pricers | None = None,
) -> Curve:
    """Price ``config`` at every one of ``sparsities`` (ascending, 0 <= s < 1) instead of at its own.

    Point for point the same as `ranp.plan.prune`, which says what ``pricers`` are. Raises ``ValueError`` as that does,
    and for a grid that is empty or not ascending.
    """
    grid = [float(sparsity) for sparsity in sparsities]
    config = with_seconds(config, pricers)
    config = replace(config, sparsity=0.0, budget=None)
    ranked = ranked_scores(graph, scores, config, model)
    lives = resolved_lifetimes(graph, ranked, grid, config)
    limits = Limits(graph, ranked, config)
    if config.snaps:
        plain = ({name: life > point for name, life in lives.items()} for point in range(len(grid)))
        kept, costs, steps = _of_masks(graph, [limits.snapped(masks, pricers) for masks in plain], pricers or {})
    else:
        kept, costs, steps = _of_lifetimes(graph, lives, len(grid), pricers or {})
    neurons = np.array([layer.neurons for layer in graph.layers.values()], dtype=np.int64)
    return Curve(
        sparsities=np.array(grid),
        layers=tuple(graph.layers),
        neurons=neurons,
        kept=kept,
        achieved=1 - kept.sum(axis=1) / neurons.sum(),
        macs=costs["macs"],
        paper_macs=costs["paper_macs"],
        params=costs["params"],
        activations=costs["activations"],
        feasible=np.all(kept > 0, axis=1),
        first_empty_layer=limits.first_empty_layer,
        max_feasible_sparsity=limits.max_feasible_sparsity,
        step_costs=steps,
    )


_Found = tuple[NDArray[np.int64], dict[str, NDArray[np.int64]], dict[str, NDArray[np.float64]]]
"""Kept counts ``(points, layers)``, costs by name and what steps take by name, each ``(points,)``."""


def _of_lifetimes(graph: ChannelGraph, lives: Lifetimes, points: int, pricers: Pricers) -> _Found:
    kept = np.stack([_kept_counts(life.numpy(), points) for life in lives.values()], axis=1)
    steps = {STEP_BUDGETS[kind].cost: _prices(pricer, lives, points) for kind, pricer in pricers.items()}
    return kept, graph.cost_curve(lives, points), steps


def _of_masks(graph: ChannelGraph, masks: Sequence[Masks], pricers: Pricers) -> _Found:
    """The same of masks that are not nested, one a point."""
    kept = np.array([[int(mask.sum()) for mask in one.values()] for one in masks], dtype=np.int64)
    prices = [graph.cost(one) for one in masks]
    names = ("macs", "paper_macs", "params", "activations")
    costs = {name: np.array([getattr(price, name) for price in prices], dtype=np.int64) for name in names}
    steps = {
        STEP_BUDGETS[kind].cost: np.array([pricer.price(one) for one in masks], dtype=np.float64)
        for kind, pricer in pricers.items()
    }
    return kept, costs, steps


def _prices(pricer: Pricer, lifetimes: Lifetimes, points: int) -> NDArray[np.float64]:
    if pricer.curve is not None:
        return pricer.curve(lifetimes, points)
    kept = ({name: lives > point for name, lives in lifetimes.items()} for point in range(points))
    return np.array([pricer.price(masks) for masks in kept], dtype=np.float64)


def _kept_counts(lifetimes: NDArray[np.int64], points: int) -> NDArray[np.int64]:
    """How many neurons outlive each point: those of lifetime above it."""
    ended = np.bincount(lifetimes, minlength=points + 1).cumsum()
    return lifetimes.size - ended[:points]
