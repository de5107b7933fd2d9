"""The page that trains: the present plan beside the full network, races, and sweeps, all run by workers."""

import re

import streamlit as st

from explorer import compute
from explorer.explore import go_if_asked
from explorer.page import Subject, choose, session
from explorer.state import NOWHERE, Scene
from explorer.training import requests, wording
from explorer.training.check import check
from explorer.training.job import shown
from explorer.training.race import race
from explorer.training.sweep import sweeps

_ID = re.compile(r"[0-9a-f]{32}")


def page() -> None:
    """Draw the open tab for the state of all pages."""
    go_if_asked()
    notices = _restore()
    id = shown()
    subject = choose(title=wording.SUBTITLE, scene=Scene({"check": id}) if id else NOWHERE, notices=notices)
    if about := requests.about(subject.state):
        st.caption(about)
    for tab, draw in zip(
        st.tabs(wording.TABS, key="train_tab", on_change="rerun"), (check, race, sweeps), strict=True
    ):  # fmt: skip
        if tab.open:
            with tab:
                draw(subject, _refusal(subject, trains_first=draw is check))


def _refusal(subject: Subject, trains_first: bool) -> str | None:
    """Why nothing new can be trained for this state, if so; a check may train before neurons are scored."""
    if reason := requests.obstacle(subject.state):
        return wording.OBSTACLES[reason]
    if compute.is_long(subject.state):
        return wording.TOO_LONG
    if trains_first and compute.untrained(subject.state):
        return None
    return None if subject.scored or not compute.needs_importance(subject.state) else wording.NEEDS_IMPORTANCE


def _restore() -> list[str]:
    """Show the check of a link; what the link got wrong."""
    given = session.query().get("check", [])
    if not session.reads_url() or not given:
        return []
    if not _ID.fullmatch(given[-1]):
        return [wording.unknown_check(given[-1])]
    st.session_state["_train_shown"] = given[-1]
    return []
