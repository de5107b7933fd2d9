"""A worksheet asks what the tour asks, of the network at hand, and only the teacher's copy tells the answers."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from explorer import compute
from explorer.learn.tours import TOURS
from explorer.learn.worksheet import Task, sheet, tasks
from explorer.state import ExplorerState, default_state
from tests.learn.test_page_learn import visit


class Read(HTMLParser):
    """The options of a sheet, and those that are marked; the texts and the tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.options: list[str] = []
        self.right: list[str] = []
        self.tags: set[str] = set()
        self._at: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._at = tag if tag != "li" else "right" if "data-right" in dict(attributes) else "li"

    def handle_data(self, data: str) -> None:
        if self._at in ("li", "right") and data.strip():
            self.options.append(data)
            self.right += [data] * (self._at == "right")


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    found = default_state(compute.choices(), "unet3d", "classroom")
    compute.tracing(found).result()
    compute.importance(found).result()
    return found


def test_the_answers_are_in_the_teachers_copy_alone(state: ExplorerState) -> None:
    tour = TOURS["empty"]
    found = tasks(tour, state, compute.network(state), None)
    paper, copy = (sheet(tour, "Network: one.", found, answers) for answers in (False, True))
    told = [task.question for task in found if task.question is not None]
    assert len(told) == len(tour.steps) == 3
    options = [option.strip("`") for question in told for option in question.options]
    assert Read(paper).options == Read(copy).options == options
    assert Read(paper).right == []
    assert Read(copy).right == [question.options[place].strip("`") for question in told for place in question.right]
    assert "encoder4.conv2" in Read(copy).right
    assert "43.4 %" in copy
    assert "43.4 %" not in paper


def test_a_question_that_cannot_be_asked_is_left_out_with_a_word(
    state: ExplorerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.compute.time_tables.shipped_table", lambda architecture, preset: None)
    tour = TOURS["time"]
    found = tasks(tour, state, compute.network(state), None)
    assert [task.question for task in found] == [None] * len(tour.steps)
    assert sheet(tour, "", found).count("no time table of this network is at hand") == len(tour.steps)


def test_a_strangers_names_stay_text(state: ExplorerState) -> None:
    tour = TOURS["empty"]
    [first, *_] = tasks(tour, state, compute.network(state), None)
    assert first.question is not None
    hostile = replace(first.question, text="<script>alert(1)</script>?", options=("<img src=x>", "b"))
    read = Read(sheet(tour, "</p><script>", [Task(first.step, hostile)], answers=True))
    assert read.options == ["<img src=x>", "b"]
    assert {"script", "img"}.isdisjoint(read.tags)


def test_a_step_offers_the_sheets() -> None:
    app = visit(tour="empty", step="1")
    assert not app.exception
    labels = [element.proto.label for element in app.get("download_button")]
    assert labels == ["Worksheet", "With answers"]
