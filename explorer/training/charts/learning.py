"""How good each network is over its training, with the spread over seeds as a band."""

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from explorer.charts import LIGHT, Look, Palette, called, contestant_looks, finish
from explorer.training.facts import LearningCurve, Measure


def learning(
    curves: Sequence[LearningCurve], measure: Measure, equal: str, steps: int, colours: Palette = LIGHT
) -> go.Figure:
    """One line a network, the mean over seeds; the band is one sample deviation to each side."""
    figure = go.Figure()
    looks = contestant_looks([curve.label for curve in curves], colours)
    for curve, drawn in zip(curves, looks, strict=True):
        name = escape(called(curve.label))
        _band(figure, curve, drawn)
        figure.add_scatter(
            x=curve.x,
            y=curve.mean,
            mode="lines+markers",
            name=name,
            line={"color": drawn.colour, "dash": drawn.dash, "width": 2.5},
            marker={"symbol": drawn.symbol, "size": 9, "color": drawn.colour},
            customdata=[_words(spread, seeds) for spread, seeds in zip(curve.spread, curve.seeds, strict=True)],
            hovertemplate=f"<b>{name}</b> at %{{x:.0f}}<br>{escape(measure.title)} %{{y:.3f}}%{{customdata}}"
            "<extra></extra>",
        )
    most = max((x for curve in curves for x in curve.x), default=1.0)
    time, fixed = equal == "time", equal == "steps"
    figure.update_xaxes(
        title_text="CPU-seconds of training" if time else "Training step",
        range=[0, 1.03 * (steps if fixed else round_up(most))],
    )
    score_axis(figure, measure, [y for curve in curves for y in curve.mean])
    finish(figure, below=56).update_layout(height=400, margin_l=96, showlegend=True)
    return figure.update_yaxes(title_standoff=16)


def learning_in_words(curves: Sequence[LearningCurve], measure: Measure) -> str:
    """The chart for a reader who does not see it."""
    ends = ", ".join(f"{called(curve.label)} {curve.mean[-1]:.3f}" for curve in curves)
    return f"Line chart of {measure.title} over training, one line a network. Latest: {ends or 'nothing yet'}."


def score_axis(figure: go.Figure, measure: Measure, values: Sequence[float], horizontal: bool = False) -> None:
    """A score from 0 to 1; an error from 0 to a round number above the largest; all of a spread that goes beyond."""
    low = min([0.0, *values])
    high = round_up(max(values, default=1.0)) if measure.unbounded else max([1.0, *values])
    direction = "higher is better" if measure.higher_is_better else "lower is better"
    axis: dict[str, Any] = {"title_text": f"{escape(measure.title)}<br>({direction})", "range": [low, 1.03 * high]}
    (figure.update_xaxes if horizontal else figure.update_yaxes)(**axis)


def round_up(value: float) -> float:
    """The next round number.

    >>> round_up(3.2), round_up(0.07), round_up(20)
    (4.0, 0.08, 20.0)
    """
    if not 0 < value < math.inf:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(value))
    return next(round(step * unit, 12) for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * unit >= value * (1 - 1e-9))


def _band(figure: go.Figure, curve: LearningCurve, drawn: Look) -> None:
    known = [place for place, spread in enumerate(curve.spread) if spread is not None]
    if len(known) < 2:
        return
    x = [curve.x[place] for place in known]
    high = [curve.mean[place] + (curve.spread[place] or 0.0) for place in known]
    low = [curve.mean[place] - (curve.spread[place] or 0.0) for place in known]
    red, green, blue = (int(drawn.colour[start : start + 2], 16) for start in (1, 3, 5))
    figure.add_scatter(
        x=[*x, *reversed(x)],
        y=[*high, *reversed(low)],
        fill="toself",
        fillcolor=f"rgba({red}, {green}, {blue}, 0.16)",
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )


def _words(spread: float | None, seeds: int) -> str:
    return "" if spread is None else f" ± {spread:.3f}, {seeds} seeds"
