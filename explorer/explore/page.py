"""The first page: choose a network, move the sliders, see every layer and every cost follow."""

from functools import partial
from typing import Any

import streamlit as st

from explorer import compute, wording
from explorer.compute import Job
from explorer.explore import own_table
from explorer.explore import wording as wording_explore
from explorer.packets import packing
from explorer.page import Subject, choose, live, memory, results, session, timing, touring
from explorer.state import ExplorerState

LOOKED_AFTER = 0.5
"""Seconds between two looks at what is still computed."""

VIEW = "explore"


def page() -> None:
    """Draw the page for the state that the component, the widgets and the URL say."""
    touring.go_if_asked()
    subject = choose(VIEW, early=True, beside=touring.start_button)
    state, network = subject.state, subject.network
    if not subject.scored and compute.needs_importance(state):
        results.full_costs(network)
        return
    name = packing.packet(state, subject.scored)
    with st.container(key="live"):
        locks = session.lesson()
        times, travels = timing.times(state), session.travels(subject.choices)
        live(VIEW, name, state, session.revision(), locks, memory.peak(state), times=times, history=travels)
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
    memory.estimate_later(state)


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
