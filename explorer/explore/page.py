"""The first page: choose a network, move the sliders, see every layer and every cost follow."""

from functools import partial
from typing import Any

import streamlit as st

from explorer import compute, wording
from explorer.compute import Job
from explorer.explore import own_table
from explorer.explore import wording as wording_explore
from explorer.packets import packing
from explorer.page import Peak, Subject, choose, live, results, session, timing
from explorer.state import ExplorerState

SETTLED_AFTER = 0.8
"""Seconds without a change before the slow figure is worked out."""

LOOKED_AFTER = 0.5
"""Seconds between two looks at what is still computed."""

VIEW = "explore"


def page() -> None:
    """Draw the page for the state that the component, the widgets and the URL say."""
    subject = choose(VIEW, early=True)
    state, network = subject.state, subject.network
    if not subject.scored and compute.needs_importance(state):
        results.full_costs(network)
        return
    name = packing.packet(state, subject.scored)
    with st.container(key="live"):
        locks = session.lesson()
        times, travels = timing.times(state), session.travels(subject.choices)
        live(VIEW, name, state, session.revision(), locks, _peak(state), times=times, history=travels)
    _below(subject)
    if subject.asked is not None:
        _refine(subject.asked)


def _below(subject: Subject) -> None:
    state = subject.state
    title = f"{state.architecture}-{state.preset}-{state.method}"
    files = partial(compute.plan_zip, state), partial(compute.masks_csv, state)
    results.downloads(compute.is_feasible(state), title, *files)
    method = subject.choices.methods[state.method]
    results.in_numbers(partial(compute.results, state), partial(compute.peaks, state), state, method)
    own_table.show(state)
    results.held(subject.network)
    if compute.needs_importance(state):
        st.caption(wording.SCORED_ON.format(compute.scored_on(state)))
    _estimate_later(state)


def _refine(asked: ExplorerState) -> None:
    """Say how far the rest of the examples is, and show what they give once they are done."""
    job, (examples, _) = compute.importance(asked), compute.examples(asked)
    with st.container(key="refining"):
        st.fragment(_follow, run_every=LOOKED_AFTER)(job, examples)


def _follow(job: Job[Any], examples: int) -> None:
    if job.is_pending():
        st.markdown(wording_explore.refining(job.progress, examples))
    elif (error := job.future.exception()) is not None:
        st.error(" ".join(str(error).split())[:500], icon=":material/error:")
    else:
        st.rerun()


def _peak(state: ExplorerState) -> Peak:
    """Peak memory of training, as far as it is known."""
    before, stamp, measured = compute.peak_before(state), session.stamp(), compute.measured(state)
    if measured is None:
        return Peak(stamp, before, None, pending=True)
    if measured.moments is not None:
        return Peak(stamp, before, None, pending=False, moments=packing.moments_packet(state))
    if before is None or not compute.is_feasible(state):
        return Peak(stamp, before, None, pending=False, failed=measured.failed)
    job = compute.finished_peak(state)
    return Peak(stamp, before, job.result() if job else None, pending=job is None, failed=measured.failed)


def _estimate_later(state: ExplorerState) -> None:
    """What takes a moment comes by itself: the moments of a step, or else one figure where the visitor stays."""
    if _peak(state).pending or timing.pending(state) is not None:
        st.fragment(_estimate, run_every=SETTLED_AFTER)(state)


def _estimate(state: ExplorerState) -> None:
    measured, batch = compute.measured(state) is not None, timing.pending(state)
    if measured and batch is None and session.is_new("peak", state):
        return
    try:
        if not measured:
            job: Job[Any] = compute.measuring(state)
        else:
            job = compute.peak_after(state) if batch is None else compute.calling(state, batch)
    except ValueError:  # the queue is full: the fragment comes back in a moment
        return
    while not job.wait(0.1):
        session.let_go_on()
    st.rerun()
