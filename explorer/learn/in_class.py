"""The class on the page: a teacher opens one and sees how many are at which step, visitors join it by its code."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from explorer.compute import Visitor, visitors
from explorer.learn import wording_class as wording
from explorer.learn.classes import Classes, Place, read_code
from explorer.learn.tours import TOURS

_JOINED, _TEACHING, _TOLD = "_class_joined", "_class_teaching", "_class_told"
LOOKED_AFTER = 2.0
"""Seconds between two looks at the class."""

CLASSES = Classes(lambda session: visitors.present(visitors.of(session)))


def arrive(query: Mapping[str, Sequence[str]]) -> list[str]:
    """Join the class that a link names; what is wrong with it, in a sentence."""
    if not (given := query.get("class")):
        return []
    try:
        _enter(read_code(given[-1]))
    except ValueError as error:
        return [str(error)]
    return []


def is_at(place: Place) -> None:
    """Tell the visitor's class where the visitor is, and say on the page that it is told."""
    code = st.session_state.get(_JOINED)
    if code is None:
        return
    try:
        CLASSES.tell(code, _me().session, place)
    except ValueError:  # it has ended
        st.session_state[_JOINED] = None
        return
    with st.container(horizontal=True, vertical_alignment="center", key="in_class"):
        st.caption(wording.joined(code), width="content", help=wording.PRIVATE)
        st.button(wording.LEAVE, key="class_leave", type="tertiary", on_click=_leave)


def board() -> None:
    """The teacher's view of the class that is open, if one is."""
    if st.session_state.get(_TEACHING) is not None:
        with st.container(border=True, key="class_board"):
            st.fragment(_board, run_every=LOOKED_AFTER)()


def corner() -> None:
    """Where a class is opened and joined."""
    if st.session_state.get(_TEACHING) is not None:
        return
    told = st.session_state.pop(_TOLD, None)
    with st.expander(wording.TITLE, icon=":material/groups:", expanded=told is not None, key="class"):
        if told:
            st.warning(told, icon=":material/error:")
        st.markdown(wording.ABOUT)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.button(wording.OPEN, key="class_open", icon=":material/add:", on_click=_open)
            st.text_input(wording.CODE, key="class_code", max_chars=20, width=160)
            st.button(wording.JOIN, key="class_join", icon=":material/login:", on_click=_join)
            st.button(wording.WATCH, key="class_watch", icon=":material/visibility:", on_click=_watch)
        st.caption(wording.PRIVATE)


def _board() -> None:
    code = st.session_state.get(_TEACHING)
    if code is None:
        st.rerun()
    try:
        counts = CLASSES.counts(code)
    except ValueError as error:
        st.session_state[_TEACHING] = None
        st.session_state[_TOLD] = str(error)
        st.rerun()
    st.markdown(wording.board(code, counts.total()))
    st.code(f"{st.context.url or ''}?{urlencode({'class': code})}", language=None, wrap_lines=True)
    titles = {name: (tour.title, [step.title for step in tour.steps]) for name, tour in TOURS.items()}
    rows = wording.rows(counts, titles)
    if rows:
        st.table(rows)
    st.caption(wording.PRIVATE)
    with st.container(horizontal=True):
        if CLASSES.is_owner(code, _me()):
            st.button(wording.CLOSE, key="class_close", icon=":material/close:", on_click=_close)
        st.button(wording.HIDE, key="class_hide", type="tertiary", on_click=_hide, help=wording.HIDE_HELP)


def _me() -> Visitor:
    return visitors.asking() or visitors.of("")


def _enter(code: str) -> None:
    CLASSES.tell(code, _me().session, None)
    st.session_state[_JOINED] = code


def _open() -> None:
    try:
        st.session_state[_TEACHING] = CLASSES.open(_me())
    except ValueError as error:
        st.session_state[_TOLD] = str(error)


def _join() -> None:
    try:
        _enter(read_code(st.session_state["class_code"]))
    except ValueError as error:
        st.session_state[_TOLD] = str(error)


def _watch() -> None:
    try:
        code = read_code(st.session_state["class_code"])
        CLASSES.counts(code)
    except ValueError as error:
        st.session_state[_TOLD] = str(error)
    else:
        st.session_state[_TEACHING] = code


def _leave() -> None:
    CLASSES.leave(st.session_state[_JOINED], _me().session)
    st.session_state[_JOINED] = None


def _close() -> None:
    try:
        CLASSES.close(st.session_state[_TEACHING], _me())
    except ValueError as error:
        st.session_state[_TOLD] = str(error)
    st.session_state[_TEACHING] = None


def _hide() -> None:
    st.session_state[_TEACHING] = None
