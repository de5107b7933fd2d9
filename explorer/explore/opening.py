"""From a plan on another page to the same plan on Explore."""

import streamlit as st

from explorer.explore.page import page
from explorer.page import session
from explorer.state import ExplorerState

_OPEN = "_open_explore"


def open_button(
    state: ExplorerState, key: str, label: str = "Open in Explore", icon: str | None = ":material/open_in_new:"
) -> None:
    """A button that sets the state and goes to Explore."""
    st.button(label, key=key, icon=icon, on_click=open_in_explore, args=(state,))


def go_if_asked() -> None:
    """Go to Explore if the button was pressed; a page that has such buttons begins with this."""
    if st.session_state.pop(_OPEN, False):
        st.switch_page(st.Page(page, title="Explore", default=True))


def is_asked() -> bool:
    """Whether the next run of the page goes to Explore."""
    return bool(st.session_state.get(_OPEN, False))


def open_in_explore(state: ExplorerState) -> None:
    """Set the state and go to Explore with the next run; for callbacks."""
    session.set_state(state)
    st.session_state[_OPEN] = True
