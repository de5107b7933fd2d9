"""Whether the plan would be the same from other examples or other initial weights."""

from functools import partial

import streamlit as st

from explorer import compute
from explorer.compare import stability_of as measuring
from explorer.compare import wording
from explorer.compare.charts.stability import agreement, agreement_in_words, kept_spread
from explorer.compare.facts import Spread, StabilityFacts
from explorer.page import Subject, picture
from explorer.state import ExplorerState
from explorer.units import percent


def stability(subject: Subject) -> None:
    """Measure on demand, and draw what came out."""
    state = subject.state
    st.markdown(wording.STABILITY)
    if reason := measuring.obstacle(state):
        st.info(wording.OBSTACLES[reason], icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="stability_choice"):
        st.session_state["draws"] = st.session_state.get("draws") or measuring.DRAWS[1]
        draws = st.segmented_control(
            "Plans of each kind", measuring.DRAWS, key="draws", required=True, help=wording.DRAWS_HELP
        )
        assert draws is not None, "the control requires a choice"
        todo = measuring.variations(state, draws)
        known = measuring.is_measured(state, draws)
        asked = not known and st.button(
            wording.measure(len(todo) - 1), key="measure", type="primary", icon=":material/play_arrow:"
        )
    if asked:
        _measure(state, todo)
        st.rerun()
    if known:
        _draw(measuring.measured(state, draws), examples=measuring.varies_examples(state))


def _measure(state: ExplorerState, todo: list[measuring.Variation]) -> None:
    """One job after the other; whoever leaves asks for no more of them."""
    slot = st.empty()
    for done, variation in enumerate(todo):
        job = measuring.job(state, variation)
        while not job.wait(0.1):
            words = wording.measuring(done, len(todo), compute.ahead_of(job))
            slot.progress((done + job.progress) / len(todo), words)
    slot.empty()


def _draw(facts: StabilityFacts, examples: bool) -> None:
    with st.grid(2, min_column_width=260, gap="small", key="stability_figures"):
        if examples:
            _figure("In common, other examples", facts.batches)
        _figure("In common, other weights", facts.weights)
    if not examples:
        st.caption(wording.NO_EXAMPLES)
    st.markdown("##### Which neurons stay")
    picture(partial(agreement, facts), agreement_in_words(facts), "stability_agreement")
    st.markdown("##### How many neurons stay")
    picture(partial(kept_spread, facts), agreement_in_words(facts), "stability_kept")
    st.caption(wording.STABILITY_NOTE)


def _figure(title: str, spread: Spread) -> None:
    note = wording.agreement(spread.in_all_mean, spread.in_all_std, spread.in_all_chance)
    st.metric(title, percent(spread.in_all_mean), delta=note, delta_color="off", delta_arrow="off", border=True)
