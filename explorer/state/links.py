"""The state as a link carries it: URL query parameters, each a list of texts.

A value that is missing takes its default; a value that makes no sense takes it too, and leaves a sentence to show.
`to_query` writes only what differs from the defaults, so that links stay short.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from explorer.state import (
    COUPLINGS,
    MAX_LAMBDA,
    MAX_MIN_NEURONS,
    MAX_SEED,
    MAX_SPARSITY,
    MIN_BUDGET,
    REDUCTIONS,
    STEPS,
    TARGETS,
    Choices,
    ExplorerState,
    Lesson,
    Scene,
    default_state,
    quote,
    scene_state,
    settle,
)

Texts = Mapping[str, Sequence[str]]
Reader = tuple[Callable[[Sequence[str]], Any], str]
"""From texts to a value (``ValueError`` where they make no sense), and what it expects, in words."""

_SPELLING = {"lam": "lambda", "protect": "protect", "caps": "cap"}
NOWHERE = Scene({})
MAX_NAMES = 500
MAX_NEURON = 10_000_000

CONTROLS = (
    "architecture", "preset", "method", "target", "sparsity", "budget", "alpha", "lambda", "coupling", "min_neurons",
    "protect", "cap", "criterion", "reduce", "seed",
)  # fmt: skip
"""What a lesson link may hide or fix, as links spell it."""


def from_query(query: Texts, choices: Choices, scene: Scene = NOWHERE) -> tuple[ExplorerState, list[str]]:
    """The state that a link asks for, and one sentence for each value that had to fall back.

    What the link leaves out is as the scene has it.
    """
    places, notices = read_fields(query, scene_state(choices, scene), choices, ("architecture",))
    start = scene_state(choices, scene, places["architecture"])
    sizes, more = read_fields(query, start, choices, ("preset",))
    start = _sized(start, choices, scene, sizes["preset"])
    rest = [field.name for field in fields(start) if field.name not in ("architecture", "preset")]
    values, others = read_fields(query, start, choices, rest, _SPELLING)
    return settle(replace(start, **values)), [*notices, *more, *others]


def to_query(state: ExplorerState, choices: Choices, scene: Scene = NOWHERE) -> dict[str, list[str]]:
    """The shortest query that `from_query` turns back into this state, on the same scene."""
    home, there = scene_state(choices, scene), scene_state(choices, scene, state.architecture)
    start = settle(replace(_sized(there, choices, scene, state.preset), method=state.method))
    start = replace(start, architecture=home.architecture, preset=there.preset, method=home.method)
    query: dict[str, list[str]] = {}
    for field in fields(state):
        value = getattr(state, field.name)
        if value != getattr(start, field.name):
            query[_SPELLING.get(field.name, field.name)] = _texts(value)
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
    read, expected = _whole_number(1, tours[names[-1]])
    try:
        return (names[-1], read(given)), []
    except ValueError:
        return (names[-1], 1), [f"The link asks for step {quote(given[-1])}; expected {expected}. Showing the first."]


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
) -> tuple[dict[str, Any], list[str]]:
    """The named fields as the texts have them, those of `start` where they have none, and what made no sense."""
    readers, notices = _readers(start, choices), []
    values: dict[str, Any] = {}
    for name in names:
        spelt = (spelling or {}).get(name, name)
        values[name] = getattr(start, name)
        if given := texts.get(spelt):
            read, expected = readers[name]
            try:
                values[name] = read(given)
            except ValueError:
                shown = ", ".join(_texts(values[name])) or "none"
                asked = quote(", ".join(given) if name in ("protect", "caps") else given[-1])
                notices.append(f"The link asks for {spelt} {asked}; expected {expected}. Showing {shown} instead.")
    return values, notices


def _readers(start: ExplorerState, choices: Choices) -> dict[str, Reader]:
    return {
        "architecture": _one_of(choices.architectures),
        "preset": _one_of(choices.architectures[start.architecture].presets),
        "method": _one_of(choices.methods),
        "target": _one_of(TARGETS),
        "sparsity": _number(0, MAX_SPARSITY),
        "budget": _number(MIN_BUDGET, 1),
        "alpha": _number(0, 1),
        "lam": _number(0, MAX_LAMBDA),
        "coupling": _one_of(COUPLINGS),
        "min_neurons": _whole_number(0, MAX_MIN_NEURONS),
        "protect": (_names, f"at most {MAX_NAMES} layers"),
        "caps": (_caps, "a layer and a share from 0 to 1, like encoder1.conv1=0.5"),
        "layer": (lambda given: given[-1], "a layer"),
        "neuron": _whole_number(-1, MAX_NEURON),
        "xray": _whole_number(1, STEPS),
        "criterion": _one_of(choices.criteria),
        "reduce": _one_of(REDUCTIONS),
        "seed": _whole_number(0, MAX_SEED),
    }


def _texts(value: Any) -> list[str]:
    if isinstance(value, tuple):
        return [entry if isinstance(entry, str) else f"{entry[0]}={entry[1]:.6g}" for entry in value]
    return [f"{value:.6g}" if isinstance(value, float) else str(value)]


def _one_of(names: Collection[str]) -> Reader:
    def read(given: Sequence[str]) -> str:
        if given[-1] not in names:
            raise ValueError(given[-1])
        return given[-1]

    return read, "one of " + ", ".join(names)


def _number(low: float, high: float) -> Reader:
    def read(given: Sequence[str]) -> float:
        value = float(given[-1])
        if not low <= value <= high:  # nan is neither
            raise ValueError(given[-1])
        return value

    return read, f"a number from {low:g} to {high:g}"


def _whole_number(low: int, high: int) -> Reader:
    def read(given: Sequence[str]) -> int:
        value = int(given[-1])
        if not low <= value <= high:
            raise ValueError(given[-1])
        return value

    return read, f"a whole number from {low} to {high}"


def _names(given: Sequence[str]) -> tuple[str, ...]:
    if len(given) > MAX_NAMES:
        raise ValueError(len(given))
    return tuple(dict.fromkeys(given))


def _caps(given: Sequence[str]) -> tuple[tuple[str, float], ...]:
    found = {}
    for text in _names(given):
        layer, _, share = text.rpartition("=")
        found[layer] = float(share)
        if not layer or not (math.isfinite(found[layer]) and 0 <= found[layer] <= 1):
            raise ValueError(text)
    return tuple(found.items())
