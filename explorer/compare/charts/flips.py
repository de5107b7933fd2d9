"""How many neurons of each layer one method rescues and loses, next to another."""

from html import escape

import plotly.graph_objects as go

from explorer.charts import LIGHT, Palette, finish, layer_axis, names_height
from explorer.compare.facts import FlipFacts


def flips(facts: FlipFacts, first: str, second: str, colours: Palette = LIGHT) -> go.Figure:
    """Above zero what the second method keeps and the first removes, below what it gives up; shares of the layer."""
    changes = facts.by_layer[first, second]
    sizes = {name: one.both + one.lost + one.rescued + one.neither for name, one in changes.items()}
    words = [
        f"<b>{escape(name)}</b><br>{one.rescued} rescued, {one.lost} lost, {one.both} kept by both<br>"
        f"of {sizes[name]} neurons"
        for name, one in changes.items()
    ]
    figure = go.Figure()
    for title, sign, colour, pattern in (
        ("rescued", 1, colours.params, ""),
        ("lost", -1, colours.warning, "/"),
    ):
        figure.add_bar(
            x=list(range(len(changes))),
            y=[sign * getattr(one, title) / sizes[name] for name, one in changes.items()],
            width=0.82,
            name=title,
            marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": colour, "fillmode": "overlay"}},
            customdata=words,
            hovertemplate="%{customdata}<extra></extra>",
        )
    layer_axis(figure, list(changes), colours)
    figure.update_yaxes(
        title_text="Share of the layer", range=[-1.02, 1.02], tickvals=[-1, -0.5, 0, 0.5, 1],
        ticktext=["100 %", "50 %", "0", "50 %", "100 %"], zeroline=True, zerolinecolor=colours.text, zerolinewidth=1,
    )  # fmt: skip
    return finish(figure, names_height(list(changes))).update_layout(barmode="relative", yaxis_title_standoff=14)


def flips_in_words(facts: FlipFacts, first: str, second: str) -> str:
    """The chart for a reader who does not see it."""
    changes, whole = facts.by_layer[first, second], facts.in_all[first, second]
    most = max(changes, key=lambda name: changes[name].rescued + changes[name].lost)
    one, titles = changes[most], facts.methods
    return (
        f"Bar chart by layer: next to {titles[first].title}, {titles[second].title} rescues {whole.rescued} neurons "
        f"and loses {whole.lost}. Most change in {most}: {one.rescued} rescued, {one.lost} lost."
    )
