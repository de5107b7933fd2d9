"""Test examples with what networks make of them, as the page and a report draw them: `assets/pictures/pictures.js`.

Plain values here, so that what is drawn and said can be tested from arrays alone.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from explorer.training import wording_pictures as wording
from ranp.checks import OFF_PIXELS, UNKNOWN, Answers, Examples, Pictures

UNCOLOURED = ("tissue", "brain", "")
"""Tasks whose label 0 is the background, through which the image shows. "" are one's own, where it is so as a rule."""


def drawing(pictures: Pictures) -> dict[str, Any]:
    """What the drawing is handed, JSON-ready."""
    shown, used = pictures.examples, _used(pictures)
    background = {0} if shown.task in UNCOLOURED else set()
    return {
        "form": shown.form,
        "unknown": UNKNOWN,
        "scale": shown.scale,
        "off": OFF_PIXELS,
        "labels": {number: _name(shown, number) for number in used},
        "shown": _coloured(pictures, used - background) if shown.form == "labels" else [],
        "examples": [_example(pictures, number) for number in range(len(shown.examples))],
        "networks": [_network(shown, each) for each in pictures.answers],
        "words": {**wording.DRAWING, **_words(pictures, used)},
    }


def drawing_in_words(pictures: Pictures) -> str:
    """The same for a reader who does not see it."""
    shown = pictures.examples
    told = [
        f"example {number + 1}: "
        + "; ".join(f"{each.label} {wording.error(shown.form, each.errors[number])}" for each in pictures.answers)
        for number in range(len(shown.examples))
    ]
    return f"{wording.about(shown)} " + (". ".join(told) + "." if pictures.answers else wording.UNANSWERED)


def _example(pictures: Pictures, number: int) -> dict[str, Any]:
    example = pictures.examples.examples[number]
    return {
        "size": list(example.image.shape),
        "image": _text(example.image),
        "truth": _text(example.truth),
        "answers": [_text(each.answers[number]) for each in pictures.answers],
    }


def _network(shown: Examples, found: Answers) -> Mapping[str, Any]:
    return {
        "says": wording.says(found.label),
        "wrong": wording.wrong(found.label),
        "errors": [wording.error(shown.form, each) for each in found.errors],
    }


def _words(pictures: Pictures, used: set[int]) -> dict[str, Any]:
    shown = pictures.examples
    values = np.concatenate([each.truth.ravel() for each in shown.examples])
    background = _name(shown, 0) if shown.task in UNCOLOURED and 0 in used else ""
    return {
        "axis": wording.AXES.get(shown.axis, ""),
        "input": wording.INPUTS.get(shown.task, wording.image(shown.channels)),
        "scale": wording.scale((UNKNOWN - 1) * shown.scale),
        "dark": "" if shown.form != "labels" else wording.dark(background, bool((values == UNKNOWN).any())),
        "legendWrong": wording.WRONG[shown.form],
        "examples": [wording.about(shown)] * len(shown.examples),
    }


def _used(pictures: Pictures) -> set[int]:
    """The labels and classes that are true of an example or that a network says, where that can be held against it."""
    if pictures.examples.form == "disparity":
        return set()
    found: set[int] = set()
    for number, example in enumerate(pictures.examples.examples):
        known = example.truth != UNKNOWN
        said: Iterable[Any] = (example.truth, *(each.answers[number] for each in pictures.answers))
        found.update(*(np.unique(each[known]).tolist() for each in said))
    return found


def _coloured(pictures: Pictures, used: set[int]) -> list[int]:
    """Labels in the order in which they get colours: what is true of an example before what is only said."""
    true = set(np.unique(np.concatenate([each.truth.ravel() for each in pictures.examples.examples])).tolist())
    return sorted(used, key=lambda label: (label not in true, label))


def _name(shown: Examples, number: int) -> str:
    return shown.names[number] if number < len(shown.names) else wording.label(number, shown.task)


def _text(values: Any) -> str:
    return b64encode(np.ascontiguousarray(values, np.uint8).tobytes()).decode()
