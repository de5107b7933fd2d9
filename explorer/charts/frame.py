"""What all figures share: the axis of layers with the network's parts, size, margins and legend."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go

from explorer.charts.palette import Palette
from explorer.facts import stages


def layer_axis(figure: go.Figure, names: Sequence[str], colours: Palette) -> None:
    """Layer names below, and the network's parts as bands with their names above."""
    every = max(1, -(-len(names) // 40))
    figure.update_xaxes(
        range=[-0.6, len(names) - 0.4],
        tickvals=list(range(0, len(names), every)),
        showgrid=False,
        zeroline=False,
        ticktext=[escape(name) for name in names[::every]],
        tickangle=-40 if len(names) > 6 else 0,
        tickfont_size=12 if len(names) <= 30 else 10,
    )
    for index, stage in enumerate(stages(names)):
        if index % 2 == 0:
            figure.add_vrect(
                x0=stage.start - 0.5, x1=stage.stop - 0.5, fillcolor=colours.band, line_width=0, layer="below"
            )
        if (stage.stop - stage.start) / len(names) >= 0.035 * len(stage.title) ** 0.5:
            figure.add_annotation(
                x=(stage.start + stage.stop - 1) / 2,
                y=1,
                yref="paper",
                yanchor="bottom",
                showarrow=False,
                text=escape(stage.title),
                font={"size": 14},
            )


def finish(figure: go.Figure, height: int) -> go.Figure:
    """Size, margins and the legend in the upper margin; no drag, which on a phone would hide data instead of scroll."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 66, "b": 8},
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
    figure.update_xaxes(automargin=True, title_font_size=14)
    figure.update_yaxes(automargin=True, title_font_size=14, title_standoff=6, tickfont_size=13)
    return figure
