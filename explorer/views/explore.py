"""The first page: choose a network, move the sliders, see every layer and every cost follow."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from explorer import ASSETS, charts, compute, session, wording
from explorer.facts import PlanFacts
from explorer.jobs import Job
from explorer.state import Choices, ExplorerState, known_layers
from explorer.units import count
from explorer.views import controls, results

SETTLED_AFTER = 0.8
"""Seconds without a change before the slow figure is worked out."""


def page() -> None:
    """Draw the page for the state that the widgets and the URL say."""
    choices = compute.choices()
    state = session.begin(choices)
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
        controls.options(choices, network)
    with live:
        controls.sliders(state)
    for notice in session.note(unknown):
        warnings.warning(notice, icon=":material/link_off:")
    session.publish(state, choices)
    if has_importance(state, waiting):
        show(state, choices)
    else:
        results.full_costs(network)


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
    """What the plan does."""
    outcome = compute.results(state)
    results.verdict(outcome.plan, outcome.curve, state, choices.methods[state.method])
    results.costs(outcome.plan, partial(training_memory, state, outcome.plan))
    colours = charts.DARK if st.context.theme.type == "dark" else charts.LIGHT
    results.pictures(outcome.plan, outcome.neurons, outcome.curve, colours)
    name = f"{state.architecture}-{state.preset}-{state.method}"
    results.downloads(outcome.plan, name, partial(compute.plan_zip, state), partial(compute.masks_csv, state))
    results.held(compute.network(state))
    if compute.needs_importance(state):
        st.caption(f"Importance computed on: {compute.scored_on(state)}.")


def training_memory(state: ExplorerState, plan: PlanFacts) -> None:
    """The one figure that takes a moment comes by itself, once the visitor stays at a state.

    It is a fragment, since the browser keeps outdated charts beside the new ones until the page's own run is over.
    """
    wanted = plan.feasible and plan.full.peak_training_bytes is not None
    job = compute.finished_peak(state) if wanted else None
    if job is not None or not wanted:
        results.training_memory(plan, job.result() if job else None, pending=False)
    else:
        st.fragment(_estimate, run_every=SETTLED_AFTER)(state, plan)


def _estimate(state: ExplorerState, plan: PlanFacts) -> None:
    if session.is_new("peak", state):
        results.training_memory(plan, None, pending=True)
        return
    job = compute.peak_after(state)
    while not job.wait(0.1):
        session.let_go_on()
    st.rerun()
