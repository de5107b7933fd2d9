"""What every page begins with: which network, how importance is computed, and the waiting until both are there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from explorer import ASSETS, compute, wording
from explorer.facts import NetworkFacts
from explorer.page import session, tables, ways
from explorer.page import wording as wording_page
from explorer.page.plan_bar import VIEW, plan_bar
from explorer.page.share import share
from explorer.page.waiting import wait
from explorer.state import (
    EXAMPLES,
    MAX_SEED,
    NOWHERE,
    Choices,
    ExplorerState,
    Scene,
    default_state,
    known_layers,
    needs_seconds,
    without_peak,
    without_seconds,
)
from explorer.units import count
from ranp.importance import REDUCTIONS
from ranp.selection import SETTINGS


@dataclass(frozen=True)
class Subject:
    """What a page shows: the state, its network, and whether every neuron's importance is known.

    ``asked`` is the state that the visitor chose, where what is shown is a first look at it, on one example.
    """

    choices: Choices
    state: ExplorerState
    network: NetworkFacts
    scored: bool
    asked: ExplorerState | None = None


def choose(
    view: str | None = None,
    title: str = wording.SUBTITLE,
    scene: Scene = NOWHERE,
    notices: Sequence[str] = (),
    early: bool = False,
    beside: Callable[[], None] | None = None,
) -> Subject:
    """Draw the chooser, wait for what the state needs, and make the address bar a link to it.

    `view` names the live view of the page; a page without one gets the bar of the present plan. `scene` is the place
    on it that links lead to, if it has such; `notices` say what the page itself could not make of a link. With
    `early`, one example is shown first. `beside` draws what stands beside the title; an empty title is left out.
    """
    choices = compute.choices()
    state = session.begin(choices, view or VIEW, scene)
    st.html(ASSETS / "explore.css")
    _opening(title, beside)
    warnings = st.container()
    sharing = _chooser(choices)
    if session.is_bringing():
        _bring()
    if choices.lacking and state == default_state(choices):
        st.caption(choices.lacking)
    waiting = st.empty()
    wait(compute.tracing(state), waiting, wording.tracing)
    network = compute.network(state)
    state, unknown = known_layers(state, network.prunable, network.layers)
    state, unpriced = _priced(state, waiting)
    state, slow = _timed(state, waiting)
    if unknown or unpriced or slow:
        session.correct(state)
    for notice in session.note([*notices, *unknown, *unpriced, *slow]):
        warnings.warning(notice, icon=":material/link_off:")
    session.publish(state, choices)
    shown = _scored(state, waiting, choices, early)
    if shown and session.is_new("opened", (state.architecture, state.preset)):
        opening = replace(compute.opening(shown, choices), examples=state.examples)
        if opening != state:
            session.correct(state := opening)
            shown = replace(state, examples=shown.examples)
    session.publish(state, choices)
    session.remember(state)
    if sharing is not None:
        with sharing:
            share(state, choices)
    if view is None:
        plan_bar(shown or state, shown is not None, choices)
    return Subject(choices, shown or state, network, shown is not None, state if shown not in (None, state) else None)


def _opening(title: str, beside: Callable[[], None] | None) -> None:
    if beside is None:
        if title:
            st.markdown(title)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="opening"):
        st.markdown(title, width="content")
        beside()


def _timed(state: ExplorerState, slot: Any) -> tuple[ExplorerState, list[str]]:
    """The state with the visitor's time table; with another method, and why, where none tells the seconds it needs."""
    state = tables.named(state)
    if not needs_seconds(state):
        return state, []
    try:
        if (table := tables.in_use(state)) is not None:
            wait(compute.calling(state, table.batch), slot, wording_page.reading)
        compute.table_needed(state)
    except ValueError as error:
        return without_seconds(state), [wording_page.no_seconds(state, str(error))]
    return state, []


def _priced(state: ExplorerState, slot: Any) -> tuple[ExplorerState, list[str]]:
    """The state once a budget of peak memory can be priced; without one where it never can, and why in a sentence."""
    if not state.limits_peak:
        return state, []
    wait(compute.measuring(state), slot, wording.measuring)
    try:
        compute.pricers_of(state)
    except ValueError as error:
        return without_peak(state), [str(error)]
    return state, []


def is_at_hand(state: ExplorerState, slot: Any) -> bool:
    """Whether the importance comes with the library or was computed before; a moment's look."""
    looking = compute.looking(state)
    wait(looking, slot, wording_page.looking)
    return looking.result()


