"""What is stored in notebooks: light pictures and texts, of the code that stands beside them."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from explorer.lessons import live, predict_share, slider
from tests.lessons.capturing import shown
from tests.lessons.rendering import LARGEST, SCALE, WIDE, light
from tests.lessons.stored import (
    DRAWN,
    MEASURED,
    PNG,
    STORED_FROM,
    TIMED,
    code_of,
    differences,
    in_words,
    lightened,
    source_of,
    storable,
    store,
)
from tests.run_notebooks import outdated

FOLDER = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(FOLDER.glob("*.ipynb"))
MOST_BYTES = 3_000_000
"""Of all notebooks together."""
DRAWS = ("live(", "go.FigureWidget(", "thinning_of(", "explore(")
"""A cell with one of these, outside a function, shows a figure."""


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def outputs(path: Path) -> list[dict[str, Any]]:
    return [output for cell in read(path)["cells"] for output in cell.get("outputs", ())]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_outputs_are_of_the_code_beside_them(path: Path) -> None:
    document = read(path)
    assert document["metadata"][STORED_FROM] == code_of(document), "run: make figures ARGS=" + path.name


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_figure_has_its_picture(path: Path) -> None:
    for cell in read(path)["cells"]:
        lines = source_of(cell).splitlines() if cell["cell_type"] == "code" else []
        calls = [line for line in lines if line.startswith(DRAWS)]
        pictures = [output for output in cell.get("outputs", ()) if PNG in output.get("data", {})]
        assert len(pictures) == len(calls), cell["id"]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_pictures_are_light_and_as_wide_as_a_page(path: Path) -> None:
    for output in outputs(path):
        if PNG in output.get("data", {}):
            picture = base64.b64decode(output["data"][PNG])
            width, height = Image.open(io.BytesIO(picture)).size
            assert len(picture) <= LARGEST
            assert width == SCALE * WIDE
            assert height == pytest.approx(SCALE * output["metadata"][PNG]["height"], abs=1)
            assert output["metadata"][DRAWN]
            assert output["metadata"][PNG]["alt"] == in_words(output["metadata"][DRAWN])


def test_nothing_else_is_stored_and_all_of_it_is_small() -> None:
    assert sum(path.stat().st_size for path in LESSONS) < MOST_BYTES
    for path in LESSONS:
        assert {output["output_type"] for output in outputs(path)} <= {"display_data", "stream"}
        assert all(output.get("name", "stdout") == "stdout" for output in outputs(path))
        assert "widgets" not in read(path)["metadata"]


def output_of(widget: Any) -> Any:
    return nbformat.v4.new_output("display_data", data=shown(widget))


def bars(*heights: float) -> go.Figure:
    return go.Figure(go.Bar(x=["a", "b"], y=np.array(heights)))


def test_a_live_figure_is_stored_as_a_picture_with_what_its_controls_say() -> None:
    box = live(
        lambda sparsity: bars(sparsity, 1.0),
        link=lambda sparsity: "http://127.0.0.1/",
        say=lambda sparsity: f"{1 - sparsity:.0%} are left",
        sparsity=slider(0, 1, 0.25),
    )
    calls = []

    def render(figure: dict[str, Any]) -> tuple[bytes, int, int]:
        calls.append(figure["data"][0]["type"])
        return b"picture", 800, 320

    text, picture = lightened([output_of(box)], render)
    assert text["data"] == {"text/markdown": "sparsity **0.25**\n\n75% are left"}
    assert base64.b64decode(picture["data"][PNG]) == b"picture"
    assert picture["metadata"][DRAWN][0][2]["y"] == [2, 0.625, 0.5]
    assert picture["metadata"][PNG] == {"width": 800, "height": 320, "alt": "A figure of bars"}
    assert calls == ["bar"]


def test_a_question_is_stored_without_its_answer() -> None:
    box = predict_share("What share is left?", 0.3, (0.25, 0.5), "Three tenths.")
    (text,) = lightened([output_of(box)])
    assert text["data"]["text/markdown"] == (
        "**What share is left?**\n\n- less than 25%\n- from 25% to 50%\n- 50% or more"
    )


@pytest.mark.parametrize(
    ("now", "said"),
    [(bars(0.5, 1.01), 0), (bars(0.5, 1.2), 1), (bars(1.0, 0.5), 1), (bars(0.5), 1), (go.Figure(go.Scatter(y=[1])), 1)],
)
def test_a_figure_is_another_one_by_its_values_and_their_places(now: go.Figure, said: int) -> None:
    stored = lightened([output_of(go.FigureWidget(bars(0.5, 1.0)))], lambda _: (b"picture", 800, 320))
    assert len(differences(stored, lightened([output_of(go.FigureWidget(now))]))) == said


def test_what_was_measured_is_compared_in_its_form_alone() -> None:
    stored, now, other = ([{"output_type": "stream", "name": "stdout", "text": text}] for text in ("1", "2", "x"))
    assert differences(stored, now)
    assert differences(stored, other)
    assert differences(stored, now, measured=True) == []
    assert differences(stored, lightened([output_of(go.FigureWidget(bars(1, 2)))]), measured=True)


def test_seconds_of_this_machine_are_not_stored() -> None:
    output = nbformat.v4.new_output("stream", name="stdout", text="0.3 s a step")
    for tags, stored in (([], 1), ([MEASURED], 1), ([TIMED], 0)):
        assert len(storable(nbformat.v4.new_code_cell("1", outputs=[output], metadata={"tags": tags}))) == stored


def test_outputs_are_written_beside_their_code_and_nothing_else_changes(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_markdown_cell("a"), nbformat.v4.new_code_cell("1 + 1", metadata={"tags": [MEASURED]})]
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps(nbformat.v4.new_notebook(cells=cells)))
    store(path, [lightened([nbformat.v4.new_output("execute_result", data={"text/plain": "2"})])])
    document = read(path)
    assert document["cells"][1]["outputs"][0]["data"] == {"text/plain": "2"}
    assert document["metadata"].pop(STORED_FROM) == code_of(document)
    document["cells"][1]["outputs"] = []
    assert document == nbformat.v4.new_notebook(cells=cells)
    document["cells"][1]["source"] = "1 + 2"
    assert code_of(document) != read(path)["metadata"][STORED_FROM]


def test_a_run_names_the_cell_whose_outputs_are_stored_otherwise(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_markdown_cell("a"), nbformat.v4.new_code_cell("1 + 1")]
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps(nbformat.v4.new_notebook(cells=cells)))
    document = nbformat.read(path, as_version=4)
    document.cells[1].outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "2"})]
    assert outdated(path, document) == [
        "cell 1: it puts out other things than are stored; store it: make figures ARGS=lesson.ipynb"
    ]
    store(path, [storable(document.cells[1])])
    assert outdated(path, document) == []
    document.cells[1].outputs[0].data["text/plain"] = "3"
    (said,) = outdated(path, document)
    assert said.startswith("cell 1: the text stored as output 0 is another one, it is now: '3'")


def test_a_picture_is_made_light_or_refused() -> None:
    def png(pixels: np.ndarray) -> bytes:
        found = io.BytesIO()
        Image.fromarray(pixels).save(found, "PNG")
        return found.getvalue()

    flat = np.zeros((40, 60, 3), np.uint8)
    assert Image.open(io.BytesIO(light(png(flat)))).size == (60, 40)
    noise = np.random.default_rng(0).integers(0, 256, (400, 500, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match="at most 100,000 bytes"):
        light(png(noise))
