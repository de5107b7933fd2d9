"""Between the visitor's browser and the state: widgets hold it, the URL carries it, and all pages share it.

Widgets have the names of the state's fields as keys; the live component holds the fields that move while dragging. At
the start of a run `begin` reads the state: from the URL on the first visit and after a step back or forward in the
browser's history, otherwise the last state with what widgets and component say now. `publish` writes it to the URL. At
any other run the URL says nothing new, and while an answer is on its way to the browser the next request still carries
the URL before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer import wording
from explorer.page import pinboard
from explorer.page.component import asked_step, from_settings, reported, to_settings
from explorer.state import (
    NOWHERE,
    Choices,
    ExplorerState,
    History,
    Lesson,
    Scene,
    default_state,
    from_query,
    labels,
    lesson_query,
    read_fields,
    read_lesson,
    record,
    scene_query,
    scene_state,
    settle,
    to_query,
    travel,
)

WIDGETS = ("architecture", "preset", "criterion", "reduce", "seed", "examples")
"""The fields of the state that Streamlit's own widgets decide."""

_LAST, _NOTICES, _REVISION, _LESSON, _REPORT = "_last_state", "_notices", "_revision", "_lesson", "_report"
_SCENE, _ENDED, _HISTORY = "_scene", "_ended", "_history"
NEAR = 6
"""Steps of the history to which the browser goes by itself, to each side."""
MOST_NOTICES = 20
BRING = "bring"
"""What is chosen instead of a network, to be told how one's own gets here."""
_BRINGING = "_bringing"


def begin(choices: Choices, view: str | None = None, scene: Scene = NOWHERE) -> ExplorerState:
    """The state that this run shows; `view` names the live view of the page, if it has one.

    `scene` is the place on the page, if that has settings of its own: they hold when the visitor comes to it.
    """
    last: ExplorerState | None = st.session_state.get(_LAST)
    before: Scene = st.session_state.get(_SCENE, NOWHERE)
    st.session_state[_SCENE] = scene
    arrived = st.session_state.get(_ENDED, True)
    st.session_state[_ENDED] = False
    if last is None or reads_url():
        state, notices = from_query(query(), choices, scene)
        lesson, unknown = read_lesson(query())
        st.session_state[_LESSON] = lesson
        st.session_state[_NOTICES] = [*notices, *unknown, *pinboard.restore(query().get("pin", []), choices)]
        _supersede(state)
        return state
    state = _with_widgets(last, choices)
    if scene not in (before, NOWHERE):
        st.session_state[_NOTICES] = []
        _supersede(state := _on_scene(state, choices, scene, before))
        return state
    if view is not None and (settings := reported(view, revision())) is not None:
        st.session_state[_REPORT] = settings
        state = from_settings(state, settings, choices)
    if view is not None and (wish := asked_step(view)) is not None and is_new("travel", wish):
        return _to_step(wish[1], state)
    if state != last:
        st.session_state[_NOTICES] = []
    _fill(state, overwrite=not arrived)
    return state


def travels(choices: Choices) -> dict[str, Any]:
    """The history as the live component shows it: what each step changed, and near the place its live settings.

    Settings are told only of steps with the same network and importance: what else belongs to another step takes a
    while, so that the page waits for the server.
    """
    past = history()
    here = past.present
    told = []
    for place, (step, label) in enumerate(zip(past.steps, labels(past, choices), strict=True)):
        alike = here is not None and all(getattr(step.state, name) == getattr(here.state, name) for name in WIDGETS)
        near = alike and abs(place - past.at) <= NEAR
        told.append({"number": step.number, "label": label, "settings": to_settings(step.state) if near else None})
    return {"at": past.at, "steps": told}


def history() -> History:
    """The plans that were at hand in this visit."""
    found: History = st.session_state.get(_HISTORY, History())
    return found


def remember(state: ExplorerState) -> None:
    """Make the state a step of the history, once it is settled what this run shows."""
    st.session_state[_HISTORY] = record(history(), state, travelled=reads_history())


def end() -> None:
    """After a page is drawn: the browser will have all that this run has set, unlike of a run that was outdated."""
    st.session_state[_ENDED] = True


def set_state(state: ExplorerState) -> None:
    """Set everything at once, as a link would: the controls of every page follow."""
    _supersede(settle(state))


def change(**changes: Any) -> None:
    """Set some of the state from a callback, as if the visitor had moved the controls."""
    set_state(replace(st.session_state[_LAST], **changes))


def correct(state: ExplorerState) -> None:
    """Take back what the live controls said of layers; after the widgets are drawn, which must not be set any more."""
    st.session_state[_LAST] = state
    st.session_state[_REVISION] = revision() + 1


def revision() -> int:
    """How often the server has set the state; what a browser says of an older one is outdated."""
    return int(st.session_state.get(_REVISION, 0))


def stamp() -> int:
    """The number of the live component's last report."""
    number = st.session_state.get(_REPORT, {}).get("stamp")
    return number if isinstance(number, int) else 0


def lesson() -> Lesson:
    """What the link that this visit started from takes out of the visitor's hands."""
    found: Lesson = st.session_state.get(_LESSON, Lesson())
    return found


def note(more: list[str]) -> list[str]:
    """What a link got wrong, in sentences, with `more` of them; they stay until a control is moved."""
    st.session_state[_NOTICES] = [*st.session_state[_NOTICES], *more]
    return shortened(st.session_state[_NOTICES])


