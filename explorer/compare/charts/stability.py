"""How much plans agree, layer by layer, when examples or initial weights are drawn anew."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go

from explorer.charts import LIGHT, SHARES, Palette, finish, layer_axis, names_height
from explorer.compare.facts import Shares, Spread, StabilityFacts
from explorer.units import percent

_ASIDE = 0.17


def agreement(facts: StabilityFacts, colours: Palette = LIGHT) -> go.Figure:
    """Of each layer the mean Jaccard index over all pairs of plans, with its deviation; bars show pure chance."""
    figure = go.Figure()
    for title, spread, shift, colour, symbol in _sources(facts, colours):
        positions = [place + shift for place in range(len(facts.layers))]
        _marks(figure, facts.layers, positions, spread.jaccard_mean, spread.jaccard_std, (title, colour, symbol))
        figure.add_scatter(
            x=positions,
            y=spread.chance,
            mode="markers",
            name="by chance",
            showlegend=shift > 0,
            marker={"symbol": "line-ew-open", "size": 11, "color": colours.text, "line": {"width": 2}},
            customdata=[escape(name) for name in facts.layers],
            hovertemplate="%{customdata}<br>random choices of as many: %{y:.0%}<extra></extra>",
        )
    return _finished(figure, facts.layers, "Kept in common (Jaccard)", colours)


def kept_spread(facts: StabilityFacts, colours: Palette = LIGHT) -> go.Figure:
    """Of each layer the mean share that is kept over all plans, with its deviation."""
    figure = go.Figure()
    for title, spread, shift, colour, symbol in _sources(facts, colours):
        positions = [place + shift for place in range(len(facts.layers))]
        _marks(figure, facts.layers, positions, spread.kept_mean, spread.kept_std, (title, colour, symbol))
    return _finished(figure, facts.layers, "Share of the layer kept", colours)


def agreement_in_words(facts: StabilityFacts) -> str:
    """Both charts for a reader who does not see them."""
    parts = [
        f"{title} {percent(spread.in_all_mean)} in common (by chance {percent(spread.in_all_chance)})"
        for title, spread, *_ in _sources(facts, LIGHT)
    ]
    return f"Points with error bars by layer. Neurons kept by two plans, of those kept by any: {', '.join(parts)}."


def _sources(facts: StabilityFacts, colours: Palette) -> list[tuple[str, Spread, float, str, str]]:
    found = [("other weights", facts.weights, _ASIDE, colours.warning, "square")]
    if facts.batches.plans > 1:
        found.insert(0, ("other examples", facts.batches, -_ASIDE, colours.kept, "circle"))
    return found


def _marks(
    figure: go.Figure,
    layers: Sequence[str],
    positions: Sequence[float],
    mean: Shares,
    deviation: Shares,
    drawn: tuple[str, str, str],
) -> None:
    title, colour, symbol = drawn
    figure.add_scatter(
        x=positions,
        y=mean,
        mode="markers",
        name=title,
        error_y={"type": "data", "array": deviation, "thickness": 1.5, "width": 3, "color": colour},
        marker={"symbol": symbol, "size": 8, "color": colour},
        customdata=[[escape(name), std] for name, std in zip(layers, deviation, strict=True)],
        hovertemplate=f"%{{customdata[0]}}<br>{title}: %{{y:.0%}} ± %{{customdata[1]:.0%}}<extra></extra>",
    )


def _finished(figure: go.Figure, layers: Sequence[str], title: str, colours: Palette) -> go.Figure:
    layer_axis(figure, layers, colours)
    figure.update_yaxes(title_text=title, range=[0, 1.05], **SHARES)
    return finish(figure, names_height(layers))
