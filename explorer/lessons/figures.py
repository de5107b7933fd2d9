"""The explorer's charts from what a notebook holds: a channel graph, scores and settings."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from torch import nn

from explorer.charts import (
    Figure,
    Shown,
    all_of,
    channel_graph,
    importance,
    resources,
    retention,
    score_cost,
    thinning_panels,
)
from explorer.compute import facts_of
from explorer.units import percent
from ranp.checks import AgainstCost
from ranp.graph import ChannelGraph
from ranp.plan import Plan, prune
from ranp.selection import PruningConfig, plan_curve, ranked_scores
from ranp.types import Scores

GRID = np.linspace(0, 0.99, 100)


def retention_of(graph: ChannelGraph, plan: Plan) -> Figure:
    """How much of every layer the plan keeps."""
    return retention(facts_of.plan_facts(plan, graph, None).layers)


def importance_of(
    graph: ChannelGraph, scores: Scores | None, config: PruningConfig, model: nn.Module | None = None
) -> Figure:
    """Every neuron's final importance against the threshold of ``config``."""
    plan = prune(graph, scores, config, model)
    return importance(facts_of.neuron_facts(plan, ranked_scores(graph, scores, config, model), False))


def resources_of(
    graph: ChannelGraph, scores: Scores | None, config: PruningConfig, model: nn.Module | None = None
) -> Figure:
    """What is left of each resource over all sparsities, with a mark at that of ``config``."""
    curve = plan_curve(graph, scores, config, GRID, model)
    return resources(facts_of.curve_facts(curve, graph.cost()), config.sparsity or 0.0)


def thinning_of(
    graph: ChannelGraph,
    scores: Scores | None,
    config: PruningConfig,
    sparsities: Sequence[float] = (0.0, 0.25, 0.4, 0.55, 0.7, 0.85),
) -> go.FigureWidget:
    """The network thinning out as sparsity grows: small multiples of the neurons that every layer keeps."""
    curve = plan_curve(graph, scores, config, sparsities)
    titles = [
        percent(sparsity, 0) + ("" if feasible else ": a layer is empty")
        for sparsity, feasible in zip(sparsities, curve.feasible.tolist(), strict=True)
    ]
    return go.FigureWidget(thinning_panels(curve.layers, curve.neurons.tolist(), curve.kept.tolist(), titles))


def graph_of(graph: ChannelGraph, plan: Plan | None = None, chosen: str = "") -> Figure:
    """The channel graph, drawn; ``chosen`` and the layers tied to it stand out, ``plan`` says what each keeps."""
    return channel_graph(facts_of.graph_facts(graph, None if plan is None else plan.kept_counts), chosen)


def score_cost_of(task: AgainstCost | None, paired: bool = False) -> Figure:
    """A task's scores against what is left of the MACs, or ``paired`` their differences to the full network's."""
    if task is None:
        return go.Figure().update_layout(title_text="No race was run yet", height=320)
    shown = all_of(task)
    return score_cost(task, Shown(shown.labels, shown.shares, paired))
