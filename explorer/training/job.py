"""One check or race as it goes on: its place in the queue, progress, learning curves and results."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from explorer import charts
from explorer.page import picture
from explorer.state import quote_reason
from explorer.training import queue, wording
from explorer.training.charts.learning import learning, learning_in_words
from explorer.training.charts.sizes import sizes, sizes_in_words
from explorer.training.facts import CheckFacts, Measure
from explorer.training.pictures import pictures
from explorer.units import BYTES_PER_ELEMENT, count
from ranp.checks import Compared, Summary

log = logging.getLogger("explorer")

LOOKED_AFTER = 1.0
"""Seconds between two looks at what is under way."""
LISTED = 50

_SHOWN = "_train_shown"


def shown() -> str | None:
    """The check that the visitor looks at, if any."""
    found: str | None = st.session_state.get(_SHOWN)
    return found


def start(label: str, key: str, ask: Callable[[], str], disabled: bool = False, main: bool = True) -> None:
    """A button that puts a check into the queue and shows it; why not, where that fails."""
    kind: Literal["primary", "secondary"] = "primary" if main else "secondary"
    st.button(
        label, key=key, type=kind, icon=":material/model_training:", disabled=disabled, on_click=_ask, args=(ask,)
    )
    if refused := st.session_state.pop("_train_refused", None):
        st.error(quote_reason(refused), icon=":material/error:")


def follow(race: bool, network: tuple[str, str], below: Callable[[CheckFacts], None]) -> CheckFacts | None:
    """The chosen check among all; it draws itself again while it waits or runs, and not after. None: there is none."""
    found = [check for check in queue.checks() if (check.contestants > 2) is race][-LISTED:][::-1]
    if not found:
        st.caption(wording.NO_JOBS)
        return None
    ids = [check.id for check in found]
    key = f"train_list_{race}"
    st.session_state[key] = shown() if shown() in ids else _first(found, network)
    labels = {check.id: wording.job_label(check) for check in found}
    chosen = st.selectbox(
        wording.SHOWN, ids, key=key, format_func=lambda id: labels.get(id, id), help=wording.SHOWN_HELP,
        on_change=_look_at, args=(key,),
    )  # fmt: skip
    check = next(one for one in found if one.id == chosen)
    if check.pending:
        st.fragment(_live, run_every=LOOKED_AFTER)(check.id, check.state, below)
    else:
        draw(check, below)
    return check


def draw(check: CheckFacts, below: Callable[[CheckFacts], None]) -> None:
    """The check as it is now."""
    if check.pending:
        _under_way(check)
    elif check.state != "done":
        st.warning(wording.over(check), icon=":material/error:")
        if check.results:
            st.caption(wording.ENDED_EARLY)
    if check.measure is None:
        return
    if check.curves:
        picture(partial(_curves, check, check.measure), learning_in_words(check.curves, check.measure), "learning")
    if check.sizes:
        st.caption(wording.SIZES)
        picture(partial(_sizes, check), sizes_in_words(check.sizes), "sizes")
    for result in check.results:
        if result.reasons:
            st.warning(wording.failed(result), icon=":material/block:")
    below(check)
    if check.results:
        results_table(check.results, check.measure, check.compared)
        st.caption(wording.trained(check))
    for note in check.notes:
        st.caption(quote_reason(note, 1000))
    if not check.pending and (found := queue.pictures(check)) is not None:
        pictures(found, "pictures")


def results_table(results: tuple[Summary, ...], measure: Measure, compared: Sequence[Compared]) -> None:
    """Scores with their costs beside them, a row for each network."""
    beside = {each.difference.first: each for each in compared if each.difference.second == 0}
    apart = wording.difference_to(results[0].label)
    frame = pd.DataFrame([_row(one, measure, apart, beside.get(one.contestant)) for one in results]).fillna("–")
    st.dataframe(
        frame, hide_index=True, width="stretch", alt=f"Table of {len(results)} networks: scores and what they cost",
        column_config={"Network": st.column_config.TextColumn(pinned=True)},
    )  # fmt: skip


def keep_worker() -> None:
    """Something waits: see to it that somebody works."""
    try:
        if not queue.wake():
            st.info(wording.NO_WORKER, icon=":material/engineering:")
    except OSError as error:
        log.warning("no worker: %s", error)
        st.warning(wording.WORKER_FAILED.format(quote_reason(str(error))), icon=":material/engineering:")


def _live(id: str, state: str, below: Callable[[CheckFacts], None]) -> None:
    """The check as it is by now; once it is in another state, the whole page, whose list tells the state."""
    try:
        check = next((one for one in queue.checks() if one.id == id), None)
    except ValueError as error:  # the database is locked, full or gone: say so, and look again
        log.warning("%s", error)
        st.error(quote_reason(str(error)), icon=":material/database_off:")
        return
    if check is None or check.state != state:
        st.rerun()
    draw(check, below)


def _under_way(check: CheckFacts) -> None:
    done = 0.0 if check.progress is None else check.progress.done
    st.progress(min(1.0, done), wording.progress(check))
    if check.may_cancel:
        st.button(
            wording.CALL_OFF, key=f"call_off_{check.id}", icon=":material/cancel:", on_click=_call_off, args=(check.id,)
        )
    if check.state == "waiting":
        keep_worker()


def _curves(check: CheckFacts, measure: Measure, palette: charts.Palette) -> charts.Figure:
    return learning(check.curves, measure, check.equal, check.steps, palette)


def _sizes(check: CheckFacts, palette: charts.Palette) -> charts.Figure:
    return sizes(check.sizes, check.curves, palette)


def _row(result: Summary, measure: Measure, apart: str, beside: Compared | None = None) -> dict[str, Any]:
    def number(value: float | None, unit: str = "") -> str:
        return "–" if value is None else count(value, unit)

    return {
        "Network": charts.called(result.label),
        measure.title: result.text,
        apart: "–" if beside is None else beside.interval,
        **{name.replace("_", " "): f"{value:.3f}" for name, value in result.figures.items() if name != measure.name},
        "MACs": number(result.macs),
        "Parameters": number(result.params),
        "Memory (forward)": number(
            None if result.activations is None else BYTES_PER_ELEMENT * result.activations, "B"
        ),
        "Memory (training)": number(result.peak_training_bytes, "B"),
        "CPU time": "–" if result.cpu_seconds is None else f"{result.cpu_seconds:.1f} s",
        "Wall time": "–" if result.wall_seconds is None else f"{result.wall_seconds:.1f} s",
        "MACs in all": number(result.total_macs),
        "Time in all": "–" if result.total_seconds is None else f"{result.total_seconds:.1f} s",
        "Memory in all": number(result.total_peak_bytes, "B"),
        "Steps": "–" if result.steps is None else f"{result.steps:.0f}",
        "Neurons removed": "–" if result.sparsity is None else f"{100 * result.sparsity:.1f} %",
        "Failed": f"{result.failures} of {result.seeds}",
    }  # fmt: skip


def _first(found: list[CheckFacts], network: tuple[str, str]) -> str:
    """The latest of this visitor's, else of this network, else of all."""
    own = [check for check in found if check.mine] or [check for check in found if check.network == network] or found
    return own[0].id


def _ask(ask: Callable[[], str]) -> None:
    try:
        st.session_state[_SHOWN] = ask()
    except (ValueError, OSError) as error:
        log.warning("%s", error)
        st.session_state["_train_refused"] = str(error)


def _call_off(id: str) -> None:
    try:
        queue.call_off(id)
    except ValueError as error:
        log.warning("%s", error)
        st.session_state["_train_refused"] = str(error)


def _look_at(key: str) -> None:
    st.session_state[_SHOWN] = st.session_state[key]
