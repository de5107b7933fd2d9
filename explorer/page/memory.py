"""The peak memory of training on a page with live charts: what is known of it, and the rest once it is measured."""

from typing import Any

import streamlit as st

from explorer import compute
from explorer.compute import Job
from explorer.packets import packing
from explorer.page import session, timing
from explorer.page.component import Peak
from explorer.state import ExplorerState

SETTLED_AFTER = 0.8
"""Seconds without a change before the slow figure is worked out."""


def peak(state: ExplorerState) -> Peak:
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


def estimate_later(state: ExplorerState) -> None:
    """What takes a moment comes by itself: the moments of a step, or else one figure where the visitor stays."""
    if peak(state).pending or timing.pending(state) is not None:
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
