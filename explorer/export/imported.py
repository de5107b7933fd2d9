"""A plan or masks that the visitor uploads, shown like any other next to the present network."""

import streamlit as st

from explorer import compute
from explorer.charts import DARK, LIGHT, retention, retention_in_words
from explorer.explore import open_button, open_in_explore
from explorer.export import upload, whole_state, wording
from explorer.export.upload import Imported
from explorer.export.whole_state import Kept
from explorer.page import Subject, pinboard, results, session
from explorer.state import MAX_PINS, ExplorerState, default_name, quote


def show(subject: Subject) -> None:
    """The place to drop a file, and what is in the one that was dropped."""
    st.markdown(f"#### Bring one along\n{wording.IMPORT}")
    limit = upload.MAX_BYTES >> 20
    given = st.file_uploader("A plan, a file of masks or a saved state", key="upload", max_upload_size=limit)
    if given is None:
        return
    if whole_state.is_one(given.getvalue()):
        _state(given.getvalue(), subject)
        return
    found = upload.read(given.getvalue(), given.name, subject.state, subject.scored)
    if found.problem:
        st.error(found.problem, icon=":material/error:")
    if found.remarks:
        st.markdown("\n".join(f"- {remark}" for remark in found.remarks))
    _open(found, given.name)
    if found.plan is not None:
        _plan(found)


def _state(content: bytes, subject: Subject) -> None:
    """What a saved state says, and the button that goes on from it."""
    try:
        kept = whole_state.read(content, subject.choices)
    except ValueError as error:
        st.error(upload.plain(str(error)), icon=":material/error:")
        return
    for notice in session.shortened(list(kept.notices)):
        st.warning(notice, icon=":material/link_off:")
    st.markdown(wording.STATE_OF.format(quote(default_name(kept.state, subject.choices))))
    ready = subject.scored or not compute.needs_importance(subject.state)
    if ready and (told := whole_state.compared(kept, subject.state)) is not None:
        st.markdown(told)
    st.button(wording.OPEN_STATE, key="open_state", icon=":material/open_in_new:", on_click=_go_on, args=(kept,))


def _go_on(kept: Kept) -> None:
    without_place = pinboard.add(kept.pins)
    open_in_explore(kept.state)
    if without_place:
        session.tell(pinboard.left_out(without_place))


def _open(found: Imported, name: str) -> None:
    """What else can be done with a plan that says which settings made it."""
    if found.opens is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="imported_actions"):
        open_button(found.opens, "open_imported", wording.OPEN)
        if pinboard.is_pinned(found.opens):
            st.caption(wording.PINNED)
        else:
            st.button(
                wording.PIN, key="pin_imported", icon=":material/keep:", on_click=_pin,
                args=(name, found.opens), disabled=len(pinboard.pins()) >= MAX_PINS,
            )  # fmt: skip


def _pin(name: str, state: ExplorerState) -> None:
    pinboard.add([(name, state)])


def _plan(found: Imported) -> None:
    plan = found.plan
    assert plan is not None, "asked for only where there is one"
    if not plan.feasible:
        st.warning(wording.emptied(plan.first_empty_layer), icon=":material/warning:")
    colours = DARK if st.context.theme.type == "dark" else LIGHT
    st.plotly_chart(
        retention(plan.layers, colours), width="stretch", key="imported_retention", config={"displayModeBar": False}
    )
    st.caption(retention_in_words(plan.layers))
    st.dataframe(
        results.costs_table(plan.full, plan.pruned if plan.feasible else None), hide_index=True, width="stretch"
    )
    st.dataframe(results.layers_table(plan), hide_index=True, width="stretch", height=320)
