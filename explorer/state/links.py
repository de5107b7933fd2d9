"""The state as a link carries it: URL query parameters, each a list of texts.

A value that is missing takes its default; a value that makes no sense takes it too, and leaves a sentence to show.
`to_query` writes only what differs from the defaults, so that links stay short. An address without a query is where a
visit starts. That may move to another size of the first network, while a link that names no size goes on to mean the
one that it was written for (`ArchitectureChoice.unnamed`): such a start is therefore written out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from explorer.state.state import (
    EXAMPLES,
    STEPS,
    Choices,
    ExplorerState,
    Lesson,
    Scene,
    default_state,
    quote,
    scene_state,
    settle,
)
from ranp.selection import SETTINGS, Form, LayerNumbers, Layers, OneOf, Whole, spelling

Texts = Mapping[str, Sequence[str]]

NOWHERE = Scene({})
LINK = "link"
"""What sentences call the place where a query stands, unless it is another."""
MAX_NEURON = 10_000_000
BESIDE = ("examples", "layer", "neuron", "xray")
"""Fields that are no settings of pruning."""

LINKED = tuple(name for name, setting in SETTINGS.items() if setting.link)
SPELT: dict[str, str] = {name: spelling(name) for name in LINKED}
"""The settings that a link carries, each as links spell it."""

CONTROLS: dict[str, str] = {
    "architecture": "Network",
    "preset": "Size",
    **{SPELT[name]: SETTINGS[name].label for name in LINKED if SETTINGS[name].lesson},
}
"""What a lesson link may hide or fix, as links spell it, each with its label."""


def from_query(
    query: Texts, choices: Choices, scene: Scene = NOWHERE, source: str = LINK
) -> tuple[ExplorerState, list[str]]:
    """The state that a link asks for, and one sentence for each value that had to fall back.

    What the link leaves out is as the scene has it. ``source`` is what sentences call it, where it is no link.
    """
    if not query and scene == NOWHERE:
        return default_state(choices), []
    places, notices = read_fields(query, scene_state(choices, scene), choices, ("architecture",), source=source)
    start = scene_state(choices, scene, places["architecture"])
    sizes, more = read_fields(query, start, choices, ("preset",), source=source)
    start = _sized(start, choices, scene, sizes["preset"])
    values, others = read_fields(query, start, choices, (*LINKED, *BESIDE), SPELT, source)
    return settle(replace(start, **values)), [*notices, *more, *others]


def to_query(state: ExplorerState, choices: Choices, scene: Scene = NOWHERE) -> dict[str, list[str]]:
    """The shortest query that `from_query` turns back into this state, on the same scene."""
    home, there = scene_state(choices, scene), scene_state(choices, scene, state.architecture)
    start = settle(replace(_sized(there, choices, scene, state.preset), method=state.method))
    start = replace(start, architecture=home.architecture, preset=there.preset, method=home.method)
    query: dict[str, list[str]] = {}
    for name, form in _forms(state, choices).items():
        if getattr(state, name) != getattr(start, name):
            query[SPELT.get(name, name)] = form.write(getattr(state, name))
    if choices.moved and not query and scene == NOWHERE:
        return {"preset": [state.preset]}
    return query


def _sized(state: ExplorerState, choices: Choices, scene: Scene, preset: str) -> ExplorerState:
    """The start of the scene at another size, with that size's sparsity and lambda unless the scene has its own."""
    return replace(default_state(choices, state.architecture, preset), **scene.settings)


def scene_query(scene: Scene) -> dict[str, list[str]]:
    """The part of a link that names the scene."""
    return {name: [text] for name, text in scene.query.items()}


def read_step(query: Texts, tours: Mapping[str, int]) -> tuple[tuple[str, int] | None, list[str]]:
    """The tour and the step (from 1) that a link names, by tours and how many steps each has; and what it gets wrong.

    A link without a tour names none; a step that there is not falls back to the first.
    """
    if not (names := query.get("tour")):
        return None, []
    if names[-1] not in tours:
        return None, [f"There is no tour {quote(names[-1])}; here are those there are."]
    given = query.get("step") or ["1"]
    steps = Whole((1, tours[names[-1]]))
    try:
        return (names[-1], steps.read(given)), []
    except ValueError:
        asked = quote(given[-1])
        return (names[-1], 1), [f"The link asks for step {asked}; expected {steps.expected}. Showing the first."]


def read_lesson(query: Texts) -> tuple[Lesson, list[str]]:
    """Which controls a lesson link hides and fixes, and a sentence for each that there is not."""
    notices: list[str] = []

    def known(name: str) -> tuple[str, ...]:
        asked = dict.fromkeys(query.get(name, ()))
        notices.extend(
            f"The link would {name} the control {quote(text)}; expected one of {', '.join(CONTROLS)}."
            for text in asked
            if text not in CONTROLS
        )
        return tuple(text for text in asked if text in CONTROLS)

    return Lesson(hide=known("hide"), fix=known("fix")), notices


def lesson_query(lesson: Lesson) -> dict[str, list[str]]:
    """The part of a link that makes it a lesson."""
    return {name: list(value) for name, value in (("hide", lesson.hide), ("fix", lesson.fix)) if value}


def read_fields(
    texts: Texts,
    start: ExplorerState,
    choices: Choices,
    names: Collection[str],
    spelling: Mapping[str, str] | None = None,
    source: str = LINK,
) -> tuple[dict[str, Any], list[str]]:
    """The named fields as the texts have them, those of `start` where they have none, and what made no sense."""
    forms, notices = _forms(start, choices), []
    values: dict[str, Any] = {}
    for name in names:
        spelt = (spelling or {}).get(name, name)
        values[name] = getattr(start, name)
        if given := texts.get(spelt):
            form = forms[name]
            try:
                values[name] = form.read(given)
            except ValueError:
                shown = ", ".join(form.write(values[name])) or "none"
                asked = quote(", ".join(given) if isinstance(form, (Layers, LayerNumbers)) else given[-1])
                wanted = f"The {source} asks for {spelt} {asked}"
                notices.append(f"{wanted}; expected {form.expected}. Showing {shown} instead.")
    return values, notices


class _LayerName(Form):
    """Any text: what layers there are is known once the network is traced."""

    expected = "a layer"

    def read(self, texts: Sequence[str]) -> str:
        return texts[-1]

    def check(self, name: str, value: Any) -> None:
        pass


def _forms(start: ExplorerState, choices: Choices) -> dict[str, Form]:
    """What each field of the state may be, on this server and for the state's architecture."""
    sizes = choices.architectures[start.architecture].presets
    return {
        "architecture": OneOf({name: one.title for name, one in choices.architectures.items()}),
        "preset": OneOf({name: one.title for name, one in sizes.items()}),
        **{name: SETTINGS[name].form for name in LINKED},
        "method": OneOf(choices.methods),
        "criterion": OneOf(choices.criteria),
        "examples": OneOf(EXAMPLES),
        "layer": _LayerName(),
        "neuron": Whole((-1, MAX_NEURON)),
        "xray": Whole((1, STEPS)),
    }
