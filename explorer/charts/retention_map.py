"""How much of every layer each of several plans keeps."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go

from explorer.charts.frame import finish, layer_axis, names_height
from explorer.charts.palette import DARK, LIGHT, Palette
from explorer.compare_facts import Entry
from explorer.units import percent

ROW = 30
_NAME = 22

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
        z=[[layer.kept_share for layer in entry.plan.layers] for entry in entries],
        x=list(range(len(layers))),
        y=list(range(len(entries))),
        zmin=0,
        zmax=1,
        colorscale=_DARK_SCALE if colours is DARK else _LIGHT_SCALE,
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
        xgap=2,
        ygap=4,
        colorbar={"title": {"text": "kept"}, "tickformat": ".0%", "dtick": 0.5, "thickness": 12, "len": 1, "lenmode":
                  "fraction", "outlinewidth": 0},
    )  # fmt: skip
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
    figure.update_layout(shapes=[])
    figure.update_yaxes(
        tickvals=list(range(len(entries))),
        ticktext=[escape(_short(entry.name)) for entry in entries],
        range=[len(entries) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )
    below = names_height(layers)
    finish(figure, below)
    longest = max(len(_short(entry.name)) for entry in entries)
    return figure.update_layout(
        height=34 + max(2, len(entries)) * ROW + below, margin={"l": 14 + 7 * longest, "r": 8, "t": 34, "b": below}
    )


def retention_map_in_words(entries: Sequence[Entry]) -> str:
    """The chart for a reader who does not see it."""
    rows = []
    for entry in entries:
        least = min(entry.plan.layers, key=lambda layer: layer.kept_share)
        rows.append(f"{entry.name} keeps least in {least.name}, {least.kept} of {least.neurons}")
    return f"Heat map of the share kept of each layer, one row a plan: {'; '.join(rows)}."


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
