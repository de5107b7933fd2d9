"""The time tables that the visitor gave, one a network, kept in the session; each of one machine, never mixed."""

from dataclasses import replace

import streamlit as st

from explorer import compute
from explorer.state import ExplorerState, largest, needs_seconds
from ranp.timing import TimeTable, table_from

MAX_BYTES = 8 * 2**20
"""Of a table that is uploaded."""
MOST = 3
"""So many tables are kept of a visitor, each of another network."""
_TABLES = "_time_tables"


def in_use(state: ExplorerState) -> TimeTable | None:
    """The table that prices the state's network; ``None`` where there is none."""
    return compute.table_of(state)


def given(state: ExplorerState) -> TimeTable | None:
    """The table that the visitor gave for this network."""
    found: TimeTable | None = st.session_state.get(_TABLES, {}).get(_place(state))
    return found


def named(state: ExplorerState) -> ExplorerState:
    """The state with the name of the table that the visitor gave for its network.

    Without one the table at hand is used, and named where the plan hangs on it: a better one may be measured meanwhile.
    """
    table = given(state)
    if table is None and needs_seconds(state):
        table = compute.table_at_hand(state)
    return replace(state, table="" if table is None else compute.name_table(table))


def forget(state: ExplorerState) -> None:
    """Give up the visitor's table of this network."""
    st.session_state.get(_TABLES, {}).pop(_place(state), None)


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
