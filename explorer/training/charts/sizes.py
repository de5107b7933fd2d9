"""How large each network is over its training: steps down where neurons go."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go

from explorer.charts import LIGHT, Palette, called, contestant_looks, finish
from explorer.training.facts import LearningCurve, SizeCurve
from explorer.units import count


def sizes(curves: Sequence[SizeCurve], learnt: Sequence[LearningCurve], colours: Palette = LIGHT) -> go.Figure:
    """One line a network, level between two removals, that looks as its learning curve does, one of ``learnt``."""
    figure = go.Figure()
    drawn_as = contestant_looks([curve.label for curve in learnt], colours)
    looks = {curve.contestant: drawn for curve, drawn in zip(learnt, drawn_as, strict=True)}
    for curve in curves:
        name, drawn = escape(called(curve.label)), looks[curve.contestant]
        figure.add_scatter(
            x=curve.steps,
            y=curve.macs,
            mode="lines",
            name=name,
            line={"color": drawn.colour, "dash": drawn.dash, "width": 2.5, "shape": "hv"},
            customdata=[count(macs) for macs in curve.macs],
            hovertemplate=f"<b>{name}</b> from step %{{x:.0f}}<br>%{{customdata}} MACs<extra></extra>",
        )
    last = max((curve.steps[-1] for curve in curves), default=1)
    figure.update_xaxes(title_text="Training step", range=[0, 1.03 * last])  # as the learning curves' is
    figure.update_yaxes(title_text="MACs of a<br>forward pass", rangemode="tozero", tickformat="~s", title_standoff=16)
    finish(figure, below=56).update_layout(height=260, margin_l=96, showlegend=True)
    return figure


def sizes_in_words(curves: Sequence[SizeCurve]) -> str:
    """The chart for a reader who does not see it."""
    told = "; ".join(
        f"{called(curve.label)} from {count(curve.macs[0])} to {count(curve.macs[-1])} MACs in "
        f"{len(set(curve.macs)) - 1} removals"
        for curve in curves
    )
    return f"Line chart of the networks' size over training steps. {told}."
