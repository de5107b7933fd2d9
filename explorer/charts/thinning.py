"""A network thinning out as sparsity grows: the neurons that each layer keeps, as an animation or side by side."""

from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.charts.frame import finish, layer_axis, names_height
from explorer.charts.palette import LIGHT, Palette
from explorer.units import percent


def thinning(
    layers: Sequence[str],
    neurons: Sequence[int],
    kept: Sequence[Sequence[int]],
    sparsities: Sequence[float],
    colours: Palette = LIGHT,
) -> go.Figure:
    """An animation: a bar a layer, as tall as its neurons, of which less and less is filled. ``kept[step][layer]``."""
    figure = go.Figure([_outline(layers, neurons, colours), _filled(layers, kept[0], neurons, colours)])
    figure.frames = [
        go.Frame(data=[_filled(layers, counts, neurons, colours)], traces=[1], name=percent(sparsity, 0))
        for counts, sparsity in zip(kept, sparsities, strict=True)
    ]
    layer_axis(figure, layers, colours)
    figure.update_yaxes(title_text="Neurons", range=[-max(neurons) / 2 * 1.05, max(neurons) / 2 * 1.05])
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=False)
    below = names_height(layers)
    finish(figure, below + 108)
    at_once = {"frame": {"duration": 250, "redraw": True}, "transition": {"duration": 0}, "mode": "immediate"}
    steps = [{"args": [[frame.name], at_once], "label": frame.name, "method": "animate"} for frame in figure.frames]
    lower = -(below + 34) / 200
    button = {"label": "▶ Play", "method": "animate", "args": [None, {**at_once, "fromcurrent": True}]}
    figure.update_layout(
        barmode="overlay",
        sliders=[{"steps": steps, "currentvalue": {"prefix": "sparsity "}, "x": 0, "len": 1, "y": lower,
                  "yanchor": "middle", "pad": {"t": 0, "l": 90}}],
        updatemenus=[{"type": "buttons", "buttons": [button], "x": 0, "xanchor": "left", "y": lower,
                      "yanchor": "middle", "showactive": False}],
    )  # fmt: skip
    return figure


def thinning_panels(
    layers: Sequence[str],
    neurons: Sequence[int],
    kept: Sequence[Sequence[int]],
    titles: Sequence[str],
    colours: Palette = LIGHT,
    columns: int = 3,
) -> go.Figure:
    """Small multiples: a panel a plan, all on one scale. ``kept[panel][layer]``."""
    rows = -(-len(titles) // columns)
    figure = make_subplots(rows, columns, subplot_titles=list(titles), shared_yaxes="all", vertical_spacing=0.25 / rows)
    for panel, counts in enumerate(kept):
        place: dict[str, Any] = {"row": panel // columns + 1, "col": panel % columns + 1}
        for bars in (_outline(layers, neurons, colours), _filled(layers, counts, neurons, colours)):
            bars.showlegend = panel == 0
            figure.add_trace(bars, **place)
    half = max(neurons) / 2 * 1.05
    figure.update_yaxes(range=[-half, half], showticklabels=False, showgrid=False, zeroline=False)
    figure.update_xaxes(showticklabels=False, showgrid=False)
    figure.update_xaxes(title_text="layers, in network order", title_font_size=12, row=rows)
    figure.update_layout(barmode="overlay", height=60 + 170 * rows, margin={"l": 8, "r": 8, "t": 50, "b": 40},
                         legend={"orientation": "h", "x": 0, "y": 1.02 + 0.2 / rows, "yanchor": "bottom"})  # fmt: skip
    return figure


def _outline(layers: Sequence[str], neurons: Sequence[int], colours: Palette) -> go.Bar:
    return _bars(neurons, "removed", colours.empty_bar, [f"{count} neurons in full" for count in neurons], layers)


def _filled(layers: Sequence[str], kept: Sequence[int], neurons: Sequence[int], colours: Palette) -> go.Bar:
    said = [f"{count} of {of} neurons kept" for count, of in zip(kept, neurons, strict=True)]
    return _bars(kept, "kept", colours.kept, said, layers)


def _bars(counts: Sequence[int], name: str, colour: str, said: Sequence[str], layers: Sequence[str]) -> go.Bar:
    """Bars around the middle line."""
    return go.Bar(
        x=list(range(len(counts))),
        y=list(counts),
        base=[-count / 2 for count in counts],
        name=name,
        marker_color=colour,
        width=0.82,
        customdata=[f"<b>{escape(layer)}</b><br>{text}" for layer, text in zip(layers, said, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )
