"""The question of a step: a wrong answer gets a hint, another one a closer hint, and only then comes the answer."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer import charts, compute
from explorer.learn import wording
from explorer.learn.hints import HINTS
from explorer.learn.questions import QUESTIONS
from explorer.learn.questions.asking import Question
from explorer.learn.questions.evidence import gather
from explorer.learn.tours import Step
from explorer.page import Subject, picture, timing
from ranp.checks import METHOD, PLAIN, AgainstCost

_TRIED = "_tried"
HINTS_EACH = 2

About = tuple[object, ...]
"""What an answer is an answer to: the step, and what its evidence hangs on."""


def ask(subject: Subject, place: tuple[str, int], step: Step) -> bool:
    """Draw the question, and what the visitor's answers call for. Whether it is answered."""
    state = subject.state
    question = QUESTIONS[step.question](gather(state, subject.network, step.settings, timing.in_use(state)))
    about = (*place, state.architecture, state.preset, state.criterion, state.reduce, state.seed)
    say: Callable[[int], str] = partial(lambda options, one: options[one], question.options)
    answer = st.radio(
        f"**{question.text}**", range(len(question.options)), None, say, key=f"answer_{about}", horizontal=True
    )
    tried = _tried(about)
    if answer is not None and answer not in question.right and answer not in tried:
        tried.append(answer)
    if answer in question.right:
        st.success(wording.RIGHT.format(question.because), icon=":material/check:")
    elif tried and not _is_told(tried):
        hints = HINTS[step.question]
        st.info(wording.hint(hints[len(tried) - 1], len(tried)), icon=":material/lightbulb:")
        if len(tried) == HINTS_EACH:
            st.button(wording.TELL, key="tour_tell", type="tertiary", on_click=tried.append, args=(None,))
        return False
    elif tried:
        st.info(wording.ANSWER.format(_answer(question)), icon=":material/lightbulb:")
    else:
        return False
    if question.raced is not None:
        _scores(question.raced)
    return True


def _tried(about: About) -> list[int | None]:
    """The wrong answers so far, each once; ``None`` stands for the wish to be told."""
    known: dict[About, list[int | None]] = st.session_state.setdefault(_TRIED, {})
    return known.setdefault(about, [])


def _is_told(tried: list[int | None]) -> bool:
    """Whether the hints are used up."""
    return None in tried or len(tried) > HINTS_EACH


def _answer(question: Question) -> str:
    right = ", ".join(question.options[place] for place in sorted(question.right))
    return f"{right}. {question.because}"


def _scores(task: AgainstCost) -> None:
    """What the task's networks score, against what is left of their MACs."""
    labels = [curve.label for curve in task.curves if curve.label in (METHOD, *PLAIN)]
    shown = charts.Shown(tuple(labels), task.shares)
    picture(partial(_score_cost, task, shown), charts.score_cost_in_words(task, shown), "tour_scores")
    st.caption(wording.scores(task.name, compute.not_raced()))


def _score_cost(task: AgainstCost, shown: charts.Shown, palette: charts.Palette) -> charts.Figure:
    return charts.score_cost(task, shown, palette)
