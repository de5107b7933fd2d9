"""The present plan beside the full network."""

import streamlit as st

from explorer import compute, contests, training
from explorer import wording_training as wording
from explorer.contests import Length
from explorer.pins import default_name
from explorer.state import quote
from explorer.training_facts import CheckFacts
from explorer.views.subject import Subject
from explorer.views.training_job import follow, start


def check(subject: Subject, refusal: str | None) -> None:
    """Draw what can be chosen, and the check that is shown."""
    st.markdown(wording.CHECK)
    if refusal:
        st.info(refusal, icon=":material/info:")
    else:
        _asking(subject)
    follow(False, (subject.state.architecture, subject.state.preset), _verdict)
    st.caption(wording.CAUTION)


def length(subject: Subject, key: str, terms: bool = True) -> Length:
    """The controls for seeds, steps and what is equal; to be drawn inside a row."""
    usual = contests.recipe_steps(subject.state)
    seeds = st.number_input(
        wording.SEEDS, 1, contests.MOST_SEEDS, 1, key=f"{key}_seeds", help=wording.SEEDS_HELP, width=130
    )
    steps = st.number_input(
        wording.STEPS, 5, contests.MOST_STEPS, usual, key=f"{key}_steps_{usual}", help=wording.STEPS_HELP, width=150
    )
    equal: str | None = "steps"
    if terms:
        equal = st.segmented_control(
            "Equal", list(wording.EQUAL), key=f"{key}_equal", format_func=lambda name: wording.EQUAL[name],
            default="steps", required=True, help=wording.EQUAL_HELP,
        )  # fmt: skip
    return Length(int(steps), int(seeds), equal or "steps")


def _asking(subject: Subject) -> None:
    state = subject.state
    plan = compute.results(state).plan
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="check_settings"):
        chosen = length(subject, "check")
        weights = st.segmented_control(
            "Weights", list(wording.WEIGHTS), key="check_weights", format_func=lambda name: wording.WEIGHTS[name],
            default="new", required=True, help=wording.WEIGHTS_HELP,
        )  # fmt: skip
    if not plan.feasible:
        st.warning(wording.NOT_BUILT.format(quote(plan.first_empty_layer or "")), icon=":material/block:")
    network = f"{subject.choices.architectures[state.architecture].title}, {state.preset}"
    title = wording.check_title(network, default_name(state, subject.choices))

    def ask() -> str:
        return training.ask(contests.plan_check(state, chosen, weights or "new"), title)

    start(wording.START_CHECK, "start_check", ask, disabled=not plan.feasible)


def _verdict(check: CheckFacts) -> None:
    if check.state == "done" and len(check.results) == 2 and check.measure is not None:
        text = wording.verdict(check.results[0], check.results[1], check.measure)
        if text:
            st.info(text, icon=":material/fact_check:")
