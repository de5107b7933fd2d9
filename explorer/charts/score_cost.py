"""Score against cost: what the contestants of a task's races reach at each share of the full network's MACs."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go

from explorer.charts.contestants import contestant_looks
from explorer.charts.frame import finish
from explorer.charts.palette import LIGHT, Palette
from explorer.charts.series import Look
from explorer.units import percent
from ranp.checks import AgainstCost, CostCurve, ScorePoint
from ranp.statistics import failed_runs

LEAST_SPAN = 0.04
TICKS = (0.05, 0.1, 0.25, 0.5, 1.0)
_ASIDE = {True: (0.12, 0.45), False: (0.02, 0.07)}
"""By whether the axis is logarithmic: how far marks of neighbours are set apart at most, and the first and the last."""
_EDGE = 0.6
"""How far the logarithmic axis reaches below the smallest share."""


@dataclass(frozen=True)
class Shown:
    """What of a task's races is drawn: contestants, shares; ``paired`` draws the difference to the full network."""

    labels: tuple[str, ...]
    shares: tuple[float, ...]
    paired: bool = False
    logarithmic: bool = True

    def curves(self, facts: AgainstCost) -> Iterator[CostCurve]:
        """The contestants with the points that are drawn."""
        for curve in facts.curves:
            points = tuple(point for point in curve.points if point.allowed in self.shares)
            if curve.label in self.labels and points:
                yield CostCurve(curve.label, points)

    def value(self, point: ScorePoint) -> tuple[float | None, float | None]:
        """What is drawn of the point, and half of its interval."""
        if not self.paired:
            return point.mean, point.half_width
        found = None if point.beside_full is None else point.beside_full.difference
        return (None, None) if found is None else (found.mean, found.half_width)


def all_of(facts: AgainstCost) -> Shown:
    """Everything that there is."""
    return Shown(tuple(curve.label for curve in facts.curves), facts.shares)


def score_cost(facts: AgainstCost, shown: Shown, colours: Palette = LIGHT) -> go.Figure:
    """A line a contestant, a mark a race, with the 95% interval; the full network is the level line.

    A mark of few seeds is empty, with their number; a cross at the bottom says that runs failed.
    """
    figure = go.Figure()
    curves = list(shown.curves(facts))
    low, high = span(facts, shown)
    _full(figure, facts, shown, colours)
    looks = contestant_looks([curve.label for curve in curves], colours)
    for place, (curve, drawn) in enumerate(zip(curves, looks, strict=True)):
        _curve(figure, curve, shown, drawn, _shift(place, len(curves), shown))
    _failures(figure, curves, looks, shown, low + 0.03 * (high - low))
    _axes(figure, facts, shown, (low, high))
    rows = math.ceil((len(curves) + 1) / 4)
    finish(figure, below=58).update_layout(height=330 + 24 * rows, margin_t=18 + 24 * rows, margin_l=98)
    return figure.update_layout(showlegend=True).update_yaxes(title_standoff=16)


def span(facts: AgainstCost, shown: Shown) -> tuple[float, float]:
    """What the axis of scores covers: all means, and intervals from more than a few seeds."""
    full = None if facts.full is None else facts.full.mean
    values = [0.0] if shown.paired else [full] if full is not None else []
    for curve in shown.curves(facts):
        for point in curve.points:
            middle, half = shown.value(point)
            if middle is not None:
                apart = half if half is not None and not point.few else 0.0
                values += [middle - apart, middle + apart]
    low, high = min(values, default=0.0), max(values, default=1.0)
    missing = max(0.0, LEAST_SPAN - (high - low)) / 2
    edge = 0.09 * max(high - low, LEAST_SPAN)
    return low - missing - edge, high + missing + edge


def score_cost_in_words(facts: AgainstCost, shown: Shown) -> str:
    """The chart for a reader who does not see it."""
    full = "" if facts.full is None or facts.full.mean is None else f" The full network: {facts.full.mean:.3f}."
    told = "; ".join(f"{curve.label} {', '.join(map(_in_words, curve.points))}" for curve in shown.curves(facts))
    return f"{facts.name}, {facts.score.title} against MACs left.{full} {told or 'Nothing is drawn'}."


def _in_words(point: ScorePoint) -> str:
    if point.mean is None:
        return f"at {percent(point.allowed, 0)} failed"
    half = "" if point.half_width is None else f" ± {point.half_width:.3f}"
    failed = f", {failed_runs(point.failures, point.seeds)}" if point.failures else ""
    return f"at {percent(point.allowed, 0)} {point.mean:.3f}{half} ({seeds(point.ended)}{failed})"


def seeds(count: int) -> str:
    """
    >>> seeds(1), seeds(5)
    ('1 seed', '5 seeds')
    """
    return f"{count} seed{'' if count == 1 else 's'}"


