"""What networks score once they are trained, against what is left of their MACs: the races that were run before."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer import charts, compute
from explorer.compare import wording
from explorer.page import Subject, picture
from explorer.state import ExplorerState, quote_reason
from explorer.units import percent
from ranp.checks import (
    CAUTION,
    FEW,
    METHOD,
    PLAIN,
    AgainstCost,
    ScorePoint,
    beside,
    nudge_text,
    race_name,
    read_nudges,
    share_of,
)

FIRST = (METHOD, *PLAIN, "synflow")
"""Contestants that are shown until the visitor chooses others."""


def scored(subject: Subject) -> None:
    """Draw what can be chosen, the curves, what they allow to say, and the table."""
    st.markdown(wording.SCORED)
    try:
        tasks = compute.raced()
    except ValueError as error:
        st.warning(wording.BAD_RACES.format(quote_reason(str(error))), icon=":material/error:")
        return
    if not tasks:
        st.info(wording.NO_RACES, icon=":material/info:")
        return
    task, shown = _choice(tasks, subject.state)
    if not list(shown.curves(task)):
        st.info(wording.NOTHING_CHOSEN, icon=":material/info:")
        return
    draw = partial(_figure, task, shown)
    picture(draw, charts.score_cost_in_words(task, shown), "score_cost")
    st.caption(wording.MARKS.format(FEW))
    st.markdown("\n".join(_said(task, shown)))
    _table(task, shown)
    st.caption(wording.raced_how(task, compute.not_raced()))
    st.caption(f"{quote_reason(nudge_text(task.races[0].check, read_nudges()))} {CAUTION}")


def _choice(tasks: Sequence[AgainstCost], state: ExplorerState) -> tuple[AgainstCost, charts.Shown]:
    """The task, at first that of the present network, and what of it is drawn."""
    names = {task.name: task for task in tasks}
    own = next((place for place, task in enumerate(tasks) if compute.is_raced_of(task, state)), 0)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="scored_choice"):
        name = st.selectbox("Task", list(names), own, key="scored_task", width=240, help=wording.TASK_HELP)
        task = names[name]
        shares = st.pills(
            "MACs left at most", task.shares, key=f"scored_shares_{name}", selection_mode="multi", default=task.shares,
            format_func=lambda share: percent(share, 0), help=wording.SHARES_HELP,
        )  # fmt: skip
        values = st.segmented_control(
            "Shown", list(wording.VALUES), key="scored_values", default="score", required=True,
            format_func=lambda value: wording.VALUES[value], help=wording.VALUES_HELP,
        )  # fmt: skip
        scale = st.segmented_control(
            "Axis of MACs", list(wording.SCALES), key="scored_scale", default="log", required=True,
            format_func=lambda value: wording.SCALES[value],
        )  # fmt: skip
    labels = [curve.label for curve in task.curves]
    first = [label for label in labels if label in FIRST] or labels
    chosen = st.pills(
        "Contestants", labels, key=f"scored_labels_{name}", selection_mode="multi", default=first,
        help=wording.CONTESTANTS_HELP,
    )  # fmt: skip
    return task, charts.Shown(tuple(chosen), tuple(shares), values == "paired", scale != "linear")


def _figure(task: AgainstCost, shown: charts.Shown, palette: charts.Palette) -> charts.Figure:
    return charts.score_cost(task, shown, palette)


def _said(task: AgainstCost, shown: charts.Shown) -> list[str]:
    """RANP-f beside the full network and each plain control that is shown, race by race."""
    found = []
    for race in reversed(task.races):
        if share_of(race) in shown.shares:
            pairs = [beside(race, METHOD, other) for other in ("full", *PLAIN) if other in ("full", *shown.labels)]
            found += [wording.pair_of_race(race_name(task, race), pair) for pair in pairs if pair is not None]
    return found


def _table(task: AgainstCost, shown: charts.Shown) -> None:
    full = [] if task.full is None else [_row("full", task.full)]
    rows = [_row(curve.label, point) for curve in shown.curves(task) for point in curve.points]
    st.dataframe(
        pd.DataFrame([*full, *rows]), hide_index=True, width="stretch",
        alt=f"Table of {len(rows)} results beside the full network's, with their costs and what can be said of them",
        column_config={
            "Network": st.column_config.TextColumn(pinned=True), "Verdict": st.column_config.TextColumn(width=360),
        },
    )  # fmt: skip


def _row(label: str, point: ScorePoint) -> dict[str, Any]:
    half = "" if point.half_width is None else f" ± {point.half_width:.3f}"
    found = point.beside_full
    return {
        "Network": label,
        "Allowed": percent(point.allowed, 0),
        "MACs left": "–" if point.macs is None else percent(point.macs),
        "Score": "failed" if point.mean is None else f"{point.mean:.3f}{half}",
        "Seeds": str(point.seeds),
        "Failed": str(point.failures),
        "Difference to full": "–" if found is None else found.interval,
        "Verdict": "" if found is None else found.text,
    }
