"""Schedules on Train check: what a visitor can choose, what is asked for, and the network's size over its training."""

from dataclasses import replace

import pytest

from explorer.state import default_state
from explorer.training import requests, wording
from explorer.training.charts.sizes import sizes as sizes_figure
from explorer.training.charts.sizes import sizes_in_words
from explorer.training.facts import LearningCurve, SizeCurve
from explorer.training.facts_of import sizes
from ranp.checks import Check, Contestant, Entry
from ranp.queue import Database, jobs, work
from ranp.schedules import SCHEDULES, Size
from ranp.selection import PruningConfig
from ranp.subject import Subject
from tests.training.test_page_training import begin, quick, said, url, visit

__all__ = ["quick", "url"]  # fixtures

CHECK = Check(Subject("unet3d"), (Contestant(), Contestant(PruningConfig("ranp-f"), schedule="gradual")), seeds=(0, 1))
ENTRIES = (
    Entry(0, "full", 0, steps=10, sizes=(Size(0, 100),)),
    Entry(0, "full", 1, steps=10, sizes=(Size(0, 100),)),
    Entry(1, "ranp-f, gradual", 0, steps=10, sizes=(Size(0, 100), Size(3, 60), Size(6, 20))),
    Entry(1, "ranp-f, gradual", 1, steps=10, sizes=(Size(0, 100), Size(4, 40), Size(6, 20))),
)


def test_sizes_are_means_over_seeds_at_every_step_where_one_changes() -> None:
    full, gradual = sizes(CHECK, ENTRIES)
    assert (full.steps, full.macs) == ((0, 10), (100, 100))
    assert gradual == SizeCurve("ranp-f, gradual", 1, (0, 3, 4, 6, 10), (100, 80, 50, 20, 20))
    assert sizes(CHECK, ENTRIES[:2]) == (full,), "a network that is not done has no size yet"
    assert sizes(replace(CHECK, contestants=(Contestant(), Contestant(PruningConfig("ranp-f")))), ENTRIES) == ()


def test_the_chart_steps_down_and_looks_like_the_learning_curves() -> None:
    learnt = [
        LearningCurve(label, place, (5, 10), (0.5, 0.6), (None, None), (1, 1))
        for place, label in enumerate(("full", "ranp-f, gradual (1 of 2 runs failed)"))
    ]
    curves = sizes(CHECK, ENTRIES)
    figure = sizes_figure(curves, learnt)
    assert [line.name for line in figure.data] == ["full", "RANP-f, gradual"]
    assert list(figure.data[1].y) == [100, 80, 50, 20, 20]
    assert figure.data[1].line.shape == "hv"
    assert figure.data[0].line.color != figure.data[1].line.color
    assert "RANP-f, gradual from 100 to 20 MACs in 3 removals" in sizes_in_words(curves)


def test_a_race_has_every_method_by_every_schedule() -> None:
    state = replace(default_state(requests.compute.choices()), architecture="unet3d", preset="classroom-shapes")
    check = requests.race_check(state, requests.Length(9), ("ranp-f", "random"), "macs", 0.25, ("init", "soft"))
    assert check.labels == ("full", "ranp-f", "ranp-f, soft", "random", "random, soft")


def test_every_schedule_is_told_in_plain_words() -> None:
    assert list(wording.SCHEDULES) == list(SCHEDULES)
    for kind in SCHEDULES.values():
        assert kind.title in wording.SCHEDULE_HELP
        assert kind.words[1:] in wording.SCHEDULE_HELP


@pytest.mark.usefixtures("quick")
def test_a_plan_is_trained_by_the_schedule_that_was_chosen(url: str) -> None:
    app = visit()
    assert not app.exception
    app.selectbox(key="check_schedule").set_value("gradual").run()
    assert wording.KEEPS_WEIGHTS in said(app)
    assert not [each for each in app.segmented_control if each.label == "Weights"], "they are always kept"
    begin(app)
    work(Database(url), idle_seconds=0)
    app.run()
    assert not app.exception
    assert wording.SIZES in said(app)
    (table,) = [each.value for each in app.dataframe if "Network" in each.value]
    assert list(table["Network"])[1].endswith("gradual")
    assert (table["MACs in all"] != "–").all()


def test_a_criterion_that_needs_training_is_asked_for_after_it(url: str) -> None:
    app = visit(criterion="bn-scale", sparsity="0.3")
    assert app.button(key="start_check").disabled
    app.selectbox(key="check_schedule").set_value("after").run()
    begin(app)
    assert not app.exception
    assert [error.value for error in app.error] == []
    [job] = jobs(Database(url))
    assert job.check is not None
    [pruned] = job.check.contestants[1:]
    assert (pruned.schedule, pruned.pruning and pruned.pruning.criterion) == ("after", "bn-scale")
    assert pruned.pruning is not None
    assert pruned.pruning.sparsity == 0.3
