"""Many pruned networks: a grid or a search, its front, all its parameters, and every trial a click from Explore."""

import logging
import re
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer import charts
from explorer.explore import is_asked, open_button, open_in_explore
from explorer.page import Subject, clickable, picture
from explorer.state import ExplorerState, quote_reason
from explorer.training import requests, sweeping, wording
from explorer.training.charts.trials import COSTS, ended, parallel, pareto, trials_in_words
from explorer.training.check import length
from explorer.training.facts import SweepFacts, TrialFacts
from explorer.training.job import LOOKED_AFTER, keep_worker
from explorer.training.timed import offer
from explorer.units import BYTES_PER_ELEMENT, count, percent
from ranp.selection import limit_text

log = logging.getLogger("explorer")

_NAME = re.compile(r"[\w .-]{1,40}")
SPARSITIES = tuple(step / 10 for step in range(1, 10))


def sweeps(subject: Subject, refusal: str | None) -> None:
    """Draw what can be chosen, and the sweep that is shown."""
    st.markdown(wording.SWEEP)
    if refusal:
        st.info(refusal, icon=":material/info:")
    else:
        _asking(subject)
    for kind, draw in (("error", st.error), ("said", st.success)):
        if text := st.session_state.pop(f"_sweep_{kind}", None):
            draw(text)
    names = sweeping.names()[::-1]
    if not names:
        st.caption(wording.NO_SWEEPS)
        return
    wanted = st.session_state.get("_sweep_shown")
    st.session_state["sweep_list"] = wanted if wanted in names else names[0]
    name = st.selectbox("Sweep", names, key="sweep_list", on_change=_look_at)
    _drawn(name, subject.state)


def _asking(subject: Subject) -> None:
    state, methods = subject.state, subject.choices.methods
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="sweep_settings"):
        kind = st.segmented_control(
            "Kind", list(wording.KINDS), key="sweep_kind", format_func=lambda name: wording.KINDS[name],
            default="grid", required=True, help=wording.KIND_HELP,
        )  # fmt: skip
        usual = f"{sweeping.default_name(state)} {kind}"
        name = st.text_input(
            wording.NAME, usual, 40, key=f"sweep_name_{usual}", help=wording.NAME_HELP, width=260
        ).strip()
        how = length(subject, "sweep", terms=False)
    if kind == "search":
        trials = st.slider("Trials", 2, sweeping.MOST_TRIALS, 12, key="sweep_trials", help=wording.TRIALS_HELP)
        chosen, sparsities = ["blend"], [0.5]
    else:
        trials = 0
        on_offer = offer(state, terms=False)
        chosen = st.multiselect(
            "Methods", list(on_offer.methods), ["ranp-f", "random"], key="sweep_methods",
            format_func=lambda name: methods[name],
        )  # fmt: skip
        sparsities = st.pills(
            "Sparsities", SPARSITIES, selection_mode="multi", default=(0.3, 0.5, 0.7), key="sweep_sparsities",
            format_func=lambda share: percent(share, 0),
        )  # fmt: skip
        st.caption(on_offer.text)
    valid = _NAME.fullmatch(name) is not None
    if not valid:
        st.error(wording.BAD_NAME)

    def begin() -> int:
        wanted = (
            requests.search(state, how, trials) if kind == "search" else requests.grid(state, how, chosen, sparsities)
        )
        return sweeping.begin(name, wanted)

    st.button(
        wording.START_SWEEP, key="start_sweep", type="primary", icon=":material/grid_on:", on_click=_begin,
        args=(name, begin), disabled=not (valid and chosen and sparsities),
    )  # fmt: skip


def _drawn(name: str, state: ExplorerState) -> None:
    """The sweep: again and again while any of its trials waits or runs."""
    try:
        facts = sweeping.sweep(name)
    except ValueError as error:
        log.warning("%s", error)
        st.error(quote_reason(str(error)), icon=":material/database_off:")
        return
    if facts.pending:
        st.fragment(_live, run_every=2 * LOOKED_AFTER)(name, state)
    else:
        _sweep(facts, state)
    with st.container(horizontal=True, key="sweep_downloads"):
        for kind, make in (("csv", sweeping.csv), ("parquet", sweeping.parquet)):
            st.download_button(
                f"Download table (.{kind})", partial(make, name), f"{name.replace(' ', '-')}.{kind}",
                key=f"sweep_{kind}", icon=":material/table:", on_click="ignore",
            )  # fmt: skip


def _live(name: str, state: ExplorerState) -> None:
    if is_asked():
        st.rerun()  # a fragment alone cannot leave the page
    try:
        facts = sweeping.sweep(name)
        if not facts.pending:
            st.rerun()
        _sweep(facts, state)
    except ValueError as error:  # the database is locked, full or gone: say so, and look again
        log.warning("%s", error)
        st.error(quote_reason(str(error)), icon=":material/database_off:")


