"""What several plans leave of one resource, over the sparsities they were made from."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from explorer.charts import LIGHT, SHARES, Palette, finish, look
from explorer.compare.facts import Entry
from explorer.units import percent

TITLES = {"macs": "MACs", "activations": "Memory", "params": "Parameters"}


def overlay(entries: Sequence[Entry], resource: str, colours: Palette = LIGHT) -> go.Figure:
    """One line a plan, its mark where the plan stands; a line ends where a layer is empty."""
    figure = go.Figure()
    for entry in entries:
        curve, drawn = entry.curve, look(entry.slot, entry.method, colours)
        values = getattr(curve, resource)
        built = curve.sparsities <= curve.max_feasible_sparsity
        name = escape(entry.name)
        figure.add_scatter(
            x=100 * curve.sparsities[built],
            y=values[built],
            mode="lines",
            name=name,
            line={"color": drawn.colour, "dash": drawn.dash, "width": 2},
            hovertemplate=f"{name}: %{{y:.1%}} at sparsity %{{x:.1f}} %<extra></extra>",
        )
        here = min(entry.plan.requested_sparsity, curve.max_feasible_sparsity)
        figure.add_scatter(
            x=[100 * here],
            y=[_standing(entry, resource, here)],
            mode="markers",
            name=name,
            marker={
                "color": drawn.colour,
                "symbol": drawn.symbol if entry.plan.feasible else "x-thin-open",
                "size": 11,
            },
            hovertemplate=f"{name}: {_state(entry)}<extra></extra>",
        )
    figure.update_xaxes(title_text="Sparsity", range=[0, 100], ticksuffix=" %", dtick=20)
    figure.update_yaxes(title_text=f"{TITLES[resource]} left of the full network", range=[0, 1.02], **SHARES)
    return finish(figure, below=58).update_layout(showlegend=False, height=300, margin_t=12)


def overlay_in_words(entries: Sequence[Entry], resource: str) -> str:
    """The chart for a reader who does not see it."""
    left = []
    for entry in entries:
        full, pruned = getattr(entry.plan.full, resource), getattr(entry.plan.pruned, resource)
        left.append(f"{entry.name} {percent(pruned / full) if entry.plan.feasible else 'cannot be built'}")
    return f"Line chart of {TITLES[resource]} left over sparsity, one line a plan. Left: {', '.join(left)}."


def _standing(entry: Entry, resource: str, here: float) -> float:
    """What the plan leaves, exactly; where there is no network, the end of the curve."""
    if entry.plan.feasible:
        return float(getattr(entry.plan.pruned, resource) / getattr(entry.plan.full, resource))
    return float(np.interp(here, entry.curve.sparsities, getattr(entry.curve, resource)))


def _state(entry: Entry) -> str:
    if entry.plan.feasible:
        return f"here, at sparsity {percent(entry.plan.requested_sparsity)}"
    return f"no network: {escape(entry.plan.first_empty_layer or 'a layer')} is empty; drawn at the last that works"
