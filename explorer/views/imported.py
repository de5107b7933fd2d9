"""A plan or masks that the visitor uploads, shown like any other next to the present network."""

import streamlit as st

from explorer import importing, session, wording_export
from explorer.charts import DARK, LIGHT, retention, retention_in_words
from explorer.importing import Imported
from explorer.views import results
from explorer.views.subject import Subject


def show(subject: Subject) -> None:
    """The place to drop a file, and what is in the one that was dropped."""
    st.markdown(f"#### Bring one along\n{wording_export.IMPORT}")
    limit = importing.MAX_BYTES >> 20
    given = st.file_uploader("A plan or a file of masks", key="upload", max_upload_size=limit)
    if given is None:
        return
    found = importing.read(given.getvalue(), given.name, subject.state, subject.scored)
    if found.problem:
        st.error(found.problem, icon=":material/error:")
    if found.remarks:
        st.markdown("\n".join(f"- {remark}" for remark in found.remarks))
    _open(found)
    if found.plan is not None:
        _plan(found)


def _open(found: Imported) -> None:
    if found.opens is None:
        return
    opened = st.button(
        wording_export.OPEN, key="open_settings", type="primary", icon=":material/tune:", help=wording_export.OPEN_HELP,
        on_click=session.set_state, args=[found.opens],
    )  # fmt: skip
    if opened:
        from explorer.views import explore  # a page knows the others only when it leads there

        st.switch_page(st.Page(explore.page, default=True))


def _plan(found: Imported) -> None:
    plan = found.plan
    assert plan is not None, "asked for only where there is one"
    if not plan.feasible:
        st.warning(wording_export.emptied(plan.first_empty_layer), icon=":material/warning:")
    colours = DARK if st.context.theme.type == "dark" else LIGHT
    st.plotly_chart(
        retention(plan.layers, colours), width="stretch", key="imported_retention", config={"displayModeBar": False}
    )
    st.caption(retention_in_words(plan.layers))
    st.dataframe(
        results.costs_table(plan.full, plan.pruned if plan.feasible else None), hide_index=True, width="stretch"
    )
    st.dataframe(results.layers_table(plan), hide_index=True, width="stretch", height=320)
