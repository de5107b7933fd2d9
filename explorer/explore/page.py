"""The first page: choose a network, move the sliders, see every layer and every cost follow."""

from functools import partial

import streamlit as st

from explorer import compute, packing, session, wording
from explorer.component.live import Peak, live
from explorer.state import ExplorerState
from explorer.views import results
from explorer.views.subject import Subject, choose

SETTLED_AFTER = 0.8
"""Seconds without a change before the slow figure is worked out."""

VIEW = "explore"


def page() -> None:
    """Draw the page for the state that the component, the widgets and the URL say."""
    subject = choose(VIEW)
    state, network = subject.state, subject.network
    if not subject.scored and compute.needs_importance(state):
        results.full_costs(network)
        return
    name = packing.packet(state, subject.scored)
    with st.container(key="live"):
        live(VIEW, name, state, session.revision(), session.lesson(), _peak(state))
    _below(subject)


def _below(subject: Subject) -> None:
    state = subject.state
    title = f"{state.architecture}-{state.preset}-{state.method}"
    files = partial(compute.plan_zip, state), partial(compute.masks_csv, state)
    results.downloads(compute.is_feasible(state), title, *files)
    results.in_numbers(partial(compute.results, state), state, subject.choices.methods[state.method])
    results.held(subject.network)
    if compute.needs_importance(state):
        st.caption(wording.SCORED_ON.format(compute.scored_on(state)))
    _estimate_later(state)


def _peak(state: ExplorerState) -> Peak:
    """Peak memory of training, as far as it is known."""
    before, stamp = compute.peak_before(state), session.stamp()
    if before is None or not compute.is_feasible(state):
        return Peak(stamp, before, None, pending=False)
    job = compute.finished_peak(state)
    return Peak(stamp, before, job.result() if job else None, pending=job is None)


def _estimate_later(state: ExplorerState) -> None:
    """The one figure that takes a moment comes by itself, once the visitor stays at a state."""
    if _peak(state).pending:
        st.fragment(_estimate, run_every=SETTLED_AFTER)(state)


def _estimate(state: ExplorerState) -> None:
    if session.is_new("peak", state):
        return
    try:
        job = compute.peak_after(state)
    except ValueError:  # the queue is full: the fragment comes back in a moment
        return
    while not job.wait(0.1):
        session.let_go_on()
    st.rerun()
