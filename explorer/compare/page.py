"""The page that puts plans, methods and repetitions beside each other."""

import streamlit as st

from explorer import compute, pinboard, session, wording_compare
from explorer.pins import read_pins
from explorer.views.compare_flips import flips
from explorer.views.compare_plane import plane
from explorer.views.compare_plans import plans
from explorer.views.compare_stability import stability
from explorer.views.opening import go_if_asked
from explorer.views.subject import Subject, choose


def page() -> None:
    """Draw the open tab for the state of all pages."""
    go_if_asked()
    subject = choose(title=wording_compare.SUBTITLE, notices=_restore())
    names = wording_compare.TABS
    for tab, draw in zip(
        st.tabs(names, key="compare_tab", on_change="rerun"), (plans, flips, plane, stability), strict=True
    ):
        if tab.open:
            with tab:
                _draw(draw, subject)


def _draw(draw: object, subject: Subject) -> None:
    assert callable(draw)
    if not subject.scored and draw is not plans:
        st.info(wording_compare.NEEDS_IMPORTANCE, icon=":material/hourglass_empty:")
    else:
        draw(subject)


def _restore() -> list[str]:
    """Put the pins of a link on the board; what it got wrong."""
    if not session.reads_url():
        return []
    choices = compute.choices()
    found, notices = read_pins(session.query().get("pin", []), choices)
    if left_out := pinboard.add(found):
        notices.append(wording_compare.left_out(left_out))
    return notices
