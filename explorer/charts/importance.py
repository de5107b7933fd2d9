"""The importance of every neuron against the threshold that decides."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from explorer.charts.frame import finish, layer_axis, names_height
from explorer.charts.palette import LIGHT, Palette
from explorer.facts import Fate, NeuronFacts

MARKS_SHOWN = 1500
"""More marks than this make a page slow: larger networks show every n-th neuron of each layer by rank."""

DECADES_SHOWN = 6
"""Scores below 10^-6 of the highest are drawn at the lower edge."""


def importance(facts: NeuronFacts, colours: Palette = LIGHT) -> go.Figure:
    """Every neuron's final importance, sorted within its layer, against the threshold that decides."""
    names = list(facts.scores)
    step = every_nth(facts)
    looks = {
        Fate.KEPT: ("kept", {"color": colours.kept, "symbol": "circle", "size": 5}),
        Fate.REMOVED: ("removed", {"color": colours.removed, "symbol": "circle-open", "size": 5}),
        Fate.RESCUED: ("kept: held, tied", {"color": colours.kept, "symbol": "triangle-up-open", "size": 7}),
        Fate.DROPPED: ("removed: tied", {"color": colours.warning, "symbol": "triangle-down-open", "size": 7}),
    }
    points: dict[Fate, tuple[list[float], list[float], list[str]]] = {fate: ([], [], []) for fate in Fate}
    for position, name in enumerate(names):
        order = np.argsort(-facts.scores[name], kind="stable")
        for rank in range(0, len(order), step):
            x, y, label = points[Fate(int(facts.fates[name][order[rank]]))]
            x.append(position - 0.38 + 0.76 * (rank + 0.5) / len(order))
            y.append(max(float(facts.scores[name][order[rank]]), 10.0**-DECADES_SHOWN))
            label.append(f"{escape(name)}, neuron {order[rank]}<br>rank {rank + 1} of {len(order)} in its layer")
    figure = go.Figure()
    for fate, (x, y, label) in points.items():
        title, marker = looks[fate]
        figure.add_scatter(
            x=x,
            y=y,
            mode="markers",
            name=title,
            marker=marker,
            showlegend=bool(x),
            customdata=label,
            hovertemplate="%{customdata}<br>importance %{y:.2e} of the highest<extra></extra>",
        )
    _threshold(figure, facts, names, colours)
    layer_axis(figure, names, colours)
    lowest = min((float(np.min(scores)) for scores in facts.scores.values()), default=1.0)
    floor = max(-DECADES_SHOWN, int(np.floor(np.log10(lowest)))) if lowest > 0 else -DECADES_SHOWN
    figure.update_yaxes(
        title_text="Importance (highest = 1)", type="log", range=[floor - 0.1, 0.15], dtick=1, exponentformat="power"
    )
    return finish(figure, names_height(names))


def every_nth(facts: NeuronFacts) -> int:
    """By how much a large network is thinned: 1 draws every neuron, 4 every fourth of each layer by rank."""
    return max(1, -(-sum(map(len, facts.scores.values())) // MARKS_SHOWN))


def importance_in_words(facts: NeuronFacts) -> str:
    fates = np.concatenate(list(facts.fates.values()))
    left = int(np.isin(fates, (Fate.KEPT, Fate.RESCUED)).sum())
    return f"Importance of {len(fates)} neurons by layer on a logarithmic scale, with the threshold: {left} are kept."


def _threshold(figure: go.Figure, facts: NeuronFacts, names: Sequence[str], colours: Palette) -> None:
    """One line where all layers share the threshold, otherwise a short one for each layer."""
    shared = len(set(facts.thresholds.values())) <= 1
    x: list[float | None] = []
    y: list[float | None] = []
    for position, name in enumerate(names):
        value = facts.thresholds.get(name)
        if value is not None:
            gap: list[float | None] = [] if shared else [None]
            x += [position - 0.5, position + 0.5, *gap]
            y += [value, value, *gap]
    if x:
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            name="threshold",
            line={"color": colours.warning, "width": 2},
            hovertemplate="threshold %{y:.2e}<extra></extra>",
        )
