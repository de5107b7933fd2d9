"""The live component on a page, and the wire between its controls and the state.

Controls that move live (`LIVE`) belong to the browser: it evaluates them by itself and reports where they stand once
they rest. What the server sets (from a link, a button, a tour) reaches the browser under a new `revision`; a report of
an older revision is outdated and is ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from explorer import wording
from explorer.component.serve import base
from explorer.links import read_fields
from explorer.state import MAX_LAMBDA, MAX_MIN_NEURONS, MAX_SPARSITY, MIN_BUDGET, Choices, ExplorerState, Lesson, settle

LIVE = (
    "method", "target", "sparsity", "budget", "alpha", "lam", "coupling", "min_neurons", "protect", "caps", "layer",
    "neuron", "xray",
)  # fmt: skip
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
    """The estimated peak memory of training, for the report that carried this stamp. Bytes."""

    stamp: int
    before: int | None
    after: int | None
    pending: bool


def live(
    view: str,
    packet: str,
    state: ExplorerState,
    revision: int,
    lesson: Lesson,
    peak: Peak | None = None,
    words: Mapping[str, str] = wording.CONTROLS,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Draw the component with one of its views; what its controls say is in the session under `key_of(view)`.

    `words` are texts that the view shows, by name, and `extra` is whatever else this view alone needs.
    """
    data = {
        "base": base(),
        "packet": packet,
        "view": view,
        "revision": revision,
        "settings": to_settings(state),
        "limits": {
            "maxSparsity": MAX_SPARSITY,
            "maxLambda": MAX_LAMBDA,
            "maxMinNeurons": MAX_MIN_NEURONS,
            "minBudget": MIN_BUDGET,
        },
        "lock": {"hidden": list(lesson.hide), "fixed": list(lesson.fix)},
        "words": dict(words),
        "peak": None if peak is None else vars(peak),
        "extra": dict(extra or {}),
    }
    mount = st.components.v2.component(
        "ranp_live", html='<div class="ranp-root"></div>', js=_LOADER, isolate_styles=False
    )
    mount(key=key_of(view), data=data, on_settings_change=_take_note)


def key_of(view: str) -> str:
    return f"live-{view}"


def reported(view: str, revision: int) -> Mapping[str, Any] | None:
    """What the controls of the view said last, unless the server has set the state since."""
    settings = (st.session_state.get(key_of(view)) or {}).get("settings")
    current = isinstance(settings, Mapping) and settings.get("revision") == revision
    return settings if current else None


def to_settings(state: ExplorerState) -> dict[str, Any]:
    """The live fields as the browser names them."""
    return {
        **{name: getattr(state, name) for name in LIVE},
        "minNeurons": state.min_neurons,
        "protect": list(state.protect),
        "caps": dict(state.caps),
        "layer": state.layer or None,
        "neuron": state.neuron if state.neuron >= 0 else None,
    }


def from_settings(state: ExplorerState, settings: Mapping[str, Any], choices: Choices) -> ExplorerState:
    """The state with what the browser says; a value that makes no sense is left as it was.

    What comes from a browser is a stranger's, so it is read as texts, by the same rules as a link.
    """
    caps = settings.get("caps")
    texts = {
        **{name: [str(settings[name])] for name in LIVE if settings.get(name) is not None},
        "min_neurons": [str(settings.get("minNeurons", state.min_neurons))],
        "protect": [str(name) for name in _listed(settings.get("protect"))],
        "caps": [f"{name}={share}" for name, share in caps.items()] if isinstance(caps, Mapping) else [],
        "layer": [str(settings.get("layer") or "")],
        "neuron": [str(-1 if settings.get("neuron") is None else settings["neuron"])],
    }
    return settle(replace(state, **read_fields(texts, state, choices, LIVE)[0]))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _take_note() -> None:
    """A report runs the page; there is nothing else to do."""
