"""The visitor's pins, kept in the session."""

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from explorer.state import MAX_PINS, ExplorerState, Pin, clean_name, decisive

_PINS, _COUNT = "_pins", "_pins_made"


def pins() -> list[Pin]:
    """All pins, the oldest first."""
    return list(st.session_state.get(_PINS, []))


def is_pinned(state: ExplorerState) -> bool:
    """Whether one of the pins has this state's plan."""
    return any(decisive(pin.state) == decisive(state) for pin in pins())


def add(plans: Iterable[tuple[str, ExplorerState]]) -> int:
    """Pin plans under these names, each once; how many of them found no place."""
    left_out = 0
    for name, state in plans:
        board = pins()
        if is_pinned(state):
            continue
        if len(board) >= MAX_PINS:
            left_out += 1
            continue
        number = st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
        slot = min(set(range(MAX_PINS)) - {pin.slot for pin in board})
        st.session_state[_PINS] = [*board, Pin(number, slot, clean_name(name), state)]
    return left_out


def rename(number: int, name: str) -> None:
    """Give the pin another name; an empty one changes nothing."""
    if new := clean_name(name):
        st.session_state[_PINS] = [replace(pin, name=new) if pin.number == number else pin for pin in pins()]


def remove(number: int) -> None:
    st.session_state[_PINS] = [pin for pin in pins() if pin.number != number]


def clear() -> None:
    st.session_state[_PINS] = []
