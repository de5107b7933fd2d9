"""The present plan on pages without live charts: the bar of the live component alone, with its controls."""

from contextlib import suppress

import streamlit as st

from explorer import compute
from explorer.packets import packing
from explorer.page import session, timing
from explorer.page.component import Peak, live
from explorer.state import Choices, ExplorerState

VIEW = "plan"


def plan_bar(state: ExplorerState, scored: bool, choices: Choices) -> None:
    """Draw the bar, once the plan can be worked out."""
    if not scored and compute.needs_importance(state):
        return
    with suppress(ValueError):  # the queue is full: the bar stands without seconds
        timing.await_seconds(state, st.empty())
    name = packing.packet(state, scored)
    peak = Peak(session.stamp(), compute.peak_before(state), None, False, packing.moments_packet(state))
    with st.container(key="plan_bar"):
        live(
            VIEW, name, state, session.revision(), session.lesson(), peak, times=timing.times(state),
            history=session.travels(choices),
        )  # fmt: skip
