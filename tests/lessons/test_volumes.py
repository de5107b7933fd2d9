"""Slices of volumes: the image shows through the background, labels have their colours, and what is wrong is marked."""

import re
from dataclasses import replace

import numpy as np
import pytest

from explorer.charts import LIGHT
from explorer.lessons import slice_of
from explorer.lessons.volumes import COLOURS
from explorer.live import ASSETS
from ranp.checks import UNKNOWN, Answers, Example, Examples

IMAGE = np.array([[[0, 100], [200, 40]], [[10, 20], [30, 40]]], np.uint8)
TRUTH = np.array([[[0, 1], [2, UNKNOWN]], [[0, 0], [0, 0]]], np.uint8)
SAID = np.array([[[0, 2], [2, 1]], [[0, 0], [0, 1]]], np.uint8)
SHOWN = Examples("brain", "labels", "slice", (Example(IMAGE, TRUTH),), ("background", "core", "ring"))
ANSWERS = Answers(0, "full", 0, (SAID,), (0.25,))


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def pixels(figure: object, panel: int) -> list[list[tuple[int, ...]]]:
    return [[tuple(pixel) for pixel in row] for row in figure.data[panel].z]  # type: ignore[attr-defined]


def test_input_truth_answer_and_error_stand_side_by_side() -> None:
    figure = slice_of(SHOWN, 0, 0, ANSWERS)
    assert [each.text for each in figure.layout.annotations] == [
        "what the network sees", "what is true", "what full says", "wrong: 25.0 % of all voxels",
    ]  # fmt: skip
    assert pixels(figure, 0) == [[(0,) * 3, (100,) * 3], [(200,) * 3, (40,) * 3]]
    core, ring, wrong = rgb(COLOURS[0]), rgb(COLOURS[1]), rgb(LIGHT.warning)
    assert pixels(figure, 1) == [[(0,) * 3, core], [ring, (22,) * 3]]
    assert pixels(figure, 2) == [[(0,) * 3, ring], [ring, core]]
    assert pixels(figure, 3) == [[(0,) * 3, wrong], [(110,) * 3, (22,) * 3]], "what is not known is not wrong"
    assert [trace.name for trace in figure.data[4:]] == ["core", "ring", "wrong"]


def test_another_slice_and_no_answers() -> None:
    figure = slice_of(SHOWN, 0, 1)
    assert len(figure.layout.annotations) == 2
    assert pixels(figure, 0)[0] == [(10,) * 3, (20,) * 3]


def test_where_labels_have_no_names_the_first_one_is_a_part() -> None:
    figure = slice_of(replace(SHOWN, task="voxel-parts", names=()), 0, 0)
    assert pixels(figure, 1)[0][0] == rgb(COLOURS[0])
    assert [trace.name for trace in figure.data if trace.name] == ["part 0", "part 1", "part 2"]


def test_what_is_only_said_has_its_name_and_a_colour_of_its_own() -> None:
    said = Answers(0, "full", 0, (np.where(SAID == 1, 3, SAID).astype(np.uint8),), (0.25,))
    figure = slice_of(replace(SHOWN, names=(*SHOWN.names, "edge")), 0, 1, said)
    assert [trace.name for trace in figure.data if trace.name] == ["core", "ring", "edge", "wrong"]
    assert pixels(figure, 2)[1][1] == rgb(COLOURS[2])


def test_colours_are_those_of_the_page() -> None:
    source = (ASSETS / "pictures" / "pictures.js").read_text(encoding="utf-8")
    listed = source.partition("const LABELS = [")[2].partition("]")[0]
    assert re.findall(r'"(#\w{6})"', listed) == list(COLOURS)


@pytest.mark.parametrize(
    ("shown", "example", "place", "said"),
    [
        (replace(SHOWN, form="class"), 0, 0, "a label for each voxel"),
        (SHOWN, 1, 0, "no example 1"),
        (SHOWN, 0, 2, "no slice 2"),
        (SHOWN, 0, -1, "no slice -1"),
    ],
)
def test_what_cannot_be_drawn_is_said(shown: Examples, example: int, place: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        slice_of(shown, example, place)
