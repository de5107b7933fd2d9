"""The way from the first page into the first tour, for who is here for the first time."""

import streamlit as st

from explorer.page import wording

PLACE = "_tour_place"
"""Where the session holds the tour and the step, from 1, that the page Learn shows."""

FIRST = ("neuron", 1)
_STARTING = "_starting"


def start_button() -> None:
    """A button that opens the first step of the first tour."""
    st.button(wording.START, key="start", icon=":material/school:", type="tertiary", on_click=_start)


def go_if_asked() -> None:
    """Go to the tour if the button was pressed; the page with the button begins with this."""
    if st.session_state.pop(_STARTING, False):
        st.switch_page(st.Page(_anybody, title="Learn", url_path="learn"))


def _start() -> None:
    st.session_state[PLACE] = FIRST
    st.session_state[_STARTING] = True


def _anybody() -> None:
    """Stands for the page Learn, which is known by its address."""
