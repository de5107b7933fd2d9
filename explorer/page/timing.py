"""The time table of the visitor: the one that they gave, or else the one at hand, and what it says of a network.

A table is of one machine; those of several are never mixed.
"""

from typing import Any

import streamlit as st

from explorer import compute
from explorer.compute import Seconds
from explorer.packets import packing
from explorer.page import session, wording
from explorer.page.component import Times
from explorer.page.subject import wait
from explorer.page.wording import STEP_TITLES, machine, reading
from explorer.state import ExplorerState, largest
from ranp.timing import TimeTable, table_from

__all__ = [
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

MAX_BYTES = 8 * 2**20
"""Of a table that is uploaded."""
MOST = 3
"""So many tables are kept of a visitor, each of another network."""
AGAIN = 0.8
"""Seconds until it is asked again for what a full queue refused."""
_TABLES = "_time_tables"


def in_use(state: ExplorerState) -> TimeTable | None:
    """The table that prices the state's network; ``None`` where there is none."""
    return given(state) or compute.table_at_hand(state)


def given(state: ExplorerState) -> TimeTable | None:
    """The table that the visitor gave for this network."""
    found: TimeTable | None = st.session_state.get(_TABLES, {}).get(_place(state))
    return found


def forget(state: ExplorerState) -> None:
    """Give up the visitor's table of this network."""
    st.session_state.get(_TABLES, {}).pop(_place(state), None)


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
        return Times(None, wording.no_table(compute.time_command(state)), wording.TABLE)
    if (found := compute.called(state, table.batch)) is None:
        return Times(None, wording.READING)
    if found.failed is not None:
        return Times(None, wording.unpriced(found.failed))
    try:
        compute.prices(state, table)
    except ValueError as error:
        return Times(None, wording.unpriced(str(error)))
    return Times(
        packing.times_packet(state, table),
        wording.source(table, compute.error_here(table)),
        wording.about(table, compute.time_command(state)),
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


def take(content: bytes, name: str) -> TimeTable:
    """The table of a file that a visitor gave; ``ValueError`` with a sentence where it is none, or of another batch."""
    if len(content) > MAX_BYTES:
        raise ValueError(f"a time table has at most {MAX_BYTES >> 20} MB; measure it again")
    table = table_from(content, name)
    most = int(largest("batch"))
    if not 1 <= table.batch <= most:
        raise ValueError(f"a time table is of batches of 1 to {most:,}, not {table.batch}; measure it again")
    return table


def keep(state: ExplorerState, table: TimeTable) -> None:
    """Use the table for the state's network from now on; ``ValueError`` where it is of another one.

    What its steps call must be read by now.
    """
    compute.prices(state, table)
    tables = {place: one for place, one in st.session_state.get(_TABLES, {}).items() if place != _place(state)}
    st.session_state[_TABLES] = dict([*list(tables.items())[1 - MOST :], (_place(state), table)])


def _place(state: ExplorerState) -> tuple[str, str]:
    return state.architecture, state.preset
