"""Guided tours: each step sets the live charts' controls, shows one thing, and asks a question about it."""

import streamlit as st

from explorer import ASSETS, compute
from explorer.learn import in_class, wording, worksheet
from explorer.learn.answering import ask
from explorer.learn.tours import TOURS, Step, Tour
from explorer.packets import packing
from explorer.page import Subject, Times, choose, live, memory, session, timing, touring
from explorer.state import CONTROLS, ExplorerState, Lesson, Scene, read_step

VIEW = "lesson"
CHOSEN_BEFORE = ("architecture", "preset", "criterion", "reduce", "seed")
"""Controls above the charts, which a step leaves to the visitor."""

Place = tuple[str, int]
"""A tour and one of its steps, from 1."""


def page() -> None:
    """Draw the step that the link or the buttons lead to, or the list of tours."""
    notices: list[str] = []
    if session.reads_url():
        place, notices = read_step(session.query(), {name: len(tour.steps) for name, tour in TOURS.items()})
        st.session_state[touring.PLACE] = place
        notices += in_class.arrive(session.query())
    place = st.session_state.get(touring.PLACE)
    st.html(ASSETS / "learn.css")
    if place is None:
        _overview(notices)
    else:
        _step(place, notices)


def scene(place: Place) -> Scene:
    """What links to this step carry, and what it sets."""
    tour, number = place
    return Scene({"tour": tour, "step": str(number)}, TOURS[tour].steps[number - 1].settings, TOURS[tour].network)


def locks(step: Step, lesson: Lesson) -> Lesson:
    """The live controls that the step shows; what a lesson hides or fixes stays so."""
    others = (name for name in CONTROLS if name not in (*step.controls, *CHOSEN_BEFORE))
    return Lesson(tuple(dict.fromkeys((*lesson.hide, *others))), lesson.fix)


def _overview(notices: list[str]) -> None:
    choices = compute.choices()
    state = session.begin(choices)
    st.html(ASSETS / "explore.css")
    st.markdown(wording.TITLE)
    for notice in notices:
        st.warning(notice, icon=":material/link_off:")
    in_class.board()
    with st.grid(3, min_column_width=280, gap="small", key="tours"):
        for name, tour in TOURS.items():
            with st.container(border=True, height="stretch"):
                st.button(
                    tour.title, key=f"tour_{name}", icon=tour.icon, width="stretch", on_click=_go, args=((name, 1),),
                    type="primary" if name == touring.FIRST[0] else "secondary",
                )  # fmt: skip
                steps = "\n".join(f"{number}. {step.title}" for number, step in enumerate(tour.steps, 1))
                st.markdown(f"{tour.summary}\n\n{steps}")
    st.caption(wording.HOW)
    in_class.is_at(None)
    in_class.corner()
    session.publish(state, choices)


def _step(place: Place, notices: list[str]) -> None:
    """The text and the question on the left; controls and chart beside them, so that one view holds all three."""
    name, number = place
    tour = TOURS[name]
    step = tour.steps[number - 1]
    with st.container(key="lesson"):
        left, right = st.columns([5, 7], gap="medium")
    with st.container(key="tour_keys"):
        st.components.v2.component("ranp_lesson", js=(ASSETS / "lesson.js").read_text(encoding="utf-8"))(key="keys")
    with left:
        st.markdown(wording.heading(tour.title, step.title, number, len(tour.steps)))
        st.markdown(step.text)
        question = st.container(key="tour_question")
        _navigation(name, number, tour)
        papers = st.container(horizontal=True, key="tour_papers")
        in_class.is_at(place)
    with right:
        subject = choose(VIEW, "", scene(place), notices)
    ready = subject.scored or not compute.needs_importance(subject.state)
    open_question = False
    with question:
        if not ready:
            st.info(wording.UNSCORED)
        elif step.timed and not _is_timed(subject.state):
            _elsewhere(subject, tour, step)
        else:
            open_question = not ask(subject, place, step)
    if ready:
        with papers:
            _papers(name, tour, subject)
        with right:
            _charts(subject, place, step, open_question)


def _is_timed(state: ExplorerState) -> bool:
    """Whether a table tells the network's seconds."""
    timing.await_seconds(state, st.empty())
    return timing.seconds(state) is not None


