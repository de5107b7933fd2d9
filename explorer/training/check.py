"""The present plan beside the full network."""

import streamlit as st

from explorer import compute
from explorer.page import Subject, smaller_size, timing, training_commands
from explorer.state import default_name, quote
from explorer.training import queue, requests, wording
from explorer.training.facts import CheckFacts
from explorer.training.job import follow, start
from explorer.training.pictures import unanswered
from explorer.training.price import in_words, price
from explorer.training.requests import Length
from ranp.schedules import DEFAULT


def check(subject: Subject, refusal: str | None) -> None:
    """Draw what can be chosen, and the check that is shown."""
    usual = requests.usual_weights(subject.state)
    st.markdown(wording.CHECK[usual])
    if refusal == wording.TOO_LONG:
        _elsewhere(subject)
    elif refusal:
        st.info(refusal, icon=":material/info:")
    else:
        _asking(subject)
    network = requests.network_of(subject.state)
    shown = follow(False, network, _verdict)
    if not refusal and (shown is None or shown.network != network or queue.pictures(shown) is None):
        unanswered(subject.state)
    st.caption(wording.CAUTION)


def _elsewhere(subject: Subject) -> None:
    """A network that is too large for this machine: the ways out, each with its control."""
    with st.container(border=True, key="too_long"):
        st.info(wording.TOO_LONG, icon=":material/info:")
        smaller_size(subject.state, subject.choices, wording.SMALLER)
        st.markdown(wording.ELSEWHERE)
        state, mine = subject.state, compute.heavy.own(subject.state)
        planned = compute.planned_state(state) if subject.scored or not compute.needs_importance(state) else state
        st.code(training_commands(planned, mine), language="bash", wrap_lines=True)
        if mine is None or mine.model is None:
            st.caption(wording.REAL_DATA)


def length(subject: Subject, key: str, terms: bool = True) -> Length:
    """The controls for seeds, recipe, steps and what is equal; to be drawn inside a row."""
    recipes = requests.recipe_steps(subject.state)
    seeds = st.number_input(
        wording.SEEDS, 1, requests.MOST_SEEDS, 1, key=f"{key}_seeds", help=wording.SEEDS_HELP, width=130
    )
    recipe: str | None = "quick"
    if len(recipes) > 1:
        recipe = st.segmented_control(
            wording.RECIPE, list(recipes), key=f"{key}_recipe", format_func=lambda name: wording.RECIPES[name],
            default="quick", required=True, help=wording.RECIPE_HELP,
        )  # fmt: skip
    recipe = recipe if recipe in recipes else "quick"
    usual = recipes[recipe]
    steps = st.number_input(
        wording.STEPS, 5, requests.MOST_STEPS, usual, key=f"{key}_steps_{usual}", help=wording.STEPS_HELP, width=150
    )
    equal: str | None = "steps"
    if terms:
        equal = st.segmented_control(
            "Equal", list(wording.EQUAL), key=f"{key}_equal", format_func=lambda name: wording.EQUAL[name],
            default="steps", required=True, help=wording.EQUAL_HELP,
        )  # fmt: skip
    return Length(int(steps), int(seeds), equal or "steps", recipe)


def _asking(subject: Subject) -> None:
    state, usual = subject.state, requests.usual_weights(subject.state)
    plan = None if compute.untrained(state) else compute.results(state).plan
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="check_settings"):
        chosen = length(subject, "check")
        schedule = st.selectbox(
            wording.SCHEDULE, list(wording.SCHEDULES), key="check_schedule", width=190,
            format_func=lambda name: wording.SCHEDULES[name], help=wording.SCHEDULE_HELP,
        )  # fmt: skip
        weights: str | None = usual
        if schedule == DEFAULT:
            weights = st.segmented_control(
                "Weights", list(wording.WEIGHTS), key=f"check_weights_{usual}",
                format_func=lambda name: wording.WEIGHTS[name], default=usual, required=True, help=wording.WEIGHTS_HELP,
            )  # fmt: skip
        else:
            st.caption(wording.KEEPS_WEIGHTS, width=180)
    if plan is not None and not plan.feasible:
        st.warning(wording.NOT_BUILT.format(quote(plan.first_empty_layer or "")), icon=":material/block:")
    if too_early := plan is None and schedule == DEFAULT:
        st.info(wording.TRAIN_FIRST, icon=":material/model_training:")
    name = default_name(state, subject.choices)
    if plan is not None and plan.feasible:
        timing.await_seconds(state, st.empty())
        st.markdown(in_words(price(state, chosen, name)))
    network = f"{subject.choices.architectures[state.architecture].title}, {state.preset}"
    title = wording.check_title(network, name)

    def ask() -> str:
        return queue.ask(requests.plan_check(state, chosen, weights or usual, schedule), title)

    start(wording.START_CHECK, "start_check", ask, disabled=too_early or (plan is not None and not plan.feasible))


def _verdict(check: CheckFacts) -> None:
    if check.state == "done" and len(check.results) == 2 and check.measure is not None:
        text = wording.verdict(*check.results, check.compared[0], check.measure)
        if text:
            st.info(text, icon=":material/fact_check:")
