"""Networks of a race, one a row: how good each became, and what each costs."""

from collections.abc import Callable, Sequence
from html import escape

import plotly.graph_objects as go

from explorer.charts import LIGHT, SHARES, Palette, called, contestant_looks, finish
from explorer.training.charts.learning import score_axis
from explorer.training.facts import Measure
from ranp.checks import Summary
from ranp.statistics import failed_runs


def race_scores(results: Sequence[Summary], measure: Measure, colours: Palette = LIGHT) -> go.Figure:
    """The mean score of each network with one sample deviation to each side; a cross for one that failed."""
    figure = go.Figure()
    looks = contestant_looks([result.label for result in results], colours)
    for row, (result, drawn) in enumerate(zip(results, looks, strict=True)):
        name = escape(called(result.label))
        failed = result.mean is None
        figure.add_scatter(
            x=[0.0 if failed else result.mean],
            y=[row],
            mode="markers+text" if failed else "markers",
            text=[" no network: a layer is empty" if _emptied(result) else " failed"] if failed else None,
            textposition="middle right",
            error_x={"type": "data", "array": [result.spread or 0.0], "thickness": 2, "width": 5},
            marker={"symbol": "x" if failed else drawn.symbol, "size": 12, "color": drawn.colour},
            cliponaxis=False,
            hovertemplate=f"<b>{name}</b><br>{escape('; '.join(result.reasons)) if failed else _words(result)}"
            "<extra></extra>",
        )
    ends = [
        result.mean + side * (result.spread or 0.0) for result in results if result.mean is not None for side in (-1, 1)
    ]
    score_axis(figure, measure, ends, True)
    return _rows(figure, results)


def race_costs(results: Sequence[Summary], colours: Palette = LIGHT) -> go.Figure:
    """What is left of the full network's MACs, and of its memory, in each network."""
    figure = go.Figure()
    kinds: tuple[tuple[str, str, str, Callable[[Summary], float | None]], ...] = (
        ("MACs", colours.macs, "", lambda result: result.macs),
        ("Memory", colours.activations, "/", lambda result: result.activations),
    )
    for title, colour, pattern, cost in kinds:
        whole = next((value for result in results if result.contestant == 0 and (value := cost(result))), None)
        shares = [None if whole is None or (value := cost(result)) is None else value / whole for result in results]
        figure.add_bar(
            x=shares,
            y=list(range(len(results))),
            orientation="h",
            name=title,
            marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": colour, "fillmode": "overlay"}},
            hovertemplate=f"{title}: %{{x:.1%}} left<extra></extra>",
        )
    figure.update_xaxes(title_text="Left of the full network", range=[0, 1.03], **SHARES)
    return _rows(figure, results).update_layout(showlegend=True, barmode="group")


def race_in_words(results: Sequence[Summary], measure: Measure) -> str:
    """Both charts for a reader who does not see them."""
    found = ", ".join(f"{called(one.label)} {one.text}" for one in results)
    return f"Chart of {measure.title}, a row for each network: {found}."


def _rows(figure: go.Figure, results: Sequence[Summary]) -> go.Figure:
    figure.update_yaxes(
        tickvals=list(range(len(results))), ticktext=[_named(result) for result in results],
        range=[len(results) - 0.4, -0.6], zeroline=False,
    )  # fmt: skip
    finish(figure, below=72)
    figure.update_layout(height=150 + 38 * max(len(results), 2), showlegend=False, margin_t=34)
    return figure.update_yaxes(automargin=True, title_text=None)


def _named(result: Summary) -> str:
    """The network's name; where only some of its runs failed, how many: its mark is the mean of the others."""
    some = 0 < result.failures < result.seeds
    return escape(called(result.label)) + (f"<br>{failed_runs(result.failures, result.seeds)}" if some else "")


def _emptied(result: Summary) -> bool:
    return any("no neuron" in reason or "empt" in reason for reason in result.reasons)


def _words(result: Summary) -> str:
    spread = "" if result.spread is None else f" ± {result.spread:.3f}"
    failed = f", {result.failures} of {result.seeds} seeds failed" if result.failures else f", {result.seeds} seeds"
    return f"{result.mean:.3f}{spread}{failed}"