def _sweep(facts: SweepFacts, state: ExplorerState) -> None:
    over = len(facts.trials) - facts.number("waiting", "running")
    with st.container(horizontal=True, vertical_alignment="center", key="sweep_progress"):
        st.progress(over / max(len(facts.trials), 1), wording.sweep_progress(facts))
        if facts.pending and sweeping.may_stop(facts.name):
            st.button(
                wording.STOP_SWEEP, key="stop_sweep", icon=":material/cancel:", on_click=_stop, args=(facts.name,)
            )
    if facts.pending and not facts.number("running"):
        keep_worker()
    if ended(facts.trials):
        _charts(facts, state)
    else:
        st.caption(wording.NO_TRIALS)
    _table(facts, state)


def _charts(facts: SweepFacts, state: ExplorerState) -> None:
    words = trials_in_words(facts.trials, facts.measure)
    st.markdown("##### Score against cost", help=wording.PARETO_HELP)
    with st.grid(2, min_column_width=320, gap="small", key="sweep_charts"):
        clicked = [
            point["customdata"][0]
            for cost in COSTS
            for point in clickable(partial(_pareto, facts, cost), words, f"pareto_{cost}")
            if point.get("customdata")
        ]
    for trial in facts.trials:
        if trial.number in clicked[:1] and (opened := _state(trial, facts, state)) is not None:
            open_button(opened, "open_trial", wording.open_trial(trial))
    st.markdown("##### All that was chosen, and what came of it", help=wording.PARALLEL_HELP)
    picture(partial(_parallel, facts), words, "parallel")


def _table(facts: SweepFacts, state: ExplorerState) -> None:
    shown = facts.trials[::-1]
    frame = pd.DataFrame([_row(trial, facts) for trial in shown]).dropna(axis="columns", how="all")
    st.dataframe(
        frame, hide_index=True, width="stretch", key="trials",
        column_config={
            "Open": st.column_config.ButtonColumn(
                "Explore", type="tertiary", key="open_row", on_click=_open, args=(facts, state), pinned=True
            )
        },
        alt=f"Table of {len(shown)} trials",
    )  # fmt: skip


def _row(trial: TrialFacts, facts: SweepFacts) -> dict[str, Any]:
    memory = None if trial.activations is None else count(BYTES_PER_ELEMENT * trial.activations, "B")
    return {
        "Open": f"Open {trial.number}",
        "State": wording.STATES.get(trial.state, trial.state),
        "Method": trial.method or "–",
        "Sparsity": trial.sparsity,
        "Budget": " and ".join(limit_text(*limit) for limit in trial.limits) or None,
        "α": trial.alpha,
        "λ": trial.lam,
        "Seed": trial.seed,
        facts.measure.title: trial.score,
        "MACs": None if trial.macs is None else count(trial.macs),
        "Memory": memory,
        "Pareto": "yes" if trial.best else "",
        "Reason": trial.reason or "",
    }


def _pareto(facts: SweepFacts, cost: str, palette: charts.Palette) -> charts.Figure:
    return pareto(facts.trials, facts.measure, cost, palette)


def _parallel(facts: SweepFacts, palette: charts.Palette) -> charts.Figure:
    return parallel(facts.trials, facts.measure, palette)


def _state(trial: TrialFacts, facts: SweepFacts, state: ExplorerState) -> ExplorerState | None:
    own = trial.method, trial.seed, trial.sparsity, trial.alpha, trial.lam, trial.limits
    return requests.trial_state(state, facts.network, *own, facts.batch)


def _open(facts: SweepFacts, state: ExplorerState) -> None:
    """The label names the trial: rows may have moved since they were drawn."""
    number = str(st.session_state["open_row"]["label"]).rpartition(" ")[2]
    for trial in facts.trials:
        if str(trial.number) == number and (opened := _state(trial, facts, state)) is not None:
            open_in_explore(opened)


def _begin(name: str, begin: Any) -> None:
    try:
        added = begin()
    except (ValueError, OSError) as error:
        log.warning("%s", error)
        st.session_state["_sweep_error"] = quote_reason(str(error))
    else:
        st.session_state["_sweep_said"] = wording.started(added, name)
        st.session_state["_sweep_shown"] = name


def _stop(name: str) -> None:
    try:
        sweeping.stop(name)
    except ValueError as error:
        log.warning("%s", error)
        st.session_state["_sweep_error"] = quote_reason(str(error))


def _look_at() -> None:
    st.session_state["_sweep_shown"] = st.session_state["sweep_list"]
