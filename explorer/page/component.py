"""The live component on a page, and the wire between its controls and the state.

Controls that move live (`LIVE`) belong to the browser: it evaluates them by itself and reports where they stand once
they rest. What the server sets (from a link, a button, a tour) reaches the browser under a new `revision`; a report of
an older revision is outdated and is ignored.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from explorer import wording
from explorer.live import base
from explorer.state import SPELT, Choices, ExplorerState, Lesson, read_fields, settle
from ranp.selection import SETTINGS, OneOf

LIVE = (*(name for name, setting in SETTINGS.items() if setting.live), "layer", "neuron", "xray")
"""The fields of the state that the component's controls decide."""

_LOADER = """
const shown = new WeakMap();
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".ranp-root");
  const one = shown.get(parentElement);
  if (one) one.then((live) => live.update(data));
  else {
    const url = new URL(`${data.base}/assets/main.js`, document.baseURI).href;
    const send = (name, value) => setStateValue(name, value);
    shown.set(parentElement, import(url).then(({ mount }) => mount(root, data, send)));
  }
  return () => {
    shown.get(parentElement)?.then((live) => live.destroy());
    shown.delete(parentElement);
  };
}
"""


@dataclass(frozen=True)
class Peak:
    """The peak memory of training. Bytes.

    ``moments`` is the packet by which the browser works it out for any plan. While there is none, ``before`` and
    ``after`` are estimates for one example, ``after`` for the report that carried this stamp; ``failed`` says why there
    will be none.
    """

    stamp: int
    before: int | None
    after: int | None
    pending: bool
    moments: str | None = None
    failed: str | None = None


@dataclass(frozen=True)
class Times:
    """The time table in use: the packet by which the browser prices any plan, and what is said of it.

    ``source`` says in few words where the seconds were measured and how far they are off, or why there are none;
    ``about`` is the rest. ``pending``: it comes in a moment; ``why`` there is none, in a few words.
    ``errors`` say how far off budgets of time are, by the budget.
    """

    packet: str | None
    source: str
    about: str = ""
    pending: bool = False
    why: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


def live(
    view: str,
    packet: str,
    state: ExplorerState,
    revision: int,
    lesson: Lesson,
    peak: Peak | None = None,
    words: Mapping[str, str] = wording.FIGURES,
    extra: Mapping[str, Any] | None = None,
    times: Times | None = None,
    history: Mapping[str, Any] | None = None,
) -> None:
    """Draw the component with one of its views; what its controls say is in the session under `key_of(view)`.

    The arguments are those of `wire`.
    """
    data = wire(view, packet, state, revision, lesson, peak, words, extra, times, history)
    mount = st.components.v2.component(
        "ranp_live", html='<div class="ranp-root"></div>', js=_LOADER, isolate_styles=False
    )
    mount(key=key_of(view), data={"base": base(), **data}, on_settings_change=_take_note, on_travel_change=_take_note)


def wire(
    view: str,
    packet: str,
    state: ExplorerState,
    revision: int,
    lesson: Lesson,
    peak: Peak | None = None,
    words: Mapping[str, str] = wording.FIGURES,
    extra: Mapping[str, Any] | None = None,
    times: Times | None = None,
    history: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What the component is told, ready for JSON, but for the address of its server.

    `words` are texts that the view shows, by name, and `extra` is whatever else this view alone needs. `history` is
    what `session.travels` says: the steps between which the visitor can go back and forth.
    """
    return {
        "subject": f"{state.architecture}-{state.preset}",
        "packet": packet,
        "view": view,
        "revision": revision,
        "settings": to_settings(state),
        "controls": controls(lesson),
        "words": dict(words),
        "peak": None if peak is None else vars(peak),
        "times": None if times is None else vars(times),
        "history": None if history is None else dict(history),
        "extra": dict(extra or {}),
    }


def key_of(view: str) -> str:
    return f"live-{view}"


def reported(view: str, revision: int) -> Mapping[str, Any] | None:
    """What the controls of the view said last, unless the server has set the state since."""
    settings = (st.session_state.get(key_of(view)) or {}).get("settings")
    current = isinstance(settings, Mapping) and settings.get("revision") == revision
    return settings if current else None


def asked_step(view: str) -> tuple[float, int] | None:
    """The step of the history to which the visitor wants, by its number, and a token that each wish has of its own."""
    wish = (st.session_state.get(key_of(view)) or {}).get("travel")
    if not isinstance(wish, Mapping):
        return None
    token, number = wish.get("token"), wish.get("to")
    if isinstance(token, (int, float)) and math.isfinite(token) and isinstance(number, int):
        return float(token), number
    return None


def controls(lesson: Lesson) -> dict[str, dict[str, Any]]:
    """What the browser has to know of each live setting to draw its control, by the setting's name."""
    return {
        name: {
            "label": setting.caption or setting.label,
            "about": setting.about,
            "offered": getattr(setting.form, "offered", None),
            "titles": list(setting.form.titles.items()) if isinstance(setting.form, OneOf) else [],
            "hidden": SPELT[name] in lesson.hide,
            "fixed": SPELT[name] in lesson.fix,
        }
        for name, setting in SETTINGS.items()
        if setting.live
    }


def to_settings(state: ExplorerState) -> dict[str, Any]:
    """The live fields, as JSON holds them."""
    return {
        **{name: SETTINGS[name].form.to_json(getattr(state, name)) for name in LIVE if name in SETTINGS},
        "layer": state.layer or None,
        "neuron": state.neuron if state.neuron >= 0 else None,
        "xray": state.xray,
    }


def from_settings(state: ExplorerState, settings: Mapping[str, Any], choices: Choices) -> ExplorerState:
    """The state with what the browser says; a value that makes no sense is left as it was.

    What comes from a browser is a stranger's, so it is read as texts, by the same rules as a link.
    """
    texts = {
        **{name: SETTINGS[name].form.texts_of_json(settings.get(name)) for name in LIVE if name in SETTINGS},
        "layer": [str(settings.get("layer") or "")],
        "neuron": [str(-1 if settings.get("neuron") is None else settings["neuron"])],
        "xray": [str(settings.get("xray", state.xray))],
    }
    return settle(replace(state, **read_fields(texts, state, choices, LIVE)[0]))


def _take_note() -> None:
    """A report runs the page; there is nothing else to do."""
