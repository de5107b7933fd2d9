"""The visitor's pins, kept in the session and carried by the link, so that a reload finds them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from explorer.page.wording import left_out as left_out
from explorer.state import (
    MAX_LINK,
    MAX_PINS,
    Choices,
    ExplorerState,
    Pin,
    clean_name,
    decisive,
    read_pins,
    write_pin,
)

_PINS, _COUNT = "_pins", "_pins_made"


def pins() -> list[Pin]:
    """All pins, the oldest first."""
    return list(st.session_state.get(_PINS, []))


def is_pinned(state: ExplorerState) -> bool:
    """Whether one of the pins has this state's plan."""
    return any(decisive(pin.state) == decisive(state) for pin in pins())


def add(plans: Iterable[tuple[str, ExplorerState]]) -> int:
    """Pin plans under these names, each once; how many of them found no place."""
    without_place = 0
    for name, state in plans:
        board = pins()
        if is_pinned(state):
            continue
        if len(board) >= MAX_PINS:
            without_place += 1
            continue
        number = st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
        slot = min(set(range(MAX_PINS)) - {pin.slot for pin in board})
        st.session_state[_PINS] = [*board, Pin(number, slot, clean_name(name), state)]
    return without_place


def texts(choices: Choices) -> list[str]:
    """The pins as a link carries them; none where they are too long for one."""
    found = [write_pin(pin, choices) for pin in pins()]
    return found if len(urlencode([("pin", text) for text in found])) <= MAX_LINK else []


def fit_a_link(choices: Choices) -> bool:
    """Whether a link can carry the pins."""
    return len(texts(choices)) == len(pins())


def restore(given: Sequence[str], choices: Choices) -> list[str]:
    """Make the board that of a link; in sentences what the link got wrong.

    A pin that is there keeps its number and its mark. Pins too long for a link stay, whatever a link says.
    """
    if not given and not fit_a_link(choices):
        return []
    found, notices = read_pins(given, choices)
    asked = {decisive(state): name for name, state in found}
    st.session_state[_PINS] = [
        replace(pin, name=clean_name(asked[decisive(pin.state)])) for pin in pins() if decisive(pin.state) in asked
    ]
    return [*notices, left_out(without_place)] if (without_place := add(found)) else notices


def rename(number: int, name: str) -> None:
    """Give the pin another name; an empty one changes nothing."""
    if new := clean_name(name):
        st.session_state[_PINS] = [replace(pin, name=new) if pin.number == number else pin for pin in pins()]


def remove(number: int) -> None:
    st.session_state[_PINS] = [pin for pin in pins() if pin.number != number]


def clear() -> None:
    st.session_state[_PINS] = []