def _shift(place: int, number: int, shown: Shown) -> float:
    """How far beside its place a contestant's mark is drawn, so that it does not hide those of the same share."""
    most, whole = _ASIDE[shown.logarithmic]
    return (place - (number - 1) / 2) * min(most, whole / number)


def _aside(x: float, shift: float, shown: Shown) -> float:
    return x * math.exp(shift) if shown.logarithmic else x + shift


def _least(shown: Shown) -> float:
    """Where the axis of MACs begins."""
    return min(shown.shares, default=1.0) * math.exp(-_EDGE) if shown.logarithmic else 0.0


def _full(figure: go.Figure, facts: AgainstCost, shown: Shown, colours: Palette) -> None:
    full = facts.full
    if full is None or full.mean is None:
        return
    level, half = (0.0, None) if shown.paired else (full.mean, full.half_width)
    ends = [_least(shown), 1.0]
    if half is not None:
        figure.add_scatter(
            x=[*ends, *reversed(ends)], y=[level - half] * 2 + [level + half] * 2, fill="toself", mode="lines",
            fillcolor=colours.band, line={"width": 0}, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    figure.add_scatter(
        x=ends,
        y=[level, level],
        name="full",
        mode="lines+markers",
        line={"color": colours.text, "width": 1.5, "dash": "dot"},
        marker={"symbol": "star-open" if full.few else "star", "size": [0, 12], "color": colours.text},
        hovertemplate=f"<b>full</b>: {_said(full)}<extra></extra>",
    )


def _curve(figure: go.Figure, curve: CostCurve, shown: Shown, drawn: Look, shift: float) -> None:
    known = [(point, *shown.value(point)) for point in curve.points if shown.value(point)[0] is not None]
    figure.add_scatter(
        x=[_aside(_x(point), shift, shown) for point, _, _ in known],
        y=[middle for _, middle, _ in known],
        name=escape(curve.label),
        mode="lines+markers+text",
        line={"color": drawn.colour, "dash": drawn.dash, "width": 1.6},
        error_y={"type": "data", "array": [half for _, _, half in known], "thickness": 1.5, "width": 3},
        marker={
            "symbol": [f"{drawn.symbol}-open" if point.few else drawn.symbol for point, _, _ in known],
            "size": 10,
            "color": drawn.colour,
            "line": {"width": 2, "color": drawn.colour},
        },
        text=[f" {point.ended}" if point.few else "" for point, _, _ in known],
        textposition="middle right",
        textfont={"size": 11, "color": drawn.colour},
        customdata=[_said(point) for point, _, _ in known],
        hovertemplate=f"<b>{escape(curve.label)}</b>: %{{customdata}}<extra></extra>",
    )


def _failures(
    figure: go.Figure, curves: Sequence[CostCurve], looks: Sequence[Look], shown: Shown, level: float
) -> None:
    found = [
        (_aside(_x(point), _shift(place, len(curves), shown), shown), curve.label, point, drawn)
        for place, (curve, drawn) in enumerate(zip(curves, looks, strict=True))
        for point in curve.points
        if point.failures
    ]
    figure.add_scatter(
        x=[x for x, *_ in found],
        y=[level] * len(found),
        name="runs failed",
        mode="markers",
        showlegend=bool(found),
        marker={"symbol": "x-thin", "size": 9, "line": {"width": 2.5, "color": [drawn.colour for *_, drawn in found]}},
        customdata=[
            f"<b>{escape(label)}</b>: {failed_runs(point.failures, point.seeds)}" for _, label, point, _ in found
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip


def _axes(figure: go.Figure, facts: AgainstCost, shown: Shown, ends: tuple[float, float]) -> None:
    least = _least(shown)
    ticks = [share for share in TICKS if share >= least]
    reach = [math.log10(least), math.log10(1.12)] if shown.logarithmic else [0, 1.04]
    ways: dict[str, Any] = {"type": "log"} if shown.logarithmic else {}
    figure.update_xaxes(
        title_text="MACs left of the full network", tickvals=ticks, ticktext=[percent(share, 0) for share in ticks],
        range=reach, zeroline=False, tickangle=0, **ways,
    )  # fmt: skip
    better = "higher is better" if facts.score.higher_is_better else "lower is better"
    what = "Difference to full" if shown.paired else escape(facts.score.title)
    figure.update_yaxes(title_text=f"{what}<br>({better}; enlarged)", range=list(ends), zeroline=False, nticks=6)


def _x(point: ScorePoint) -> float:
    return point.allowed if point.macs is None else point.macs


def _said(point: ScorePoint) -> str:
    macs = "" if point.macs is None else f" with {percent(point.macs)} of the MACs"
    half = "" if point.half_width is None else f" ± {point.half_width:.3f}"
    failed = f", {failed_runs(point.failures, point.seeds)}" if point.failures else ""
    beside = "" if point.beside_full is None else f"<br>beside the full one: {escape(point.beside_full.text)}"
    return f"{point.mean:.3f}{half}{macs}, {seeds(point.ended)}{failed}{beside}"
