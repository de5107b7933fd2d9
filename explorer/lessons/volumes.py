"""Slices of test examples: what a network sees, what is true, what it says, and where that is wrong."""

from collections.abc import Iterable, Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from explorer.charts import LIGHT, Figure
from explorer.training import drawing
from explorer.units import percent
from ranp.checks import UNKNOWN, Answers, Examples, Pictures

COLOURS = ("#56b4e9", "#f0e442", "#cc79a7", "#009e73", "#0072b2", "#e69f00", "#ffffff", "#882255", "#44aa99", "#999933",
           "#332288", "#ddcc77")  # fmt: skip
"""Of labels in the order in which they get one, as the page Train check has them."""
DIMMED = 0.55
"""How bright the image is below what is drawn over it."""

Bytes = NDArray[np.uint8]


def slice_of(shown: Examples, example: int, place: int, answers: Answers | None = None) -> Figure:
    """The slice ``place`` of an example: the input, the truth, what ``answers`` say and where that is wrong.

    Labels have the names and colours of the page Train check; through a background the image shows. Raises
    ``ValueError`` where there is no label for each voxel, no such example or no such slice.
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
    looks = _looks(Pictures(shown, () if answers is None else (answers,)))
    colours = {label: colour for label, (_, colour) in looks.items()}
    panels = {"what the network sees": _grey(image, 1.0), "what is true": _labelled(image, truth, colours)}
    if answers is not None:
        said = answers.answers[example][place]
        wrong = (said != truth) & (truth != UNKNOWN)
        panels[f"what {answers.label} says"] = _labelled(image, said, colours)
        panels[f"wrong: {percent(answers.errors[example])} of all voxels"] = _marked(image, wrong)
    figure = make_subplots(rows=1, cols=len(panels), subplot_titles=list(panels), horizontal_spacing=0.02)
    for column, pixels in enumerate(panels.values(), start=1):
        figure.add_trace(go.Image(z=pixels.tolist(), hoverinfo="skip"), row=1, col=column)
    figure.update_xaxes(showticklabels=False, ticks="")
    figure.update_yaxes(showticklabels=False, ticks="")
    _legend(figure, looks.values(), answers is not None)
    return figure.update_layout(
        height=320, margin={"t": 40, "b": 40, "l": 10, "r": 10}, plot_bgcolor="white", dragmode=False,
        legend={"orientation": "h", "y": -0.05}, font={"color": LIGHT.text},
    )  # fmt: skip


def _looks(pictures: Pictures) -> dict[int, tuple[str, str]]:
    """The name and the colour of each label that has one: what is true of an example, or said by a network."""
    found = drawing(pictures)
    return {
        label: (found["labels"][label], COLOURS[place % len(COLOURS)]) for place, label in enumerate(found["shown"])
    }


def _legend(figure: go.Figure, looks: Iterable[tuple[str, str]], wrong: bool) -> None:
    """An entry for each label that has a colour; all examples have the same."""
    for name, colour in [*looks, *[("wrong", LIGHT.warning)] * wrong]:
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=name,
            marker={"color": colour, "size": 11, "symbol": "square", "line": {"color": LIGHT.text, "width": 0.5}},
        )  # fmt: skip


def _grey(image: Bytes, brightness: float) -> Bytes:
    return np.repeat((image * brightness).astype(np.uint8)[..., None], 3, axis=-1)


def _labelled(image: Bytes, labels: Bytes, colours: Mapping[int, str]) -> Bytes:
    pixels = _grey(image, DIMMED)
    for label, colour in colours.items():
        pixels[labels == label] = _rgb(colour)
    return pixels


def _marked(image: Bytes, wrong: NDArray[np.bool_]) -> Bytes:
    pixels = _grey(image, DIMMED)
    pixels[wrong] = _rgb(LIGHT.warning)
    return pixels


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))
