"""What several plans leave of one resource, over the sparsities they were made from."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from explorer.charts import LIGHT, SHARES, Palette, finish, look
from explorer.compare.facts import Entry, Shares
from explorer.units import percent

TITLES = {"macs": "MACs", "activations": "Memory", "params": "Parameters", "seconds": "Step time"}


def overlay(entries: Sequence[Entry], resource: str, colours: Palette = LIGHT) -> go.Figure:
    """One line a plan, its mark where the plan stands; a line ends where a layer is empty."""
    figure = go.Figure()
    for entry in _known(entries, resource):
        curve, drawn = entry.curve, look(entry.slot, entry.method, colours)
        values = _values(entry, resource)
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
    highest = max((float(_values(entry, resource).max()) for entry in _known(entries, resource)), default=1.0)
    title = f"{TITLES[resource]} left of the full network"
    figure.update_yaxes(title_text=title, range=[0, 1.02 * max(1.0, highest)], **SHARES)  # seconds may rise at first
    return finish(figure, below=58).update_layout(showlegend=False, height=300, margin_t=12)


def overlay_in_words(entries: Sequence[Entry], resource: str) -> str:
    """The chart for a reader who does not see it."""
    left = []
    for entry in _known(entries, resource):
        at = entry.curve.max_feasible_sparsity
        share = percent(_standing(entry, resource, at)) if entry.plan.feasible else "cannot be built"
        left.append(f"{entry.name} {share}")
    return f"Line chart of {TITLES[resource]} left over sparsity, one line a plan. Left: {', '.join(left)}."


def _known(entries: Sequence[Entry], resource: str) -> list[Entry]:
    """The plans of which the resource is known: step time wants a time table."""
    return [entry for entry in entries if resource != "seconds" or (entry.step and entry.step.curve is not None)]


def _values(entry: Entry, resource: str) -> Shares:
    if resource != "seconds":
        values: Shares = getattr(entry.curve, resource)
        return values
    assert entry.step is not None, "other plans are left out"
    assert entry.step.curve is not None, "other plans are left out"
    return entry.step.curve


def _standing(entry: Entry, resource: str, here: float) -> float:
    """What the plan leaves, exactly; where there is no network, the end of the curve."""
    if not entry.plan.feasible:
        return float(np.interp(here, entry.curve.sparsities, _values(entry, resource)))
    if resource == "seconds":
        assert entry.step is not None, "other plans are left out"
        assert entry.step.after is not None, "the plan can be built"
        return entry.step.after / entry.step.before
    return float(getattr(entry.plan.pruned, resource) / getattr(entry.plan.full, resource))


def _state(entry: Entry) -> str:
    if entry.plan.feasible:
        return f"here, at sparsity {percent(entry.plan.requested_sparsity)}"
    return f"no network: {escape(entry.plan.first_empty_layer or 'a layer')} is empty; drawn at the last that works"
