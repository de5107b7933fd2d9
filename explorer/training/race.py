"""Several methods beside each other, on equal terms, and the races that were run before."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from explorer import charts
from explorer.page import Subject, picture
from explorer.state import MAX_SPARSITY, quote, quote_reason
from explorer.training import queue, requests, wording
from explorer.training.charts.race import race_costs, race_in_words, race_scores
from explorer.training.check import length
from explorer.training.facts import CheckFacts, Measure
from explorer.training.facts_of import measure, nudge
from explorer.training.job import follow, results_table, start
from explorer.training.timed import offer
from ranp.checks import Compared, Summary, criterion_matters
from ranp.schedules import DEFAULT

_LEFT = {"time": 60}
"""Where the control for what is left begins, in per cent, if not at 25: few networks can be made four times as fast."""


def race(subject: Subject, refusal: str | None) -> None:
    """Draw what can be chosen, the race that is shown, and the one that was run before."""
    st.markdown(wording.RACE)
    if refusal:
        st.info(refusal, icon=":material/info:")
    else:
        _asking(subject)
    follow(True, requests.network_of(subject.state), _compared)
    _before(subject)
    st.caption(wording.CAUTION)


def _asking(subject: Subject) -> None:
    state, methods = subject.state, {**subject.choices.methods, **wording.CONTESTANTS}
    on_offer = offer(state)
    chosen = st.multiselect(
        "Methods", [*on_offer.methods, *wording.CONTESTANTS], list(requests.RACED), key="race_methods",
        format_func=lambda name: methods[name], help=wording.METHODS_HELP,
    )  # fmt: skip
    schedules = st.multiselect(
        wording.SCHEDULE, list(wording.SCHEDULES), [DEFAULT], key="race_schedules",
        format_func=lambda name: wording.SCHEDULES[name], help=wording.SCHEDULE_HELP,
    )  # fmt: skip
    networks = len(chosen) * len(schedules)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="race_settings"):
        terms = st.segmented_control(
            "Equal", list(on_offer.terms), key="race_terms", format_func=lambda name: wording.TERMS[name],
            default="macs", required=True, help=wording.TERMS_HELP,
        )  # fmt: skip
        terms = terms or "macs"
        by_sparsity = terms == "sparsity"
        label = "Neurons removed" if by_sparsity else f"{wording.TERMS[terms]} left"
        high = int(100 * MAX_SPARSITY) if by_sparsity else 100
        start_at = round(100 * state.sparsity) if by_sparsity else _LEFT.get(terms, 25)
        percent = st.slider(label, 1, high, start_at, format="%d %%", key=f"race_{terms}", width=260)
        how = length(subject, "race", terms=False)
    st.caption(on_offer.text)
    if by_sparsity:
        st.warning(wording.UNFAIR, icon=":material/balance:")
    network = f"{subject.choices.architectures[state.architecture].title}, {state.preset}"
    title = wording.race_title(network, terms, percent / 100, networks)

    def ask() -> str:
        return queue.ask(requests.race_check(state, how, chosen, terms, percent / 100, schedules), title)

    # With a single network beside the full one it would be a check, and be listed there.
    start(wording.START_RACE, "start_race", ask, disabled=networks < 2)
    method = methods[state.method]

    def ask_whether() -> str:
        asked = requests.controls_check(state, how, terms, percent / 100)
        return queue.ask(asked, wording.controls_title(network, method, terms, percent / 100))

    st.markdown(wording.CONTROLS.format(quote(method)))
    start(wording.START_CONTROLS, "start_controls", ask_whether, main=False)


def _compared(check: CheckFacts) -> None:
    if check.results and check.measure is not None:
        _charts(check.results, check.measure, "live")
        if check.state == "done":
            _verdicts(check.compared, "live")


def _verdicts(compared: Sequence[Compared], key: str) -> None:
    """What can be said of each network beside the first, and of the others beside each other."""
    if answer := criterion_matters(compared):
        st.info(answer, icon=":material/fact_check:")
    st.markdown(wording.verdicts([each for each in compared if each.difference.second == 0]))
    pairs = [each for each in compared if each.difference.second != 0]
    if not pairs:
        return
    with st.expander(wording.pairs_title(pairs), icon=":material/compare_arrows:", key=f"race_pairs_{key}"):
        rows = [
            {
                "Network": charts.called(each.label),
                "Beside": charts.called(each.other),
                "Difference": each.interval,
                "Verdict": each.text,
            }
            for each in pairs
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", alt=f"Table of {len(pairs)} pairs")


def _charts(results: tuple[Summary, ...], how: Measure, key: str) -> None:
    words = race_in_words(results, how)
    if not wording.is_full(results[0].label):  # the controls: there is nothing of which a part is left
        picture(partial(_scores, results, how), words, f"race_scores_{key}")
        return
    with st.grid(2, min_column_width=300, gap="small", key=f"race_charts_{key}"):
        picture(partial(_scores, results, how), words, f"race_scores_{key}")
        picture(partial(_costs, results), "What is left of the full network's costs, by network.", f"race_costs_{key}")


def _scores(results: tuple[Summary, ...], how: Measure, palette: charts.Palette) -> charts.Figure:
    return race_scores(results, how, palette)


def _costs(results: tuple[Summary, ...], palette: charts.Palette) -> charts.Figure:
    return race_costs(results, palette)


def _before(subject: Subject) -> None:
    st.markdown(f"##### {wording.SHIPPED}")
    try:
        found = queue.races([requests.network_of(subject.state)])
    except ValueError as error:
        st.warning(wording.BAD_SHIPPED.format(quote_reason(str(error))), icon=":material/error:")
        return
    if not found:
        st.caption(wording.NO_SHIPPED)
    for name, race in found.items():
        results, how = tuple(race.summary), measure(race.check.subject)
        _charts(results, how, f"shipped_{name}")
        _verdicts(race.compared, f"shipped_{name}")
        results_table(results, how, race.compared)
        st.caption(wording.provenance(race, nudge(race.check)))
        for note in race.notes:
            st.caption(quote_reason(note, 1000))
