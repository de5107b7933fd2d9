"""The trials of a sweep: score against cost with the Pareto front, and every parameter beside what came of it."""

from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from explorer.charts import LIGHT, Palette, finish
from explorer.training.charts.learning import round_up, score_axis
from explorer.training.facts import Measure, TrialFacts
from ranp.selection import limit_text

COSTS = {"macs": "MACs", "activations": "Memory (elements of activations)"}
_COLUMNS = {"sparsity": "sparsity", "alpha": "alpha", "lam": "lambda", "score": "score", **COSTS}


def pareto(trials: Sequence[TrialFacts], measure: Measure, cost: str, colours: Palette = LIGHT) -> go.Figure:
    """Every finished trial; filled marks are those that no other beats in score, MACs and memory at once.

    Each mark carries its trial's number, so that a click on it can be understood.
    """
    figure = go.Figure()
    for best, title, symbol, size in ((False, "beaten", "circle-open", 9), (True, "Pareto front", "circle", 12)):
        shown = [trial for trial in ended(trials) if trial.best is best]
        figure.add_scatter(
            x=[getattr(trial, cost) for trial in shown],
            y=[trial.score for trial in shown],
            mode="markers",
            name=title,
            showlegend=bool(shown),
            marker={"symbol": symbol, "size": size, "color": colours.warning if best else colours.kept},
            customdata=[[trial.number, _words(trial)] for trial in shown],
            hovertemplate="<b>trial %{customdata[0]}</b>: %{customdata[1]}<br>"
            f"{escape(measure.title)} %{{y:.3f}}, {COSTS[cost].split(' ')[0]} %{{x:.3s}}<extra></extra>",
        )
    most = round_up(max((getattr(trial, cost) or 0.0 for trial in ended(trials)), default=1.0))
    figure.update_xaxes(title_text=COSTS[cost], range=[0, 1.03 * most], tickformat="~s")
    score_axis(figure, measure, [trial.score or 0.0 for trial in ended(trials)])
    finish(figure, below=56).update_layout(height=400, margin_l=96, showlegend=True)
    return figure.update_yaxes(title_standoff=16)


def parallel(trials: Sequence[TrialFacts], measure: Measure, colours: Palette = LIGHT) -> go.Figure:
    """A line a finished trial through all that was chosen and all that came out; colour tells the score."""
    shown = list(ended(trials))
    dimensions = []
    methods = list(dict.fromkeys(trial.method for trial in shown))
    if len(methods) > 1:
        ticks = list(range(len(methods)))
        dimensions.append(
            {
                "label": "method",
                "values": [methods.index(trial.method) for trial in shown],
                "tickvals": ticks,
                "ticktext": [escape(method) for method in methods],
                "range": [-0.2, len(methods) - 0.8],
            }
        )
    for name, title in _COLUMNS.items():
        values = [getattr(trial, name) for trial in shown]
        if shown and None not in values and (len(set(values)) > 1 or name in ("score", "macs")):
            dimensions.append(_dimension(name, title.split(" ")[0], values, measure))
    figure = go.Figure(
        go.Parcoords(
            dimensions=dimensions,
            line={
                "color": [trial.score for trial in shown],
                "colorscale": [[0, colours.warning], [0.5, colours.removed], [1, colours.kept]],
                "reversescale": not measure.higher_is_better,
                "showscale": bool(shown),
                "colorbar": {"title": {"text": "score"}, "thickness": 10, "outlinewidth": 0},
            },
            labelfont={"size": 13, "color": colours.text},
            tickfont={"size": 12, "color": colours.text},
            rangefont={"size": 10, "color": "rgba(0,0,0,0)"},
        )
    )
    return figure.update_layout(height=380, margin={"l": 56, "r": 20, "t": 56, "b": 24})


def _dimension(name: str, title: str, values: Sequence[float], measure: Measure) -> dict[str, Any]:
    """An axis with a fixed scale."""
    whole = name in ("sparsity", "alpha") or (name == "score" and not measure.unbounded)
    high = 1.0 if whole else round_up(max(values))
    return {"label": title, "values": values, "range": [0, high], "tickformat": "~s" if name in COSTS else "~g"}


def ended(trials: Sequence[TrialFacts]) -> list[TrialFacts]:
    """Those with figures."""
    return [trial for trial in trials if trial.score is not None]


def trials_in_words(trials: Sequence[TrialFacts], measure: Measure) -> str:
    """The charts for a reader who does not see them."""
    best = [trial for trial in ended(trials) if trial.best]
    told = "; ".join(f"trial {trial.number} ({_words(trial)}) {trial.score:.3f}" for trial in best[:8])
    return f"{len(ended(trials))} trials by {measure.title} and cost; on the Pareto front: {told or 'none yet'}."


def _words(trial: TrialFacts) -> str:
    parts = [escape(trial.method)]
    named = (("sparsity", trial.sparsity), ("α", trial.alpha), ("λ", trial.lam))
    parts += [f"{name} {value:.3g}" for name, value in named if value is not None]
    return ", ".join([*parts, *(limit_text(*limit) for limit in trial.limits)])
