"""How much of every layer is left."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from explorer.charts.frame import finish, layer_axis, names_height, short
from explorer.charts.palette import LIGHT, Palette
from explorer.facts import LayerFacts
from explorer.units import percent

TIES_NAMED = 3
"""Of the layers that are tied to one; the others are counted."""


def retention(layers: Sequence[LayerFacts], colours: Palette = LIGHT) -> go.Figure:
    """How much of every layer is left, in network order; the light bar behind is the full layer."""
    positions = np.arange(len(layers))
    shares = [100 * layer.kept_share for layer in layers]
    figure = go.Figure()
    figure.add_bar(
        x=positions, y=[100] * len(layers), width=0.82, name="removed", marker_color=colours.empty_bar, hoverinfo="skip"
    )
    for name, chosen, marker in (
        ("kept", [layer.held is None for layer in layers], {"color": colours.kept}),
        (
            "held",
            [layer.held is not None for layer in layers],
            {"color": colours.kept, "pattern": {"shape": "/", "fgcolor": colours.held, "fillmode": "replace"}},
        ),
    ):
        figure.add_bar(
            x=positions,
            y=[share if mine else None for share, mine in zip(shares, chosen, strict=True)],
            width=0.82,
            name=name,
            marker=marker,
            customdata=[_describe(layer) for layer in layers],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=any(chosen),
        )
    emptied = [position for position, layer in enumerate(layers) if layer.emptied]
    figure.add_scatter(
        x=emptied,
        y=[4] * len(emptied),
        mode="markers",
        name="emptied",
        showlegend=bool(emptied),
        marker={"symbol": "x", "size": 11, "color": colours.warning},
        customdata=[_describe(layers[position]) for position in emptied],
        hovertemplate="%{customdata}<extra></extra>",
    )
    layer_axis(figure, [layer.name for layer in layers], colours)
    figure.update_yaxes(
        title_text="Neurons kept",
        range=[0, 100],
        tickvals=[0, 25, 50, 75, 100],
        ticktext=["0 %", "25 %", "50 %", "75 %", "100 %"],
    )
    figure.update_layout(barmode="overlay", bargap=0)
    return finish(figure, names_height([layer.name for layer in layers]))


def retention_in_words(layers: Sequence[LayerFacts]) -> str:
    """The retention chart for a reader who does not see it."""
    kept, neurons_in_all = sum(layer.kept for layer in layers), sum(layer.neurons for layer in layers)
    least, most = min(layers, key=lambda layer: layer.kept_share), max(layers, key=lambda layer: layer.kept_share)
    return (
        f"Bar chart of {len(layers)} layers: {kept} of {neurons_in_all} neurons kept. "
        f"Least in {least.name} ({least.kept} of {least.neurons}), most in {most.name} ({most.kept} of {most.neurons})."
    )


def about_layer(layer: LayerFacts) -> list[str]:
    """One layer, in lines; those of the live chart are compared with them."""
    lines = [
        f"{layer.name} ({layer.kind})",
        f"{layer.kept} of {layer.neurons} neurons kept ({percent(layer.kept_share, 0)})",
        f"{percent(layer.macs_share)} of the full network's MACs",
    ]
    if layer.held:
        lines.append(layer.held)
    if layer.tied:
        more = len(layer.tied) - TIES_NAMED
        names = ", ".join(map(short, layer.tied[:TIES_NAMED]))
        lines.append(f"tied to {names}{f' and {more} more' if more > 0 else ''}")
    return lines


def _describe(layer: LayerFacts) -> str:
    first, *rest = [escape(line, quote=False) for line in about_layer(layer)]
    name = escape(layer.name, quote=False)
    return "<br>".join([first.replace(name, f"<b>{name}</b>", 1), *rest])
