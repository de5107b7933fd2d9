"""What a time table says on a page: the visitor's own of the network, or else the one at hand."""

from typing import Any

import streamlit as st

from explorer import compute
from explorer.compute import Seconds
from explorer.packets import packing
from explorer.page import session, wording
from explorer.page.component import Times
from explorer.page.tables import MAX_BYTES, forget, given, in_use, keep, take
from explorer.page.waiting import wait
from explorer.page.wording import STEP_TITLES, machine, reading
from explorer.state import ExplorerState

__all__ = [
    "MAX_BYTES",
    "STEP_TITLES",
    "await_seconds",
    "follow",
    "forget",
    "given",
    "in_use",
    "keep",
    "machine",
    "pending",
    "reading",
    "seconds",
    "take",
    "times",
    "told",
]

AGAIN = 0.8
"""Seconds until it is asked again for what a full queue refused."""


def pending(state: ExplorerState) -> int | None:
    """The batch at which what the table prices must be read yet; ``None`` where nothing must."""
    table = in_use(state)
    return table.batch if table is not None and compute.called(state, table.batch) is None else None


def await_seconds(state: ExplorerState, slot: Any) -> None:
    """Wait until the seconds of the network can be told, where there is a table; needs the trace."""
    if (batch := pending(state)) is not None:
        wait(compute.calling(state, batch), slot, reading)


def follow(state: ExplorerState) -> None:
    """Draw the page again once the seconds of the network can be told; whatever the visitor does ends the wait."""
    if pending(state) is not None:
        st.fragment(_follow, run_every=AGAIN)(state)


def _follow(state: ExplorerState) -> None:
    if (batch := pending(state)) is None:
        return
    try:
        job = compute.calling(state, batch)
    except ValueError:  # the queue is full: the fragment comes back in a moment
        return
    while not job.wait(0.1):
        session.let_go_on()
    st.rerun()


def times(state: ExplorerState) -> Times:
    """What the live component shows; needs the trace."""
    table = in_use(state)
    if table is None:
        return Times(None, wording.no_table(compute.time_command(state)), wording.TABLE, why=wording.NO_TABLE)
    if (found := compute.called(state, table.batch)) is None:
        return Times(None, wording.READING, pending=True)
    if found.failed is not None:
        return Times(None, wording.unpriced(found.failed), why=wording.UNPRICED)
    try:
        compute.prices(state, table)
    except ValueError as error:
        return Times(None, wording.unpriced(str(error)), why=wording.UNPRICED)
    return Times(
        packing.times_packet(state, table),
        wording.source(table, compute.error_here(table)),
        wording.about(table, compute.time_command(state)),
        errors=wording.errors(table, compute.error_here(table)),
    )


def seconds(state: ExplorerState) -> dict[str, Seconds] | None:
    """What the steps of the state's plan take, by kind; ``None`` where no table tells it, or not yet."""
    table = in_use(state)
    if table is None or pending(state) is not None:
        return None
    try:
        return compute.seconds(state, table)
    except ValueError:
        return None


def told(state: ExplorerState) -> str:
    """Whose the seconds are and how far they are off, or why there are none."""
    return times(state).source
