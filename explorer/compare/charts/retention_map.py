"""How much of every layer each of several plans keeps."""

from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from explorer.charts import DARK, LIGHT, Palette, finish, layer_axis, look, names_height
from explorer.compare.facts import Entry
from explorer.units import percent

ROW = 46
_BAR = 0.5  # of a row; the rest is for the name above it
_ABOVE = 0.35

# One hue from the page's ground to full, so that lightness alone tells the share; see palette.py for the ends.
_LIGHT_SCALE = [[0, "#eef2f5"], [0.5, "#7db6d9"], [1, "#00507d"]]
_DARK_SCALE = [[0, "#232a32"], [0.5, "#2f6f9a"], [1, "#9ad4f7"]]


def retention_map(entries: Sequence[Entry], colours: Palette = LIGHT) -> go.Figure:
    """A row a plan and a column a layer, the darker (on dark: the lighter) the more is kept; a cross is an empty layer.

    All entries are of one network.
    """
    layers = [layer.name for layer in entries[0].plan.layers]
    hover = [
        [
            f"{escape(entry.name)}<br><b>{escape(layer.name)}</b>: {layer.kept} of {layer.neurons} kept "
            f"({percent(layer.kept_share, 0)})"
            for layer in entry.plan.layers
        ]
        for entry in entries
    ]
    figure = go.Figure()
    figure.add_heatmap(
        coloraxis="coloraxis",
        z=[[layer.kept_share for layer in entry.plan.layers] for entry in entries],
        x=list(range(len(layers))),
        y=list(range(len(entries))),
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
        xgap=2,
        ygap=(1 - _BAR) * ROW,
    )
    figure.update_layout(coloraxis=_scale(colours))
    empty = [
        (column, row)
        for row, entry in enumerate(entries)
        for column, layer in enumerate(entry.plan.layers)
        if layer.emptied
    ]
    figure.add_scatter(
        x=[column for column, _ in empty],
        y=[row for _, row in empty],
        mode="markers",
        name="empty",
        showlegend=False,
        marker={"symbol": "x", "size": 9, "color": colours.warning},
        customdata=[hover[row][column] for column, row in empty],
        hovertemplate="%{customdata}: empty, no network<extra></extra>",
    )
    layer_axis(figure, layers, colours)
    figure.layout.shapes = ()
    figure.update_yaxes(range=[len(entries) - 0.5, -0.5 - _ABOVE], visible=False)
    for row, entry in enumerate(entries):
        figure.add_annotation(
            text=f"{look(entry.slot, entry.method, colours).sign} {escape(entry.name)}",
            x=0, xref="paper", xanchor="left", xshift=2,
            y=row - 0.5 * _BAR, yanchor="bottom", showarrow=False, font_size=13,
        )  # fmt: skip
    below = names_height(layers)
    plot = (len(entries) + _ABOVE) * ROW
    finish(figure, below)
    return figure.update_layout(
        height=66 + plot + below, margin={"l": 52, "r": 12, "t": 66, "b": below}
    ).update_coloraxes(colorbar_y=1 + 24 / plot)


def retention_map_in_words(entries: Sequence[Entry]) -> str:
    """The chart for a reader who does not see it."""
    rows = []
    for entry in entries:
        least = min(entry.plan.layers, key=lambda layer: layer.kept_share)
        rows.append(f"{entry.name} keeps least in {least.name}, {least.kept} of {least.neurons}")
    return f"Heat map of the share kept of each layer, one row a plan: {'; '.join(rows)}."


def _scale(colours: Palette) -> dict[str, Any]:
    """From nothing to all, with its bar at the top right, where it takes no width from the layers."""
    return {
        "cmin": 0,
        "cmax": 1,
        "colorscale": _DARK_SCALE if colours is DARK else _LIGHT_SCALE,
        "colorbar": {
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "yanchor": "bottom",
            "len": 150,
            "lenmode": "pixels",
            "thickness": 8,
            "xpad": 0,
            "ypad": 0,
            "outlinewidth": 0,
            "tickvals": [0, 0.5, 1],
            "ticktext": ["none kept", "half", "all"],
            "ticklabelposition": "outside top",
        },
    }
