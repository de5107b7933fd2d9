"""A time table of the visitor's own machine: uploaded, checked against the network, and in use from then on."""

import streamlit as st

from explorer import compute
from explorer.explore import wording
from explorer.page import session, timing, wait
from explorer.state import ExplorerState
from explorer.wording import escaped
from ranp.timing import TimeTable

_WRONG = "_wrong_table"


def show(state: ExplorerState) -> None:
    """The place to drop a table, and which one is in use."""
    with st.expander(wording.TABLE_TITLE, icon=":material/timer:", key="table", on_change="rerun") as expander:
        if not expander.open:
            return
        st.markdown(wording.TABLE_ABOUT)
        st.code(compute.time_command(state), language="bash", wrap_lines=True)
        limit = timing.MAX_BYTES >> 20
        given = st.file_uploader(wording.TABLE_FILE, type="json", key="time_table", max_upload_size=limit)
        if given is not None:
            _use(state, given.getvalue(), given.name, given.file_id)
        if (table := timing.given(state)) is not None:
            _in_use(state, table)


def _use(state: ExplorerState, content: bytes, name: str, file: str) -> None:
    """Take the table of a new file; what is wrong with it is said as long as the file lies there."""
    if session.is_new("time_table", (file, state.architecture, state.preset)):
        st.session_state[_WRONG] = None
        try:
            table = timing.take(content, name)
            wait(compute.calling(state, table.batch), st.empty(), timing.reading)
            timing.keep(state, table)
        except ValueError as error:
            st.session_state[_WRONG] = wording.refused(escaped(str(error)))
        else:
            st.rerun()
    if (wrong := st.session_state.get(_WRONG)) is not None:
        st.error(wrong, icon=":material/error:")


def _in_use(state: ExplorerState, table: TimeTable) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="table_in_use"):
        st.markdown(wording.in_use(table))
        st.button(wording.TABLE_FORGET, key="forget_table", on_click=timing.forget, args=(state,))
