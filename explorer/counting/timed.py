"""Seconds on the page: steps of both networks, measured beside what was predicted, and the table that predicts."""

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer.counting import measuring, step_times, tables, wording
from explorer.counting.step_times import Prediction, Timing
from explorer.page import queued, timing
from explorer.state import ExplorerState
from explorer.units import percent
from ranp.progress import duration
from ranp.timing import DEFAULT_BUDGET, TimeTable, error_in_words


def steps(state: ExplorerState) -> None:
    """A step of both networks, on request."""
    title, text, label = wording.TIME
    st.markdown(f"**{title}**  \n{text}")
    predicting = timing.in_use(state)
    refusal = step_times.too_much(state, predicting)
    found: Timing | None = queued(
        "time", label, step_times.known(state, predicting), partial(step_times.timing, state, predicting),
        wording.working, ":material/timer:", refusal is not None, partial(step_times.call_off, state, predicting),
    )  # fmt: skip
    if found is None:
        if refusal:
            st.caption(refusal)
        return
    costs = measuring.costs(state)
    assert costs.pruned is not None, "only a network that can be built is timed"
    full, pruned = found.full.median, found.pruned.median
    left = percent(costs.pruned.macs / costs.full.macs) if costs.full.macs else "–"
    st.info(wording.timed(_seconds(full), _seconds(pruned), f"{full / pruned:.1f}", left), icon=":material/timer:")
    _predicted(found)
    if not found.quiet:
        st.warning(wording.busy(found.busy, found.unrest), icon=":material/speed:")
    spreads = f"{_spread('Full', found.full, found.batch)} {_spread('Pruned', found.pruned, found.batch)}"
    st.caption(f"{spreads} {found.machine} {wording.TIME_NOTE}")
    st.button(
        wording.AGAIN,
        key="time_again",
        icon=":material/refresh:",
        on_click=partial(step_times.again, state, predicting),
    )


def table(state: ExplorerState) -> None:
    """Which table predicts, and one of this machine, on request."""
    title, text, label = wording.TABLE
    st.markdown(f"**{title}**  \n{text}")
    if (used := timing.in_use(state)) is not None:
        st.caption(" ".join(_in_use(state, used)))
    refusal = step_times.too_large(state)
    made: TimeTable | None = queued(
        "table", label, tables.known(state), partial(tables.making, state), partial(_making, state),
        ":material/straighten:", refusal is not None, partial(tables.call_off, state),
    )  # fmt: skip
    if made is not None:
        tables.forget(state)
        st.toast(wording.MADE, icon=":material/check_circle:")
        st.rerun()
    if tables.known(state) is None:
        st.caption(refusal or wording.TABLE_BUDGET.format(duration(DEFAULT_BUDGET)))


def _making(state: ExplorerState, ahead: int) -> str:
    seconds = tables.estimated(state)
    return wording.making(ahead, None if seconds is None else duration(seconds))


def _in_use(state: ExplorerState, used: TimeTable) -> list[str]:
    """Whose the table is and how far it is off; what of it was timed; and that it should be measured again."""
    part = wording.TABLE_PART.format(percent(used.measured, 0))
    return [timing.told(state), *([part] if used.measured < 1 else [])]


def _predicted(found: Timing) -> None:
    """Predicted beside measured, with the error; of another machine's table only the ratio."""
    prediction = found.prediction
    if prediction is None:
        st.caption(found.unpredicted or wording.NO_TABLE)
        return
    rows = pd.DataFrame(_rows(prediction))
    st.dataframe(rows, hide_index=True, width="stretch", height="content", alt=wording.PREDICTED_ALT)
    if not prediction.same_machine:
        there, here = (
            timing.machine(prediction.table),
            timing.machine(replace(prediction.table, machine=prediction.here)),
        )
        st.caption(wording.NEVER_ACROSS.format(there, here))
    kept = wording.KEPT.format(error_in_words(prediction.known)) if prediction.kept else wording.NOT_KEPT
    st.caption(kept)


def _rows(prediction: Prediction) -> list[dict[str, Any]]:
    compared = prediction.comparison
    predicted, measured = compared.ratios
    ratio = _row("Pruned / full", percent(predicted), percent(measured), compared.ratio_error)
    if not prediction.same_machine:
        return [ratio]
    pairs = zip(("Full", "Pruned"), compared.predicted, compared.measured, compared.errors, strict=True)
    return [*(_row(name, _seconds(guess), _seconds(found), error) for name, guess, found, error in pairs), ratio]


def _row(name: str, predicted: str, measured: str, error: float) -> dict[str, str]:
    return {
        "Step": name,
        "Predicted": predicted,
        "Measured": measured,
        "Off by": f"{100 * error:+.1f} %".replace("-", "−"),
    }


def _spread(name: str, times: Any, batch: int) -> str:
    fastest, slowest = map(_seconds, times.spread)
    return f"{name}: median of {len(times.seconds)} steps of {batch} examples, from {fastest} to {slowest}."


def _seconds(value: float) -> str:
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.2f} s"
