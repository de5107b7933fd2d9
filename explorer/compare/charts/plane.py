"""MACs against memory: where every alpha and lambda lands at one sparsity."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.charts import LIGHT, Palette, finish
from explorer.compare.facts import PlaneFacts
from explorer.units import percent

LEAST_SPAN = 0.04


def plane(facts: PlaneFacts, colours: Palette = LIGHT) -> go.Figure:
    """Marks: colour tells alpha, size lambda; the line is the front, the star the present plan.

    Each mark's place in `facts.points` is in its custom data, so that a click on it can be understood.
    """
    figure = go.Figure()
    front = sorted((point for point in facts.points if point.best), key=lambda point: point.macs)
    figure.add_scatter(
        x=[point.macs for point in front],
        y=[point.memory for point in front],
        mode="lines",
        name="Pareto front",
        line={"color": colours.warning, "width": 2.5, "shape": "hv"},
        hoverinfo="skip",
    )
    most = max((point.lam for point in facts.points), default=1.0) or 1.0
    for name, feasible in (("can be built", True), ("a layer is empty", False)):
        chosen = [(place, point) for place, point in enumerate(facts.points) if point.feasible is feasible]
        figure.add_scatter(
            x=[point.macs for _, point in chosen],
            y=[point.memory for _, point in chosen],
            mode="markers",
            name=name,
            showlegend=bool(chosen),
            marker={
                "symbol": "circle" if feasible else "x-thin-open",
                "size": [7 + 11 * (point.lam / most) ** 0.5 for _, point in chosen],
                "color": [point.alpha for _, point in chosen],
                "cmin": 0,
                "cmax": 1,
                "colorscale": [[0, colours.activations], [0.5, colours.removed], [1, colours.macs]],
                "line": {"width": 1, "color": colours.text},
                "colorbar": {"title": {"text": "α"}, "tickvals": [0, 0.5, 1], "thickness": 10, "outlinewidth": 0},
                "showscale": feasible,
            },
            customdata=[[place, point.alpha, point.lam] for place, point in chosen],
            hovertemplate="α = %{customdata[1]:.2g}, λ = %{customdata[2]:.4g}<br>MACs %{x:.2%}, memory %{y:.2%} left"
            "<extra></extra>",
        )  # fmt: skip
    at = [] if facts.present is None else [facts.present]
    figure.add_scatter(
        x=[macs for macs, _ in at],
        y=[memory for _, memory in at],
        mode="markers",
        name="present plan",
        showlegend=bool(at),
        marker={"symbol": "star-open", "size": 18, "color": colours.text, "line": {"width": 2}},
        hovertemplate="the present plan<br>MACs %{x:.2%}, memory %{y:.2%} left<extra></extra>",
    )
    figure.update_xaxes(
        title_text="MACs left of the full network (enlarged)", zeroline=False, tickformat=".0%", nticks=7,
        range=_range([point.macs for point in facts.points] + [macs for macs, _ in at]),
    )  # fmt: skip
    figure.update_yaxes(
        title_text="Memory left (enlarged)", zeroline=False, tickformat=".0%", nticks=7,
        range=_range([point.memory for point in facts.points] + [memory for _, memory in at]),
    )  # fmt: skip
    return finish(figure, below=60).update_layout(height=460, margin_t=92)


def plane_in_words(facts: PlaneFacts) -> str:
    """The chart for a reader who does not see it."""
    built = [point for point in facts.points if point.feasible]
    text = f"Scatter chart of {len(facts.points)} pairs of alpha and lambda at sparsity {percent(facts.sparsity)}"
    if not built:
        return f"{text}: none can be built."
    least, lightest = min(built, key=lambda point: point.macs), min(built, key=lambda point: point.memory)
    return (
        f"{text}. Fewest MACs: {percent(least.macs)} at alpha {least.alpha:g}, lambda {least.lam:g}. Least memory: "
        f"{percent(lightest.memory)} at alpha {lightest.alpha:g}, lambda {lightest.lam:g}."
    )


def _range(values: Sequence[float]) -> list[float]:
    """Whole per cents around all values, at least a few of them wide: the same for all alphas and lambdas."""
    low, high = np.floor(100 * min(values)) / 100 - 0.005, np.ceil(100 * max(values)) / 100 + 0.005
    missing = max(0.0, LEAST_SPAN - (high - low)) / 2
    return [float(low - missing), float(high + missing)]
