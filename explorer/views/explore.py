"""The first page: choose a network, move the sliders, see every layer and every cost follow."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from explorer import ASSETS, charts, compute, session, wording
from explorer.jobs import Job
from explorer.state import Choices, ExplorerState, known_layers
from explorer.units import count
from explorer.views import controls, results

SETTLED_AFTER = 0.3
"""Seconds without a change before the slow figure is worked out."""


def page() -> None:
    """Draw the page for the state that the widgets and the URL say."""
    choices = compute.choices()
    state, notices = session.begin(choices)
    st.html(ASSETS / "explore.css")
    st.markdown(wording.SUBTITLE)
    warnings = st.container()
    with st.grid(5, min_column_width=150, gap="small", vertical_alignment="bottom", key="choices"):
        controls.network(choices)
        controls.ranking(choices)
        options = st.empty()
    live = st.container(key="live")
    waiting = st.empty()
    wait(compute.tracing(state), waiting, wording.tracing)
    network = compute.network(state)
    state, unknown = known_layers(state, network.prunable)
    session.choose(protect=list(state.protect))
    with options:
        controls.options(network)
    with live:
        controls.sliders(state)
    for notice in notices + unknown:
        warnings.warning(notice, icon=":material/link_off:")
    session.publish(state, choices)
    if has_importance(state, waiting):
        show(state, choices)


def has_importance(state: ExplorerState, slot: Any) -> bool:
    """Whether every neuron's importance is known where the method needs it: it is computed, asked for, or refused."""
    if not compute.needs_importance(state):
        return True
    if not compute.was_asked(state):
        if refusal := compute.refusal(state):
            slot.error(refusal, icon=":material/memory:")
            return False
        macs = count(compute.network(state).full.macs)
        if compute.is_long(state) and not slot.button(
            wording.compute_button(macs), key="compute", type="primary", icon=":material/play_arrow:"
        ):
            return False
    wait(compute.importance(state), slot, wording.scoring)
    return True


def wait(job: Job[Any], slot: Any, say: Callable[[int], str]) -> None:
    """Show the job's progress until it is over. Any control may be moved meanwhile; the job goes on."""
    if job.wait(0.05):
        return
    bar = slot.progress(job.progress, say(compute.ahead_of(job)))
    while not job.wait(0.1):
        bar.progress(job.progress, say(compute.ahead_of(job)))
    slot.empty()


def show(state: ExplorerState, choices: Choices) -> None:
    """What the plan does; last, once the visitor pauses, the figure that takes a moment."""
    outcome = compute.results(state)
    results.verdict(outcome.plan, choices.methods[state.method])
    fill_peak = results.costs(outcome.plan, compute.known_peak(state) if outcome.plan.feasible else None)
    colours = charts.DARK if st.context.theme.type == "dark" else charts.LIGHT
    results.pictures(outcome.plan, outcome.neurons, outcome.curve, colours)
    name = f"{state.architecture}-{state.preset}-{state.method}"
    results.downloads(outcome.plan, name, partial(compute.plan_zip, state), partial(compute.masks_csv, state))
    results.held(compute.network(state))
    if compute.needs_importance(state):
        st.caption(f"Importance computed on: {compute.scored_on(state)}.")
    if outcome.plan.feasible and compute.known_peak(state) is None:
        fill_peak(peak_after_a_pause(state))


def peak_after_a_pause(state: ExplorerState) -> int | None:
    """The pruned network's peak memory, worked out only for a state at which the visitor stays.

    Each call to Streamlit here is a point at which the next run may take over.
    """
    slot = st.empty()
    for _ in range(round(SETTLED_AFTER / 0.1)):
        time.sleep(0.1)
        slot.empty()
    job = compute.peak_after(state)
    while not job.wait(0.1):
        slot.empty()
    return job.result()
