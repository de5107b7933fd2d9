"""Between the visitor's browser and the state: widgets hold it, the URL carries it.

Widgets have the names of the state's fields as keys. At the start of a run `begin` fills the widgets: from the URL on
the first visit and after a step back or forward in the browser's history, and otherwise, where they have no value yet,
from the last state. `publish` writes the state to the URL. At any other run the URL says nothing new, and while an
answer is on its way to the browser the next request still carries the URL before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.state import Choices, ExplorerState, default_state, from_query, settle, to_query

_LAST, _NOTICES = "_last_state", "_notices"


def begin(choices: Choices) -> ExplorerState:
    """The state that this run shows."""
    last: ExplorerState | None = st.session_state.get(_LAST)
    if last is None or _went_through_history():
        state, notices = from_query(_query(), choices)
        st.session_state[_NOTICES] = notices
        _fill(state, overwrite=True)
    else:
        state = settle(_from_widgets(last))
        if state != last:
            st.session_state[_NOTICES] = []
        _fill(state, overwrite=False)
    return state


def note(more: list[str]) -> list[str]:
    """What a link got wrong, in sentences, with `more` of them; they stay until a control is moved."""
    st.session_state[_NOTICES] = [*st.session_state[_NOTICES], *more]
    return list(st.session_state[_NOTICES])


def publish(state: ExplorerState, choices: Choices) -> None:
    """Remember the state, and make the address bar a link to it."""
    query = to_query(state, choices)
    st.session_state[_LAST] = state
    if _query() != query:
        st.query_params.from_dict(query)


def is_new(name: str, value: object) -> bool:
    """Whether this session sees another value under the name than the last time it asked."""
    key = f"_seen_{name}"
    changed = st.session_state.get(key) != value
    st.session_state[key] = value
    return changed


def let_go_on() -> None:
    """A point at which a run that waits gives way to the next one, without sending the browser anything to draw.

    Streamlit stops an outdated run wherever it touches the session's state.
    """
    st.session_state.get(_LAST)


def choose(**changes: Any) -> None:
    """Set controls from a callback, as if the visitor had moved them."""
    st.session_state.update(changes)


def start_preset(choices: Choices) -> None:
    """After another network or size was chosen: its own sparsity and lambda, and no layers of the one before."""
    architecture, preset = st.session_state["architecture"], st.session_state.get("preset")
    presets = choices.architectures[architecture].presets
    start = default_state(choices, architecture, preset if preset in presets else None)
    choose(preset=start.preset, sparsity=start.sparsity, lam=start.lam, protect=[])


def settle_alpha() -> None:
    """After alpha was moved: its ends are RANP-m and RANP-f, what lies between is the blend."""
    alpha = st.session_state["alpha"]
    choose(method="ranp-f" if alpha == 1 else "ranp-m" if alpha == 0 else "blend")


def settle_method() -> None:
    """After a method was chosen: RANP-f and RANP-m lie at the ends of alpha, the blend starts in the middle."""
    if st.session_state["method"] == "blend" and st.session_state["alpha"] in (0.0, 1.0):
        choose(alpha=0.5)


def _from_widgets(last: ExplorerState) -> ExplorerState:
    """The last state with what the widgets say now; a widget that was not drawn says nothing."""
    changes = {field.name: st.session_state[field.name] for field in fields(last) if field.name in st.session_state}
    if "protect" in changes:
        changes["protect"] = tuple(changes["protect"])
    return replace(last, **changes)


def _fill(state: ExplorerState, overwrite: bool) -> None:
    for field in fields(state):
        value = getattr(state, field.name)
        value = list(value) if isinstance(value, tuple) else value
        if overwrite or field.name not in st.session_state or field.name == "alpha":
            st.session_state[field.name] = value


def _went_through_history() -> bool:
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _query() -> Mapping[str, Sequence[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
