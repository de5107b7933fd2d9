"""Guided tours: each step sets the live charts' controls, shows one thing, and asks a question about it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer import ASSETS, charts, compute
from explorer.learn import wording
from explorer.learn.questions import QUESTIONS
from explorer.learn.questions.evidence import gather
from explorer.learn.tours import TOURS, Step, Tour
from explorer.packets import packing
from explorer.page import Peak, Subject, Times, choose, live, picture, session, timing
from explorer.state import CONTROLS, ExplorerState, Lesson, Scene, read_step
from ranp.checks import METHOD, PLAIN, AgainstCost

VIEW = "explore"
CHOSEN_BEFORE = ("architecture", "preset", "criterion", "reduce", "seed")
"""Controls above the charts, which a step leaves to the visitor."""

_PLACE = "_tour_place"

Place = tuple[str, int]
"""A tour and one of its steps, from 1."""


def page() -> None:
    """Draw the step that the link or the buttons lead to, or the list of tours."""
    notices: list[str] = []
    if session.reads_url():
        place, notices = read_step(session.query(), {name: len(tour.steps) for name, tour in TOURS.items()})
        st.session_state[_PLACE] = place
    place = st.session_state.get(_PLACE)
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
    with st.grid(3, min_column_width=280, gap="small", key="tours"):
        for name, tour in TOURS.items():
            with st.container(border=True, height="stretch"):
                st.button(
                    tour.title, key=f"tour_{name}", icon=tour.icon, width="stretch", on_click=_go, args=((name, 1),)
                )
                steps = "\n".join(f"{number}. {step.title}" for number, step in enumerate(tour.steps, 1))
                st.markdown(f"{tour.summary}\n\n{steps}")
    st.caption(wording.HOW)
    session.publish(state, choices)


def _step(place: Place, notices: list[str]) -> None:
    name, number = place
    tour = TOURS[name]
    step = tour.steps[number - 1]
    heading = wording.heading(tour.title, step.title, number, len(tour.steps))
    subject = choose(VIEW, heading, scene(place), notices)
    ready = subject.scored or not compute.needs_importance(subject.state)
    left, right = st.columns([5, 6], gap="medium")
    left.markdown(step.text)
    st.html(ASSETS / "learn.css")
    secret = False
    with right, st.container(key="tour_question"):
        if not ready:
            st.info(wording.UNSCORED)
        elif step.timed and not _is_timed(subject.state):
            _elsewhere(subject, tour, step)
        else:
            secret = not _question(subject, place, step) and step.timed
    _navigation(name, number, tour)
    if ready:
        _charts(subject, step, secret)


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


def _charts(subject: Subject, step: Step, secret: bool) -> None:
    """The live charts; seconds are left out while they are what the question asks."""
    state = subject.state
    packet = packing.packet(state, subject.scored)
    before, moments = subject.network.full.peak_training_bytes, packing.moments_packet(state)
    peak = Peak(session.stamp(), before, None, pending=False, moments=moments)
    with st.container(key="live"):
        shown = locks(step, session.lesson())
        times = Times(None, wording.GUESS, why=wording.GUESS_FIRST) if secret else timing.times(state)
        travels = session.travels(subject.choices)
        live(VIEW, packet, state, session.revision(), shown, peak, times=times, history=travels)
    if not secret:
        timing.follow(state)


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
        st.button(wording.RESET, key="tour_reset", type="tertiary", help=wording.RESET_HELP, on_click=_again)
        st.button(wording.ALL, key="tour_all", type="tertiary", icon=":material/apps:", on_click=_go, args=(None,))


def _forward(label: str, place: Place | None) -> None:
    st.button(
        label, key="tour_next", type="primary", icon=":material/arrow_forward:", icon_position="right", shortcut="N",
        on_click=_go, args=(place,),
    )  # fmt: skip


def _go(place: Place | None) -> None:
    st.session_state[_PLACE] = place


def _again() -> None:
    session.change(**scene(st.session_state[_PLACE]).settings)


def _question(subject: Subject, place: Place, step: Step) -> bool:
    """The question of the step; whichever option is taken, the answer shows with its figures. Whether one is."""
    state = subject.state
    question = QUESTIONS[step.question](gather(state, subject.network, step.settings, timing.in_use(state)))
    about = (*place, state.architecture, state.preset, state.criterion, state.reduce, state.seed)
    say: Callable[[int], str] = partial(lambda options, place: options[place], question.options)
    answer = st.radio(
        f"**{question.text}**", range(len(question.options)), None, say, key=f"answer_{about}", horizontal=True
    )
    if answer is None:
        return False
    if answer in question.right:
        st.success(wording.RIGHT.format(question.because), icon=":material/check:")
    else:
        right = ", ".join(question.options[place] for place in sorted(question.right))
        st.info(wording.WRONG.format(f"{right}. {question.because}"), icon=":material/lightbulb:")
    if question.raced is not None:
        _scores(question.raced)
    return True


def _scores(task: AgainstCost) -> None:
    """What the task's networks score, against what is left of their MACs."""
    labels = [curve.label for curve in task.curves if curve.label in (METHOD, *PLAIN)]
    shown = charts.Shown(tuple(labels), task.shares)
    picture(partial(_score_cost, task, shown), charts.score_cost_in_words(task, shown), "tour_scores")
    st.caption(wording.scores(task.name, compute.not_raced()))


def _score_cost(task: AgainstCost, shown: charts.Shown, palette: charts.Palette) -> charts.Figure:
    return charts.score_cost(task, shown, palette)
