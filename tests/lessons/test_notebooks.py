"""The notebooks as files: valid, complete, and with exercises that exist. They are run by `tests.run_notebooks`."""

import re
from pathlib import Path
from typing import Any

import nbformat
import plotly.graph_objects as go
import pytest
import yaml

from explorer.lessons import live, slider
from explorer.lessons.fitting import Fit
from ranp.exercises import flaws, lesson_exercises, read_exercises
from tests.run_notebooks import complaints

FOLDER = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(FOLDER.glob("*.ipynb"))
CHECK = re.compile(r'check\("([\w-]+)"')


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def test_there_are_twelve_in_order() -> None:
    assert [path.name[:2] for path in LESSONS] == [f"{number:02d}" for number in range(12)]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_notebook_is_valid_and_numbers_no_runs(path: Path) -> None:
    document = read(path)
    nbformat.validate(document)
    assert all(cell.execution_count is None for cell in document.cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_notebook_has_what_a_lesson_needs(path: Path) -> None:
    cells = read(path).cells
    for words in ("**Goal.**", "**Time.**", "**You need**"):
        assert words in cells[0].source
    text = "\n".join(cell.source for cell in cells)
    assert "## Exercises" in text
    assert "## References" in text
    assert "slider(" in text or "choice(" in text
    assert "explorer_link(" in text


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_notebook_asks_the_exercises_of_its_file(path: Path) -> None:
    asked = CHECK.findall("\n".join(cell.source for cell in read(path).cells if cell.cell_type == "code"))
    (file,) = (Path(__file__).parents[2] / "ranp" / "exercises" / "lessons").glob(f"{path.name[:2]}_*.yaml")
    assert asked == list(read_exercises(file))
    assert set(asked) <= set(lesson_exercises())


def test_a_warning_and_an_error_are_complaints() -> None:
    stream = nbformat.v4.new_output("stream", name="stderr", text="UserWarning: mind")
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no")
    cells = [nbformat.v4.new_code_cell(outputs=[output]) for output in (stream, error)]
    assert complaints(nbformat.v4.new_notebook(cells=cells)) == ["cell 0: UserWarning: mind", "cell 1: no"]


def test_the_guides_exercise_is_sound(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (FOLDER / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert yaml.safe_load(text)
    (tmp_path / "mine.yaml").write_text(text)
    (exercise,) = read_exercises(tmp_path / "mine.yaml").values()
    assert flaws(exercise) == []


def test_a_live_figure_follows_its_slider_and_is_as_wide_as_its_place() -> None:
    sparsity = slider(0, 1, 0.5)
    shown = live(lambda sparsity: go.Figure(go.Scatter(y=[sparsity])), sparsity=sparsity)
    (figure,) = [child for child in shown.children if isinstance(child, go.FigureWidget)]
    assert figure._config["responsive"]
    assert [child for child in shown.children if isinstance(child, Fit)] != []
    sparsity.value = 0.25
    assert list(figure.data[0].y) == [0.25]