def _scored(state: ExplorerState, slot: Any, choices: Choices, early: bool) -> ExplorerState | None:
    """The state whose importance is known now: this one or, early, the first look at it. None where there is none."""
    if reason := compute.untrained(state):
        slot.info(wording_page.untrained(reason), icon=":material/model_training:")
        return None
    if not (compute.was_asked(state) or is_at_hand(state, slot)):
        if refusal := compute.refusal(state):
            ways.refused(state, choices, slot, refusal)
            return None
        if compute.is_long(state) and compute.runs_network(state) and not _is_begun(state, slot):
            return None
        if early and (first := compute.first_look(state)) != state:
            compute.importance(first)  # before the rest, so that it is done first
    job, first = compute.importance(state), compute.first_look(state)
    if early and first != state and compute.was_asked(first) and job.is_pending():
        quick = compute.importance(first)
        wait(quick, slot, wording.scoring)
        if quick.future.exception() is None:
            return first
    wait(job, slot, wording.scoring)
    return state


def _is_begun(state: ExplorerState, slot: Any) -> bool:
    """Whether the visitor says that a long computation shall begin."""
    macs, (examples, _) = count(compute.network(state).full.macs), compute.examples(state)
    label = wording.compute_button(macs, examples)
    return bool(slot.button(label, key="compute", type="primary", icon=":material/play_arrow:"))


def _chooser(choices: Choices) -> Any:
    """Draw what is chosen before the charts; the place beside it for the link, where anything is shown."""
    hidden, fixed = session.lesson().hide, session.lesson().fix
    importance = not all(name in hidden for name in ("criterion", "reduce", "seed"))
    shown = [name for name in ("architecture", "preset") if name not in hidden] + ["importance"] * importance
    if not shown:
        return None
    shown.append("share")
    architectures = choices.architectures
    presets = architectures[st.session_state["architecture"]].presets
    with st.grid(len(shown), min_column_width=150, gap="small", vertical_alignment="bottom", key="choices"):
        if "architecture" in shown:
            st.selectbox(
                "Network", [*architectures, session.BRING], key="architecture",
                format_func=lambda name: wording_page.network(architectures.get(name)),
                on_change=partial(session.start_preset, choices),
                help=wording.NETWORK, disabled="architecture" in fixed,
            )  # fmt: skip
        if "preset" in shown:
            chosen = presets[st.session_state["preset"]]
            st.selectbox(
                "Size", list(presets), key="preset",
                format_func=lambda name: presets[name].title,
                on_change=partial(session.start_preset, choices),
                help=f"{wording.PRESET}\n\n*{chosen.title}*: {chosen.description}.", disabled="preset" in fixed,
            )  # fmt: skip
        if importance:
            _importance(choices, hidden, fixed)
        return st.container()


def _bring() -> None:
    """How a network of the visitor's own gets here."""
    with st.container(border=True, key="bring"):
        for text, command in wording_page.BRINGING:
            st.markdown(text)
            if command:
                st.code(command, language="bash", wrap_lines=True)
        st.button("Close", key="bring_close", on_click=session.stop_bringing)


def _importance(choices: Choices, hidden: tuple[str, ...], fixed: tuple[str, ...]) -> None:
    """What importance is made of: seldom changed, and recomputed when it is."""
    with st.popover("Importance", icon=":material/biotech:", width="stretch", help=wording.IMPORTANCE_OPTIONS):
        if "criterion" not in hidden:
            st.selectbox(
                SETTINGS["criterion"].label, list(choices.criteria), key="criterion",
                format_func=lambda name: choices.criteria[name], help=SETTINGS["criterion"].about,
                disabled="criterion" in fixed,
            )  # fmt: skip
        if "reduce" not in hidden:
            st.segmented_control(
                SETTINGS["reduce"].label, list(REDUCTIONS), key="reduce", required=True,
                help=SETTINGS["reduce"].about, disabled="reduce" in fixed,
            )  # fmt: skip
        if "seed" not in hidden:
            seed = SETTINGS["seed"]
            st.number_input(seed.label, 0, MAX_SEED, key="seed", help=seed.about, disabled="seed" in fixed)
        st.segmented_control(
            "Examples", list(EXAMPLES), key="examples", required=True,
            format_func=lambda name: EXAMPLES[name], help=wording_page.EXAMPLES,
        )  # fmt: skip
