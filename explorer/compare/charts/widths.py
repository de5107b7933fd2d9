"""Of each layer the share that a plan keeps, and that the best widths keep."""

from html import escape

import plotly.graph_objects as go

from explorer.charts import LIGHT, SHARES, Palette, finish, layer_axis, names_height
from explorer.compare.facts import WidthFacts
from explorer.units import percent


def widths(facts: WidthFacts, colours: Palette = LIGHT) -> go.Figure:
    """A mark for each, joined by a line where they differ."""
    figure = go.Figure()
    for title, counts, colour, symbol in (
        ("this plan", facts.kept, colours.kept, "circle"),
        ("best widths", facts.best, colours.warning, "square"),
    ):
        figure.add_scatter(
            x=list(range(len(facts.layers))),
            y=[count / neurons for count, neurons in zip(counts, facts.neurons, strict=True)],
            mode="markers",
            name=title,
            marker={"symbol": symbol, "size": 9, "color": colour},
            customdata=[
                [escape(name), count, neurons]
                for name, count, neurons in zip(facts.layers, counts, facts.neurons, strict=True)
            ],
            hovertemplate=f"%{{customdata[0]}}<br>{title}: %{{customdata[1]}} of %{{customdata[2]}}<extra></extra>",
        )
    layer_axis(figure, facts.layers, colours)
    figure.update_yaxes(title_text="Share of the layer kept", range=[0, 1.05], **SHARES)
    return finish(figure, names_height(facts.layers))


def widths_in_words(facts: WidthFacts) -> str:
    """For a reader who does not see the chart."""
    parts = [
        f"{layer} {percent(kept / neurons)} and {percent(best / neurons)}"
        for layer, neurons, kept, best in zip(facts.layers, facts.neurons, facts.kept, facts.best, strict=True)
    ]
    return f"Marks by layer: the share that this plan keeps, and that the best widths keep. {', '.join(parts)}."
