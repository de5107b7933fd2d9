"""What is left of each resource as sparsity grows."""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.charts.frame import SHARES, band, finish
from explorer.charts.palette import LIGHT, Palette
from explorer.facts import CurveFacts
from explorer.units import percent
from ranp.selection import at_least


def resources(curve: CurveFacts, sparsity: float, colours: Palette = LIGHT) -> go.Figure:
    """What is left of each resource as sparsity grows; the line is where the network stands, the shade what fails."""
    figure = go.Figure()
    x = 100 * curve.sparsities
    for name, values, colour, dash, symbol in (
        ("MACs", curve.macs, colours.macs, "solid", "circle"),
        ("memory", curve.activations, colours.activations, "dash", "square"),
        ("parameters", curve.params, colours.params, "dot", "diamond"),
    ):
        figure.add_scatter(
            x=x,
            y=values,
            mode="lines",
            name=name,
            line={"color": colour, "dash": dash, "width": 2.5},
            hovertemplate=f"{name}: %{{y:.1%}} at sparsity %{{x:.1f}} %<extra></extra>",
        )
        figure.add_scatter(
            x=[100 * sparsity],
            y=[float(np.interp(sparsity, curve.sparsities, values))],
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 10},
            showlegend=False,
            hoverinfo="skip",
        )
    figure.update_layout(shapes=_marks(curve, sparsity, colours), annotations=_notes(curve, colours))
    figure.update_xaxes(title_text="Sparsity: share of all neurons removed", range=[0, 100], ticksuffix=" %", dtick=20)
    figure.update_yaxes(title_text="Left of the full network", range=[0, 1.02], **SHARES)
    return finish(figure, below=70)


def resources_in_words(curve: CurveFacts, sparsity: float) -> str:
    curves = {"MACs": curve.macs, "activation memory": curve.activations, "parameters": curve.params}
    left = [f"{name} {percent(float(np.interp(sparsity, curve.sparsities, y)))}" for name, y in curves.items()]
    return f"Line chart over sparsity. Left of the full network at sparsity {percent(sparsity)}: {', '.join(left)}."


def _marks(curve: CurveFacts, sparsity: float, colours: Palette) -> list[dict[str, Any]]:
    """The line at the current sparsity, and the shade where a layer is empty."""
    here = {"type": "line", "x0": 100 * sparsity, "x1": 100 * sparsity, "y0": 0, "y1": 1, "yref": "paper"}
    marks = [{**here, "line": {"color": colours.text, "width": 1.5, "dash": "dot"}}]
    return marks if curve.feasible.all() else [*marks, band(100 * curve.max_feasible_sparsity, 100, colours.failing)]


def _notes(curve: CurveFacts, colours: Palette) -> list[dict[str, Any]]:
    """Which layer empties first, and from where."""
    if curve.feasible.all():
        return []
    reason = f": {escape(curve.first_empty_layer)} is empty" if curve.first_empty_layer else ""
    text = f"no network from {percent(at_least(curve.max_feasible_sparsity, 3))}{reason}"
    place = {"x": 1, "xref": "paper", "xanchor": "right", "y": 1, "yref": "paper", "yanchor": "bottom"}
    return [{**place, "text": text, "showarrow": False, "font": {"color": colours.warning, "size": 13}}]
