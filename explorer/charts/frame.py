"""What all figures share: the axis of layers with the network's parts, size, margins and legend."""

from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from explorer.charts.palette import Palette
from explorer.facts import stages

SHARES = {"tickvals": [0, 0.25, 0.5, 0.75, 1], "ticktext": ["0 %", "25 %", "50 %", "75 %", "100 %"]}
"""Ticks of an axis of shares, written as shares are everywhere else."""


def layer_axis(figure: go.Figure, names: Sequence[str], colours: Palette) -> None:
    """Layer names below, and the network's parts as bands with their names above."""
    every = max(1, -(-len(names) // 40))
    figure.update_xaxes(
        range=[-0.6, len(names) - 0.4],
        tickvals=list(range(0, len(names), every)),
        showgrid=False,
        zeroline=False,
        ticktext=[escape(short(name)) for name in names[::every]],
        tickangle=-40,
        tickfont_size=12 if len(names) <= 30 else 10,
    )
    parts = stages(names)
    # Set at once: plotly's add_vrect and add_annotation copy the whole layout each time.
    figure.update_layout(
        shapes=[
            band(stage.start - 0.5, stage.stop - 0.5, colours.band)
            for index, stage in enumerate(parts)
            if index % 2 == 0
        ],
        annotations=[
            {
                "text": escape(stage.title),
                "x": (stage.start + stage.stop - 1) / 2,
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 14},
            }
            for stage in parts
            if (stage.stop - stage.start) / len(names) >= 0.035 * len(stage.title) ** 0.5
        ],
    )


def band(start: float, stop: float, colour: str) -> dict[str, Any]:
    """A shade behind the plot, over its whole height."""
    return {
        "type": "rect",
        "x0": start,
        "x1": stop,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "fillcolor": colour,
        "line": {"width": 0},
        "layer": "below",
    }


def names_height(names: Sequence[str]) -> int:
    """Pixels that slanted layer names need below the plot."""
    return 18 + round(4.5 * max((len(short(name)) for name in names), default=0))


def finish(figure: go.Figure, below: int = 52) -> go.Figure:
    """Size, margins and the legend in the upper margin; no drag, which on a phone would hide data instead of scroll.

    Margins are fixed: measuring texts to fit them costs plotly another pass over the whole figure.
    """
    above, plot = 66, 200
    figure.update_layout(
        height=above + plot + below,
        margin={"l": 70, "r": 20, "t": above, "b": below},
        dragmode=False,
        hovermode="closest",
        legend={
            "orientation": "h",
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "font": {"size": 13},
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )
    figure.update_xaxes(automargin=False, title_font_size=14)
    figure.update_yaxes(automargin=False, title_font_size=14, title_standoff=6, tickfont_size=13)
    return figure


def short(name: str) -> str:
    """The end of a long name, which tells it from its neighbours."""
    return name if len(name) <= 24 else f"…{name[-23:]}"
