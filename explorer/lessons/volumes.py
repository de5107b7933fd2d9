"""Slices of test examples: what a network sees, what is true, what it says, and where that is wrong."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from explorer.charts import LIGHT, Figure
from explorer.units import percent
from ranp.checks import UNKNOWN, Answers, Examples
from ranp.data import TASKS

COLOURS = ("#56B4E9", "#F0E442", "#CC79A7", "#009E73", "#0072B2", "#E69F00", "#882255", "#44AA99", "#999933", "#332288")
"""Of labels, as the page Train check has them."""
DIMMED = 0.55
"""How bright the image is below what is drawn over it."""

Bytes = NDArray[np.uint8]


def slice_of(shown: Examples, example: int, place: int, answers: Answers | None = None) -> Figure:
    """The slice ``place`` of an example: the input, the truth, what ``answers`` say and where that is wrong.

    Label 0 of a task whose labels have names is its background, through which the image shows. Raises ``ValueError``
    where there is no label for each voxel, no such example or no such slice.
    """
    if shown.form != "labels":
        raise ValueError(
            f"expected examples with a label for each voxel, but these have a {shown.form}; draw another task"
        )
    if not 0 <= example < len(shown.examples):
        raise ValueError(f"there are {len(shown.examples)} examples, from 0 on, and no example {example}")
    volume = shown.examples[example]
    if not 0 <= place < len(volume.image):
        raise ValueError(f"the example has {len(volume.image)} slices, from 0 on, and no slice {place}")
    image, truth = volume.image[place], volume.truth[place]
    panels = {"what the network sees": _grey(image, 1.0), "what is true": _labelled(image, truth, shown)}
    if answers is not None:
        said = answers.answers[example][place]
        wrong = (said != truth) & (truth != UNKNOWN)
        panels[f"what {answers.label} says"] = _labelled(image, said, shown)
        panels[f"wrong: {percent(answers.errors[example])} of all slices"] = _marked(image, wrong)
    figure = make_subplots(rows=1, cols=len(panels), subplot_titles=list(panels), horizontal_spacing=0.02)
    for column, pixels in enumerate(panels.values(), start=1):
        figure.add_trace(go.Image(z=pixels.tolist(), hoverinfo="skip"), row=1, col=column)
    figure.update_xaxes(showticklabels=False, ticks="")
    figure.update_yaxes(showticklabels=False, ticks="")
    _legend(figure, shown, answers is not None)
    return figure.update_layout(
        height=320, margin={"t": 40, "b": 40, "l": 10, "r": 10}, plot_bgcolor="white", dragmode=False,
        legend={"orientation": "h", "y": -0.05}, font={"color": LIGHT.text},
    )  # fmt: skip


def _legend(figure: go.Figure, shown: Examples, wrong: bool) -> None:
    """An entry for each label that has a colour; all examples have the same."""
    labels = sorted(_used(shown))
    looks = {_name(shown, label): _colour(label) for label in labels}
    for name, colour in {**looks, **({"wrong": LIGHT.warning} if wrong else {})}.items():
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=name, marker={"color": colour, "size": 11, "symbol": "square"}
        )


def _used(shown: Examples) -> set[int]:
    """The labels that are true of any example and that are drawn."""
    found = {int(label) for each in shown.examples for label in np.unique(each.truth)}
    return found - {UNKNOWN} - _background(shown)


def _background(shown: Examples) -> set[int]:
    return {0} if shown.names or shown.task not in TASKS else set()


def _name(shown: Examples, label: int) -> str:
    return shown.names[label] if label < len(shown.names) else f"label {label}"


def _colour(label: int) -> str:
    return COLOURS[(label - 1) % len(COLOURS)]


def _grey(image: Bytes, brightness: float) -> Bytes:
    return np.repeat((image * brightness).astype(np.uint8)[..., None], 3, axis=-1)


def _labelled(image: Bytes, labels: Bytes, shown: Examples) -> Bytes:
    pixels = _grey(image, DIMMED)
    for label in {int(each) for each in np.unique(labels)} - {UNKNOWN} - _background(shown):
        pixels[labels == label] = _rgb(_colour(label))
    return pixels


def _marked(image: Bytes, wrong: NDArray[np.bool_]) -> Bytes:
    pixels = _grey(image, DIMMED)
    pixels[wrong] = _rgb(LIGHT.warning)
    return pixels


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))
