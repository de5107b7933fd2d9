"""The page that puts plans, methods and repetitions beside each other."""

import streamlit as st

from explorer.compare import wording
from explorer.compare.flips import flips
from explorer.compare.plane import plane
from explorer.compare.plans import plans
from explorer.compare.scored import scored
from explorer.compare.stability import stability
from explorer.compare.when import when
from explorer.compare.widths import widths
from explorer.explore import go_if_asked
from explorer.page import Subject, choose


def page() -> None:
    """Draw the open tab for the state of all pages."""
    go_if_asked()
    subject = choose(title=wording.SUBTITLE)
    draws = (plans, flips, plane, stability, widths, scored, when)
    tabs = st.tabs(wording.TABS, key="compare_tab", on_change="rerun")
    for tab, draw in zip(tabs, draws, strict=True):
        if tab.open:
            with tab:
                _draw(draw, subject)


def _draw(draw: object, subject: Subject) -> None:
    assert callable(draw)
    if not subject.scored and draw not in (plans, scored, when):
        st.info(wording.NEEDS_IMPORTANCE, icon=":material/hourglass_empty:")
    else:
        draw(subject)
