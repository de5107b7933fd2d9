"""What every page begins with: which network, how importance is computed, and the waiting until both are there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from explorer import ASSETS, compute, wording
from explorer.compute import Job
from explorer.facts import NetworkFacts
from explorer.page import session, tables
from explorer.page import wording as wording_page
from explorer.page.share import share
from explorer.state import (
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
    """What a page shows: the state, its network, and whether every neuron's importance is known."""

    choices: Choices
    state: ExplorerState
    network: NetworkFacts
    scored: bool


def choose(
    view: str | None = None,
    title: str = wording.SUBTITLE,
    scene: Scene = NOWHERE,
    notices: Sequence[str] = (),
) -> Subject:
    """Draw the chooser, wait for what the state needs, and make the address bar a link to it.

    `view` names the live view of the page, `scene` the place on it that links lead to, if it has such; `notices` say
    what the page itself could not make of a link.
    """
    choices = compute.choices()
    state = session.begin(choices, view, scene)
    st.html(ASSETS / "explore.css")
    st.markdown(title)
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
    scored = _is_scored(state, waiting)
    if scored and session.is_new("opened", (state.architecture, state.preset)):
        opening = compute.opening(state, choices)
        if opening != state:
            session.correct(state := opening)
            session.publish(state, choices)
    if sharing is not None:
        with sharing:
            share(state, choices)
    return Subject(choices, state, network, scored)


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


def wait(job: Job[Any], slot: Any, say: Callable[[int], str]) -> None:
    """Show the job's progress until it is over. Any control may be moved meanwhile; the job goes on."""
    if job.wait(0.05):
        return
    bar = slot.progress(job.progress, say(compute.ahead_of(job)))
    while not job.wait(0.1):
        bar.progress(job.progress, say(compute.ahead_of(job)))
    slot.empty()


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


def _is_scored(state: ExplorerState, slot: Any) -> bool:
    """Whether every neuron's importance is known: it is computed, asked for, or refused."""
    if not compute.was_asked(state):
        if refusal := compute.refusal(state):
            slot.error(refusal, icon=":material/memory:")
            return False
        macs = count(compute.network(state).full.macs)
        if compute.is_long(state) and not slot.button(
            wording.compute_button(macs), key="compute", type="primary", icon=":material/play_arrow:"
        ):
            return False
    wait(compute.importance(state), slot, wording.scoring)
    return True


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
