"""When to prune: what the schedules' networks score, against what is left of the network or against the whole bill."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import plotly.graph_objects as go

from explorer.charts import LIGHT, Look, Palette, finish, look, seeds
from explorer.units import percent
from ranp.checks import When, WhenPoint
from ranp.statistics import failed_runs


class Cost(NamedTuple):
    """What the control calls it, and what the axis does."""

    label: str
    axis: str


COSTS = {
    "macs": Cost("What is left", "MACs left of the full network"),
    "total": Cost("What it took in all", "MACs in all, of the full network's bill"),
}
"""What a score may be drawn against, a field of a `WhenPoint`."""

_LOOKS = {"full": (-1, ""), "init": (0, "ranp-f"), "early": (1, "ranp-m"), "gradual": (2, "weighted"),
          "soft": (3, "vanilla"), "after": (4, "blend")}  # fmt: skip
"""Schedule -> its mark, and the method whose colour it has."""
LEAST_SPAN = 0.04
ASIDE = 0.014
"""How far apart marks of one share stand, against what is left, where all schedules end at the same place."""


def when(facts: When, cost: str, colours: Palette = LIGHT) -> go.Figure:
    """A line a schedule through its races, with the 95% intervals; an empty mark is known from few seeds."""
    figure = go.Figure()
    middle = len(facts.curves) / 2  # the full network comes first, and stays where it is
    for place, (name, points) in enumerate(facts.curves.items()):
        shift = ASIDE * (place - middle) if cost == "macs" and name != "full" else 0.0
        _curve(figure, name, _drawn(points, cost), (cost, shift), _look(name, colours))
    most = max((_cost(point, cost) for point in facts.points), default=1.0)
    ticks = [tick / 4 for tick in range(1 + int(4 * most * 1.04))]
    figure.update_xaxes(
        title_text=COSTS[cost].axis, range=[0, 1.06 * max(most, 1.0)], tickvals=ticks,
        ticktext=[percent(tick, 0) for tick in ticks], zeroline=False, tickangle=0,
    )  # fmt: skip
    better = "higher is better" if facts.score.higher_is_better else "lower is better"
    title = f"{escape(facts.score.title)}<br>({better}; enlarged)"
    figure.update_yaxes(title_text=title, range=_span(facts.points), zeroline=False, nticks=6, title_standoff=16)
    return finish(figure, below=58).update_layout(height=380, margin_l=98, showlegend=True)


def when_in_words(facts: When) -> str:
    """The chart for a reader who does not see it."""
    told = "; ".join(f"{name} {', '.join(map(_in_words, points))}" for name, points in facts.curves.items())
    return f"{facts.name}, {facts.score.title} by when the network is cut down. {told}."


def _curve(figure: go.Figure, name: str, points: Sequence[WhenPoint], at: tuple[str, float], drawn: Look) -> None:
    cost, shift = at
    figure.add_scatter(
        x=[_cost(point, cost) + shift for point in points],
        y=[point.mean for point in points],
        name=escape(name),
        mode="lines+markers",
        line={"color": drawn.colour, "dash": drawn.dash, "width": 1.6},
        error_y={"type": "data", "array": [point.half_width for point in points], "thickness": 1.5, "width": 3},
        marker={
            "symbol": [f"{drawn.symbol}-open" if point.few else drawn.symbol for point in points],
            "size": 12 if name == "full" else 10,
            "color": drawn.colour,
            "line": {"width": 2, "color": drawn.colour},
        },
        customdata=[_said(point) for point in points],
        hovertemplate=f"<b>{escape(name)}</b>: %{{customdata}}<extra></extra>",
    )


def _drawn(points: Sequence[WhenPoint], cost: str) -> list[WhenPoint]:
    """Those with a score and a cost; of the full network, which is in every race, the one of most seeds."""
    known = [point for point in points if point.mean is not None and getattr(point, cost) is not None]
    if points[0].schedule == "full":
        return sorted(known, key=lambda point: point.seeds - point.failures)[-1:]
    return known


def _cost(point: WhenPoint, cost: str) -> float:
    return float(getattr(point, cost) or 0.0)


def _look(name: str, colours: Palette) -> Look:
    return look(*_LOOKS[name], colours)


def _span(points: Sequence[WhenPoint]) -> list[float]:
    """What the axis of scores covers: all means, and intervals from more than a few seeds."""
    values = []
    for point in points:
        if point.mean is not None:
            half = 0.0 if point.few else point.half_width or 0.0
            values += [point.mean - half, point.mean + half]
    low, high = min(values, default=0.0), max(values, default=1.0)
    edge = 0.09 * max(high - low, LEAST_SPAN) + max(0.0, LEAST_SPAN - (high - low)) / 2
    return [low - edge, high + edge]


def _said(point: WhenPoint) -> str:
    left = "" if point.macs is None else f", {percent(point.macs)} of the MACs left"
    total = "" if point.total is None else f", {percent(point.total)} in all"
    failed = f", {failed_runs(point.failures, point.seeds)}" if point.failures else ""
    beside = "" if point.beside_init is None else f"<br>beside init: {escape(point.beside_init.text)}"
    return f"{point.text}{left}{total}, {seeds(point.seeds - point.failures)}{failed}{beside}"


def _in_words(point: WhenPoint) -> str:
    total = "" if point.total is None else f" for {percent(point.total, 0)} of the bill"
    return f"at {percent(point.allowed, 0)} {point.text}{total}"
