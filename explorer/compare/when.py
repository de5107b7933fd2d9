"""When to prune: what networks score that were cut down before, during or after training, and what it all took."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer import charts, compute
from explorer.compare import wording
from explorer.compare.charts.when import COSTS, when_in_words
from explorer.compare.charts.when import when as when_figure
from explorer.page import Subject, picture
from explorer.state import quote_reason
from explorer.units import percent
from ranp.checks import CAUTION, When, WhenPoint, nudge_text, read_nudges


def when(subject: Subject) -> None:
    """Draw what can be chosen, the curves, the table, and which races are not run."""
    st.markdown(wording.WHEN)
    try:
        found, missing = compute.raced_when(), compute.not_raced_when()
    except ValueError as error:
        st.warning(wording.BAD_RACES.format(quote_reason(str(error))), icon=":material/error:")
        return
    if not found:
        st.info(wording.NO_WHEN, icon=":material/info:")
        st.caption(wording.not_run(missing))
        return
    facts, cost = _choice(found)
    draw = partial(_figure, facts, cost)
    picture(draw, when_in_words(facts), "when_to_prune")
    _table(facts)
    st.caption(wording.MARKS_WHEN)
    if missing:
        st.caption(wording.not_run(missing))
    st.caption(f"{quote_reason(nudge_text(facts.races[0].check, read_nudges()))} {CAUTION}")


def _choice(found: tuple[When, ...]) -> tuple[When, str]:
    names = {facts.name: facts for facts in found}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="when_choice"):
        name = st.selectbox("Race", list(names), key="when_race", width=260, help=wording.WHEN_HELP)
        cost = st.segmented_control(
            "Against", list(COSTS), key="when_cost", default="macs", required=True,
            format_func=lambda value: COSTS[value].label, help=wording.WHEN_COSTS_HELP,
        )  # fmt: skip
    return names[name], cost or "macs"


def _figure(facts: When, cost: str, palette: charts.Palette) -> charts.Figure:
    return when_figure(facts, cost, palette)


def _table(facts: When) -> None:
    rows = [_row(point) for point in facts.points]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, width="stretch",
        alt=f"Table of {len(rows)} results with what is left, the whole bill and the difference to init",
        column_config={
            "Cut down": st.column_config.TextColumn(pinned=True), "Verdict": st.column_config.TextColumn(width=360),
        },
    )  # fmt: skip


def _row(point: WhenPoint) -> dict[str, Any]:
    beside = point.beside_init
    return {
        "Cut down": point.schedule,
        "Allowed": percent(point.allowed, 0),
        "MACs left": "–" if point.macs is None else percent(point.macs),
        "MACs in all": "–" if point.total is None else percent(point.total),
        "Score": point.text,
        "Seeds": str(point.seeds),
        "Failed": str(point.failures),
        "Difference to init": "–" if beside is None else beside.interval,
        "Verdict": "" if beside is None else beside.text,
    }
