"""The channel graph, drawn: which layers feed which, how many neurons each keeps, and which are tied together."""

from html import escape
from math import sqrt

import plotly.graph_objects as go

from explorer.charts.layered import layered_layout
from explorer.charts.palette import LIGHT, Palette
from explorer.facts import ChannelGraphFacts

LABELLED = 24
"""Networks with more layers show names on hover alone."""

SMALLEST, LARGEST = 9, 30
"""Diameters in pixels; the area goes with the number of neurons."""


def channel_graph(facts: ChannelGraphFacts, chosen: str = "", colours: Palette = LIGHT) -> go.Figure:
    """A disc a layer, as large as what it keeps, in a ring for the full layer; a click gives its name as customdata.

    Data flow from left to right. ``chosen`` is marked by a square, the layers tied to it by diamonds.
    """
    places, ways = layered_layout(facts.layers, facts.edges)
    tied = facts.tied.get(chosen, ())
    figure = go.Figure()
    for title, edges, colour, width in (
        ("feeds", [edge for edge in ways if chosen not in edge], colours.removed, 1.5),
        ("feeds, or is fed by, the chosen layer", [edge for edge in ways if chosen in edge], colours.kept, 2.5),
    ):
        xs = [x for edge in edges for x in (*(place[0] for place in ways[edge]), None)]
        ys = [y for edge in edges for y in (*(place[1] for place in ways[edge]), None)]
        line = {"color": colour, "width": width, "shape": "spline", "smoothing": 0.6}
        figure.add_scatter(x=xs, y=ys, mode="lines", line=line, name=title, hoverinfo="skip", showlegend=bool(chosen))
    most = max(facts.neurons, default=1)
    x, y = [places[name][0] for name in facts.layers], [places[name][1] for name in facts.layers]
    common = {
        "x": x, "y": y, "customdata": list(facts.layers), "hovertext": _described(facts),
        "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip
    figure.add_scatter(
        **common,
        mode="markers+text" if len(facts.layers) <= LABELLED else "markers",
        name="full layer",
        text=[_clear(_wrapped(name), name == chosen or name in tied, at) for at, name in enumerate(facts.layers)],
        textposition=["top center" if place % 2 == 0 else "bottom center" for place in range(len(facts.layers))],
        textfont={"size": 11, "color": colours.text},
        marker={
            "size": [_size(count, most) for count in facts.neurons],
            "color": colours.empty_bar,
            "line": {"color": colours.removed, "width": 1},
        },
    )
    figure.add_scatter(
        **common,
        mode="markers",
        name="neurons kept",
        marker={
            "size": [_size(count, most) if count else 0 for count in facts.kept],
            "color": colours.kept,
            "opacity": [1.0 if not chosen or name == chosen or name in tied else 0.45 for name in facts.layers],
        },
    )
    for title, names, symbol in (("chosen", [chosen], "square-open"), ("tied to it", tied, "diamond-open")):
        marked = [name for name in names if name in places]
        figure.add_scatter(
            x=[places[name][0] for name in marked],
            y=[places[name][1] for name in marked],
            mode="markers",
            name=title,
            hoverinfo="skip",
            showlegend=bool(marked),
            marker={"symbol": symbol, "size": LARGEST + 6, "color": colours.warning, "line": {"width": 2.5}},
        )
    return _framed(figure, x, y)


def channel_graph_in_words(facts: ChannelGraphFacts, chosen: str = "") -> str:
    """The drawing for a reader who does not see it."""
    said = f"Drawing of {len(facts.layers)} layers and {len(facts.edges)} connections between them."
    if chosen not in facts.layers:
        return said
    tied = facts.tied.get(chosen, ())
    return f"{said} {chosen} is tied to {', '.join(tied)}." if tied else f"{said} {chosen} is tied to no other layer."


def _described(facts: ChannelGraphFacts) -> list[str]:
    rows = zip(facts.layers, facts.kinds, facts.neurons, facts.kept, facts.held, strict=True)
    described = []
    for name, kind, neurons, kept, held in rows:
        lines = [f"<b>{escape(name)}</b> ({escape(kind)})", f"{kept} of {neurons} neurons kept"]
        lines += [f"cannot go: {escape(held)}"] if held else []
        others = facts.tied.get(name, ())
        lines += [f"tied to {escape(', '.join(others[:4]))}{' …' if len(others) > 4 else ''}"] if others else []
        described.append("<br>".join(lines))
    return described


def _framed(figure: go.Figure, x: list[float], y: list[float]) -> go.Figure:
    """No axes: places mean nothing but the order of the data's way."""
    rows = max(y, default=0) - min(y, default=0)
    figure.update_xaxes(visible=False, fixedrange=True, range=[min(x, default=0) - 0.7, max(x, default=0) + 0.7])
    figure.update_yaxes(visible=False, fixedrange=True, range=[min(y, default=0) - 1.2, max(y, default=0) + 1.2])
    figure.update_layout(
        height=round(230 + 45 * rows),
        margin={"l": 8, "r": 8, "t": 44, "b": 8},
        dragmode=False,
        hovermode="closest",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top", "itemclick": False,
                "itemdoubleclick": False, "itemsizing": "constant"},
    )  # fmt: skip
    return figure


def _size(neurons: int, most: int) -> float:
    return SMALLEST + (LARGEST - SMALLEST) * sqrt(neurons / most)


def _clear(text: str, marked: bool, place: int) -> str:
    """A name out of the way of the mark around its layer."""
    return text if not marked else f"{text}<br> " if place % 2 == 0 else f" <br>{text}"


def _wrapped(name: str) -> str:
    """A layer's name on lines of its parts, the last two at most."""
    return "<br>".join(escape(part) for part in name.split(".")[-2:])
