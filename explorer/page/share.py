"""The link to what is shown, and the lesson that a teacher makes of it."""

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from explorer.page import pinboard, session, wording
from explorer.state import CONTROLS, Choices, ExplorerState, Lesson

_DRAFT = "_share_draft"
"""What was chosen so far; Streamlit forgets the widgets of a closed popover."""


def share(state: ExplorerState, choices: Choices) -> None:
    """Draw the button that opens the link."""
    with st.popover(
        "Share", icon=":material/share:", width="stretch", help=wording.SHARE_HELP, key="share", on_change="rerun"
    ) as popover:
        if not popover.open:
            return
        st.markdown(wording.LINK if pinboard.fit_a_link(choices) else f"{wording.LINK} {wording.PINS_LEFT_OUT}")
        slot = st.container()
        st.markdown(wording.LESSON)
        draft: Lesson = st.session_state.get(_DRAFT, session.lesson())
        hide = _controls(wording.HIDE, "share_hide", draft.hide, CONTROLS)
        fix = _controls(wording.FIX, "share_fix", draft.fix, [name for name in CONTROLS if name not in hide])
        st.session_state[_DRAFT] = Lesson(tuple(hide), tuple(fix))
        lesson = compose(hide, fix, state.method)
        if "alpha" in lesson.fix and "alpha" not in fix:
            st.caption(wording.ALPHA_TOO)
        slot.code(address(session.link_query(state, choices, lesson)), language=None, wrap_lines=True)


def compose(hide: Sequence[str], fix: Sequence[str], method: str) -> Lesson:
    """A lesson without contradictions: what is hidden need not be fixed, and alpha does not change a fixed method.

    >>> compose(["seed"], ["seed", "method"], "ranp-f")
    Lesson(hide=('seed',), fix=('method', 'alpha'))
    """
    held = [*fix, "alpha"] if "method" in (*hide, *fix) and method in ("ranp-f", "ranp-m") else fix
    return Lesson(tuple(hide), tuple(name for name in dict.fromkeys(held) if name not in hide))


def address(query: dict[str, list[str]]) -> str:
    """The page's address with this query, as the visitor's own browser reached it."""
    text = urlencode(query, doseq=True)
    return f"{st.context.url or ''}?{text}" if text else st.context.url or "?"


def _controls(label: str, key: str, chosen: Sequence[str], names: Sequence[str] | dict[str, str]) -> list[str]:
    st.session_state[key] = [name for name in st.session_state.get(key, chosen) if name in names]
    found: list[str] = st.multiselect(
        label, list(names), key=key, format_func=lambda name: CONTROLS[name]
    )  # fmt: skip
    return found