def _elsewhere(subject: Subject, tour: Tour, step: Step) -> None:
    """That no table tells this network's seconds, and the way to a network of which one does."""
    st.info(wording.untimed(compute.time_command(subject.state)), icon=":material/timer_off:")
    architecture, preset = tour.network or ("", "")
    known, lesson = subject.choices.architectures.get(architecture), session.lesson()
    if known is None or {"architecture", "preset"} & {*lesson.hide, *lesson.fix}:
        return
    home = {"architecture": architecture, "preset": preset, "protect": (), "caps": (), "layer": "", "neuron": -1}
    st.button(
        wording.elsewhere(known.title, known.presets[preset].title), key="tour_home", on_click=session.change,
        kwargs={**home, **step.settings},
    )  # fmt: skip


def _charts(subject: Subject, place: Place, step: Step, open_question: bool) -> None:
    """The live charts, without what the question asks while it is open."""
    state = subject.state
    packet = packing.packet(state, subject.scored)
    secret = open_question and step.timed
    told = {
        "place": " ".join(map(str, place)),
        "charts": list(step.charts),
        "veils": list(step.veils) if open_question else [],
        "guess": wording.VEILED,
        "timed": step.timed,
    }
    with st.container(key="lesson_live"):
        shown = locks(step, session.lesson())
        times = Times(None, wording.GUESS, why=wording.GUESS_FIRST) if secret else timing.times(state)
        travels = session.travels(subject.choices)
        live(
            VIEW, packet, state, session.revision(), shown, memory.peak(state), extra=told, times=times,
            history=travels,
        )  # fmt: skip
    memory.estimate_later(state)


def _papers(name: str, tour: Tour, subject: Subject) -> None:
    """The tour's worksheet and the teacher's copy, made when they are asked for."""
    state, choices = subject.state, subject.choices
    architecture = choices.architectures[state.architecture]
    size = architecture.presets[state.preset].title
    about = wording.of_network(architecture.title, size, choices.criteria[state.criterion], state.seed)
    table = timing.in_use(state)
    for label, advice, key, answers in (
        (wording.WORKSHEET, wording.WORKSHEET_HELP, "worksheet", False),
        (wording.WITH_ANSWERS, wording.ANSWERS_HELP, "answers", True),
    ):
        made = worksheet.made(tour, about, state, subject.network, table, answers)
        st.download_button(
            label, made, f"{name}-{key}.html", "text/html",
            key=f"tour_{key}", type="tertiary", icon=":material/print:", on_click="ignore", help=advice,
        )  # fmt: skip


def _navigation(name: str, number: int, tour: Tour) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="tour_buttons"):
        back = (name, number - 1) if number > 1 else None
        st.button(
            wording.PREVIOUS, key="tour_back", icon=":material/arrow_back:", on_click=_go, args=(back,), shortcut="B",
            disabled=back is None,
        )  # fmt: skip
        if number < len(tour.steps):
            _forward(wording.NEXT, (name, number + 1))
        else:
            others = list(TOURS)[list(TOURS).index(name) + 1 :]
            following = others[0] if others else None
            _forward(TOURS[following].title if following else wording.ALL, (following, 1) if following else None)
        st.markdown(wording.progress(number, len(tour.steps)), width="content")
    with st.container(horizontal=True, vertical_alignment="center", key="tour_more"):
        st.button(wording.RESET, key="tour_reset", type="tertiary", help=wording.RESET_HELP, on_click=_again)
        st.button(wording.ALL, key="tour_all", type="tertiary", icon=":material/apps:", on_click=_go, args=(None,))
        st.button(
            wording.PRESENT, key="tour_present", type="tertiary", icon=":material/present_to_all:",
            help=wording.PRESENT_HELP,
        )  # fmt: skip
        st.caption(wording.KEYS, width="content")


def _forward(label: str, place: Place | None) -> None:
    st.button(
        label, key="tour_next", type="primary", icon=":material/arrow_forward:", icon_position="right", shortcut="N",
        on_click=_go, args=(place,),
    )  # fmt: skip


def _go(place: Place | None) -> None:
    st.session_state[touring.PLACE] = place


def _again() -> None:
    session.change(**scene(st.session_state[touring.PLACE]).settings)
