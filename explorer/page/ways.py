"""Where this machine cannot compute the importance: why, and the ways out, each with its control."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from explorer import compute
from explorer.page import session
from explorer.page import wording as wording_page
from explorer.page.commands import command_line
from explorer.state import Choices, ExplorerState
from ranp.selection import METHODS


def refused(state: ExplorerState, choices: Choices, slot: Any, reason: str) -> None:
    """Say why there is no importance, and what the visitor can do instead."""
    with slot.container(border=True, key="refused"):
        st.error(reason, icon=":material/memory:")
        with st.container(horizontal=True, key="ways_out"):
            for name, (label, act) in _ways(state, choices).items():
                st.button(label, key=f"way_{name}", on_click=act)
        st.markdown(wording_page.ELSEWHERE)
        st.code(command_line(state, compute.heavy.own(state)), language="bash", wrap_lines=True)


def smaller_size(state: ExplorerState, choices: Choices, lead: str) -> None:
    """A button that opens the network at the size that is offered first, where that is a smaller one; ``lead`` says so
    above it.
    """
    if (size := _smaller(state, choices)) is not None:
        st.markdown(lead)
        st.button(size[0], key="way_smaller", on_click=size[1])


def _smaller(state: ExplorerState, choices: Choices) -> tuple[str, Callable[[], None]] | None:
    presets = choices.architectures[state.architecture].presets
    smallest = next(iter(presets))
    if state.preset == smallest or not smallest.startswith("classroom"):
        return None
    return wording_page.smaller(presets[smallest].title), partial(session.open_size, choices, smallest)


def _ways(state: ExplorerState, choices: Choices) -> dict[str, tuple[str, Callable[[], None]]]:
    """Of each way out the label of its button, and what that does."""
    ways: dict[str, tuple[str, Callable[[], None]]] = {}
    if compute.examples(state)[1] > 1:
        ways["one"] = (wording_page.ONE_EXAMPLE, partial(session.change, examples="1"))
    if (size := _smaller(state, choices)) is not None:
        ways["smaller"] = size
    ways["weights"] = (wording_page.WEIGHTS_ALONE, partial(session.change, criterion="l2"))
    for method in ("magnitude", "random"):
        if state.method != method:
            ways[method] = (wording_page.method(METHODS[method].title), partial(session.change, method=method))
    return ways
