"""The present plan's widths beside those that keep most importance at equal cost: a lens, not a promise."""

from functools import partial

import pandas as pd
import streamlit as st

from explorer import compute
from explorer.compare import widths_of, wording
from explorer.compare.charts.widths import widths as chart
from explorer.compare.charts.widths import widths_in_words
from explorer.compare.facts import WidthFacts
from explorer.page import Subject, picture, wait
from explorer.units import percent
from ranp.selection import unheld


def widths(subject: Subject) -> None:
    """Find the best widths, and draw both."""
    state = subject.state
    st.markdown(wording.WIDTHS)
    if not compute.needs_importance(state):
        st.info(wording.NO_SCORES, icon=":material/info:")
        return
    if not compute.results(state).plan.feasible:
        st.info(wording.NOTHING_BUILT, icon=":material/block:")
        return
    equal = st.segmented_control("At equal", list(widths_of.EQUAL), key="widths_equal", required=True, default="MACs")
    assert equal is not None, "the control requires a choice"
    job = widths_of.best(state, widths_of.EQUAL[equal])
    wait(job, st.empty(), wording.finding)
    _draw(job.result())
    free = unheld(vars(state))
    if free:
        st.caption(wording.not_held(free))


def _draw(facts: WidthFacts) -> None:
    with st.grid(3, min_column_width=200, gap="small", key="widths_figures"):
        st.metric("Importance the plan keeps", percent(facts.importance), border=True)
        st.metric("The best widths keep", percent(facts.most), border=True)
        st.metric("None that was tried exceeds", percent(facts.most if facts.proven else facts.bound), border=True)
    st.markdown(wording.LENS)
    st.markdown("  \n".join(wording.buys(kind, share) for kind, share in facts.buys.items()))
    picture(partial(chart, facts), widths_in_words(facts), "widths_chart")
    table = {
        "Layer": facts.layers,
        "Neurons": facts.neurons,
        "This plan keeps": facts.kept,
        "The best widths keep": facts.best,
    }
    with st.expander("The same in numbers", icon=":material/table_rows:", key="widths_numbers"):
        st.dataframe(pd.DataFrame(table), hide_index=True, width="stretch", height=320)
    st.caption(wording.tried(facts.proven))
