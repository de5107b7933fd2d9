"""A plan or masks that the visitor uploads, shown like any other next to the present network."""

import streamlit as st

from explorer.charts import DARK, LIGHT, retention, retention_in_words
from explorer.explore import open_button
from explorer.export import upload, wording
from explorer.export.upload import Imported
from explorer.page import Subject, pinboard, results
from explorer.state import MAX_PINS, ExplorerState


def show(subject: Subject) -> None:
    """The place to drop a file, and what is in the one that was dropped."""
    st.markdown(f"#### Bring one along\n{wording.IMPORT}")
    limit = upload.MAX_BYTES >> 20
    given = st.file_uploader("A plan or a file of masks", key="upload", max_upload_size=limit)
    if given is None:
        return
    found = upload.read(given.getvalue(), given.name, subject.state, subject.scored)
    if found.problem:
        st.error(found.problem, icon=":material/error:")
    if found.remarks:
        st.markdown("\n".join(f"- {remark}" for remark in found.remarks))
    _open(found, given.name)
    if found.plan is not None:
        _plan(found)


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
