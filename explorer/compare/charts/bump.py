"""The neurons of one layer from method to method: where each ranks in the network, and whether it stays."""

from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.charts import LIGHT, Palette, finish
from explorer.compare.facts import FlipFacts

LINES_SHOWN = 64
"""More lines than this cannot be followed: neurons that change come first, then others, both evenly by rank."""

QUIET_SHOWN = 16
"""How many of the others are drawn at least, to see the changes against."""


def bump(
    facts: FlipFacts, layer: str, pair: tuple[str, str], neuron: int | None = None, colours: Palette = LIGHT
) -> go.Figure:
    """A line a neuron over the methods; its height is its rank, filled marks stay, the bars are the thresholds.

    Colours tell what changes from the first to the second method of the pair; `neuron` is drawn on top.
    """
    titles = [method.title for method in facts.methods.values()]
    ranks = np.array([method.ranks[layer] for method in facts.methods.values()])
    kept = np.array([method.kept[layer] for method in facts.methods.values()])
    first, second = (facts.methods[name].kept[layer] for name in pair)
    shown = neurons_shown(facts, layer, pair)
    figure = go.Figure()
    for title, chosen, colour, width in (
        ("removed by both", ~first & ~second, colours.removed, 0.7),
        ("kept by both", first & second, colours.held, 0.9),
        ("lost", first & ~second, colours.warning, 1.4),
        ("rescued", ~first & second, colours.params, 1.4),
    ):
        these = [index for index in shown if chosen[index]]
        _lines(figure, these, ranks, kept, (title, colour, width), layer, titles)
    if neuron is not None:
        _lines(figure, [neuron], ranks, kept, (f"neuron {neuron}", colours.text, 3.5), layer, titles)
    for position, method in enumerate(facts.methods.values()):
        figure.add_scatter(
            x=[position - 0.14, position + 0.14],
            y=[method.threshold] * 2,
            mode="lines",
            name="threshold",
            showlegend=position == 0,
            line={"color": colours.text, "width": 3},
            hovertemplate=f"{escape(method.title)}: what ranks below {method.threshold:.1%} is removed<extra></extra>",
        )
    figure.update_xaxes(
        tickvals=list(range(len(titles))), ticktext=[escape(title) for title in titles],
        range=[-0.3, len(titles) - 0.7], showgrid=False, zeroline=False, tickfont_size=14,
    )  # fmt: skip
    figure.update_yaxes(
        title_text="Rank among all neurons", range=[1.03, -0.03], tickvals=[0, 0.25, 0.5, 0.75, 1],
        ticktext=["best", "25 %", "50 %", "75 %", "last"], zeroline=False,
    )  # fmt: skip
    return finish(figure, below=40).update_layout(height=430, yaxis_title_standoff=14)


def neurons_shown(facts: FlipFacts, layer: str, pair: tuple[str, str]) -> list[int]:
    """Which neurons of the layer are drawn: all, or those that change first and others evenly by the first rank."""
    before, after = (facts.methods[name].kept[layer] for name in pair)
    order = np.argsort(facts.methods[pair[0]].ranks[layer], kind="stable")
    changing = [int(index) for index in order if before[index] != after[index]]
    quiet = [int(index) for index in order if before[index] == after[index]]
    chosen = _evenly(changing, LINES_SHOWN - min(len(quiet), QUIET_SHOWN))
    return chosen + _evenly(quiet, LINES_SHOWN - len(chosen))


def bump_in_words(facts: FlipFacts, layer: str, pair: tuple[str, str]) -> str:
    """The chart for a reader who does not see it."""
    one = facts.by_layer[pair][layer]
    stays = ", ".join(
        f"{method.title} {int(method.kept[layer].sum())} of {method.kept[layer].size}"
        for method in facts.methods.values()
    )
    return (
        f"Slope chart of the neurons of {layer} over four methods, by rank in the network. Kept: {stays}. From "
        f"{facts.methods[pair[0]].title} to {facts.methods[pair[1]].title}: {one.rescued} rescued, {one.lost} lost."
    )


def _lines(
    figure: go.Figure,
    neurons: list[int],
    ranks: NDArray[np.float64],
    kept: NDArray[np.bool_],
    drawn: tuple[str, str, float],
    layer: str,
    titles: list[str],
) -> None:
    """One trace for all lines of a kind, with a gap after each."""
    title, colour, width = drawn
    x: list[float | None] = []
    y: list[float | None] = []
    symbols, words = [], []
    for neuron in neurons:
        for position, method in enumerate(titles):
            stays = bool(kept[position, neuron])
            x.append(position)
            y.append(float(ranks[position, neuron]))
            symbols.append("circle" if stays else "circle-open")
            fate = "kept" if stays else "removed"
            words.append(
                f"<b>{escape(layer)}, neuron {neuron}</b><br>{escape(method)}: {fate}, "
                f"{ranks[position, neuron]:.1%} of all neurons rank higher"
            )
        x.append(None)
        y.append(None)
        symbols.append("circle")
        words.append("")
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers",
        name=title,
        showlegend=bool(neurons),
        line={"color": colour, "width": width},
        marker={"symbol": symbols, "size": 5 + width, "color": colour},
        customdata=words,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _evenly(values: list[int], most: int) -> list[int]:
    if len(values) <= most:
        return values
    return [values[int(position)] for position in np.linspace(0, len(values) - 1, max(most, 0))]