def tell(notice: str) -> None:
    """Say something with the next run, after `set_state`; it stays as what a link got wrong does."""
    st.session_state[_NOTICES] = [*st.session_state.get(_NOTICES, []), notice]


def shortened(notices: list[str]) -> list[str]:
    """The first of the sentences, and how many more a link would have had."""
    left_out = len(notices) - MOST_NOTICES
    return list(notices) if left_out <= 0 else [*notices[:MOST_NOTICES], wording.more_notices(left_out)]


def publish(state: ExplorerState, choices: Choices) -> None:
    """Remember the state, and make the address bar a link to it."""
    link = link_query(state, choices, lesson())
    st.session_state[_LAST] = state
    at_start = not query() and link == to_query(default_state(choices), choices)
    if query() != link and not at_start:
        st.query_params.from_dict(link)


def link_query(state: ExplorerState, choices: Choices, locks: Lesson) -> dict[str, list[str]]:
    """The query of a link to what this page shows, with these controls hidden or fixed, and to what is pinned."""
    scene: Scene = st.session_state.get(_SCENE, NOWHERE)
    pinned = pinboard.texts(choices)
    pins = {"pin": pinned} if pinned else {}
    return {**scene_query(scene), **to_query(state, choices, scene), **lesson_query(locks), **pins}


def query() -> Mapping[str, Sequence[str]]:
    """What the address bar says."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def reads_url() -> bool:
    """Whether this run takes the state from the URL: the first of a visit, or a step in the browser's history."""
    return _LAST not in st.session_state or reads_history()


def reads_history() -> bool:
    """Whether a step in the browser's history led to this run."""
    context = get_script_run_ctx()
    return context is not None and bool(context.is_history_navigation)


def is_new(name: str, value: object) -> bool:
    """Whether this session sees another value under the name than the last time it asked."""
    key = f"_seen_{name}"
    changed = st.session_state.get(key) != value
    st.session_state[key] = value
    return changed


def let_go_on() -> None:
    """A point at which a run that waits gives way to the next one, without sending the browser anything to draw.

    Streamlit stops an outdated run wherever it touches the session's state.
    """
    st.session_state.get(_LAST)


def start_preset(choices: Choices) -> None:
    """After another network or size was chosen: its own sparsity and lambda, and no layers of the one before."""
    architecture, preset = st.session_state["architecture"], st.session_state.get("preset")
    st.session_state[_BRINGING] = architecture == BRING
    if architecture not in choices.architectures:
        return  # no network; `begin` takes it back
    presets = choices.architectures[architecture].presets
    start = default_state(choices, architecture, preset if preset in presets else None)
    last: ExplorerState = st.session_state[_LAST]
    place = replace(last, architecture=architecture, preset=start.preset, sparsity=start.sparsity, lam=start.lam)
    scene: Scene = st.session_state.get(_SCENE, NOWHERE)
    set_state(replace(place, protect=(), caps=(), layer="", neuron=-1, examples="usual", **scene.settings))


def open_size(choices: Choices, preset: str) -> None:
    """From a callback: the same network at another size, as if it had been chosen."""
    st.session_state["preset"] = preset
    start_preset(choices)


def is_bringing() -> bool:
    """Whether the visitor is told how a network of their own gets here."""
    return bool(st.session_state.get(_BRINGING, False))


def stop_bringing() -> None:
    """Tell it no longer."""
    st.session_state[_BRINGING] = False


def _on_scene(state: ExplorerState, choices: Choices, scene: Scene, before: Scene) -> ExplorerState:
    """The state as the scene wants it; its network is taken at its door only, so that another may be chosen then."""
    if scene.network not in (None, before.network) and scene.network != (state.architecture, state.preset):
        state = replace(scene_state(choices, scene), criterion=state.criterion, reduce=state.reduce, seed=state.seed)
    return settle(replace(state, **scene.settings))


def _to_step(number: int, state: ExplorerState) -> ExplorerState:
    """The state of that step, still looked at as now where it has the network; what was moved last is a step, too."""
    past = travel(record(history(), state), number)
    st.session_state[_HISTORY] = past
    assert past.present is not None, "what was recorded is a step"
    found = past.present.state
    if (found.architecture, found.preset) == (state.architecture, state.preset):
        found = replace(found, layer=state.layer, neuron=state.neuron, xray=state.xray)
    st.session_state[_NOTICES] = []
    _supersede(found)
    return found


def _supersede(state: ExplorerState) -> None:
    correct(state)
    _fill(state, overwrite=True)


def _with_widgets(last: ExplorerState, choices: Choices) -> ExplorerState:
    """The last state with what the widgets say now; a widget that was not drawn on this page yet says nothing.

    A browser may say what was never offered, and Streamlit takes it: it is read by the rules of a link, and taken back.
    So is another network that nobody chose, since `start_preset` has set a chosen one already: a page that is left
    before it is drawn has its boxes on what they offer first.
    """
    said = {name: st.session_state.get(name) for name in WIDGETS}
    texts = {name: [str(value)] for name, value in said.items() if value is not None}
    state = last
    for name in WIDGETS:  # the architecture first: it has the sizes
        state = replace(state, **read_fields(texts, state, choices, [name])[0])
    state = replace(state, architecture=last.architecture, preset=last.preset)
    for name in texts:
        if said[name] != getattr(state, name):
            st.session_state[name] = getattr(state, name)
    return state


def _fill(state: ExplorerState, overwrite: bool) -> None:
    for name in WIDGETS:
        if overwrite or st.session_state.get(name) is None:
            st.session_state[name] = getattr(state, name)
