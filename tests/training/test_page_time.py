"""What goes by time on the Train check page: what is on offer, and that workers read the very table that was meant."""

from dataclasses import replace
from pathlib import Path

import pytest

from explorer import compute
from explorer.compute import time_tables
from explorer.state import default_state
from explorer.training import requests, wording
from explorer.training.requests import Length
from ranp.checks import Check
from ranp.queue import Database, jobs, work
from ranp.timing import SHIPPED, shipped_table
from tests.training.test_page_training import no_training, said, url, visit

__all__ = ["no_training", "url"]  # fixtures

LENGTH = Length(5)


def options(app, key: str) -> list[str]:
    return list(app.multiselect(key=key).options)


def checks(url: str) -> list[Check]:
    return [job.check for job in jobs(Database(url)) if job.check is not None]


@pytest.mark.usefixtures("no_training")
def test_a_race_goes_by_the_table_that_is_named_on_the_page(url: str) -> None:
    app = visit(wording.TABS[1])
    assert "RANP-t and step time go by seconds. Times: predicted for **AMD EPYC**, 1 thread, batch 2" in said(app)
    app.multiselect(key="race_methods").set_value(["ranp-f", "ranp-t"]).run()
    app.segmented_control(key="race_terms").set_value("time").run()
    app.slider(key="race_time").set_value(70).run()
    app.button(key="start_race").click().run()
    assert not app.exception
    assert not app.error
    [check] = checks(url)
    assert check.time_table is not None
    assert check.time_table.path == f"{SHIPPED}unet3d-classroom-shapes"
    assert check.time_table.read().grids.keys() == shipped_table("unet3d", "classroom-shapes").grids.keys()  # type: ignore[union-attr]
    found = [one.pruning for one in check.contestants if one.pruning]
    assert [(one.method, one.budget) for one in found] == [("ranp-f", ("time", 0.7)), ("ranp-t", ("time", 0.7))]
    assert work(Database(url), idle_seconds=0) == 1


def test_without_a_table_nothing_by_time_is_on_offer(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_tables, "shipped_table", lambda *name: None)
    for tab, key, what in (
        (wording.TABS[1], "race_methods", "RANP-t and step time are"),
        (wording.TABS[2], "sweep_methods", "RANP-t is"),
    ):
        app = visit(tab)
        assert not app.exception
        assert f"{what} not on offer, for want of seconds. Times: no table of this" in said(app)
        assert not any("RANP-t" in option for option in options(app, key))
    monkeypatch.undo()
    assert any("RANP-t" in option for option in options(visit(wording.TABS[1]), "race_methods"))


@pytest.mark.usefixtures("no_training")
def test_a_sweep_trains_by_the_table(url: str) -> None:
    app = visit(wording.TABS[2])
    assert "RANP-t goes by seconds. Times: predicted for" in said(app), "nothing is made equal in a sweep"
    app.multiselect(key="sweep_methods").set_value(["ranp-t"]).run()
    app.button(key="start_sweep").click().run()
    assert not app.exception
    assert not app.error
    assert work(Database(url), idle_seconds=0) == 4
    found = [job.check for study in Database(url).names() for job in jobs(Database(url), study=study) if job.check]
    assert {check.time_table.path for check in found if check.time_table} == {f"{SHIPPED}unet3d-classroom-shapes"}


def test_a_table_of_the_visitor_s_own_is_kept_for_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was asked for: the one that another is loaded in the place of, too."""
    monkeypatch.setenv("RANP_CACHE", str(tmp_path))
    table = shipped_table("unet3d", "classroom")
    assert table is not None
    state = default_state(compute.choices())
    compute.tracing(state).result()
    compute.importance(state).result()

    def asked(batch: int) -> Check:
        name = compute.name_table(replace(table, constants={"training": 9.0, "inference": 1.0}, batch=batch))
        return requests.race_check(replace(state, table=name), LENGTH, ("ranp-t", "ranp-f"), "macs", 0.5)

    first, second = asked(2), asked(3)
    assert first.time_table is not None
    assert second.time_table is not None
    assert (first.time_table.read().batch, second.time_table.read().batch) == (2, 3)
    assert first.time_table.read().constants["training"] == 9.0
    assert str(tmp_path.resolve()) in first.time_table.path
    assert requests.race_check(state, LENGTH, ("ranp-f", "random"), "macs", 0.5).time_table is None


def test_other_methods_race_beside_a_plan_by_time() -> None:
    """The seconds of the plan on show are its own settings, which no other method takes."""
    state = replace(default_state(compute.choices()), method="ranp-t")
    compute.tracing(state).result()
    compute.importance(state).result()
    compute.calling(state, 2).result()
    check = requests.race_check(state, LENGTH, ("ranp-f", "ranp-t"), "time", 0.7)
    found = [one.pruning for one in check.contestants if one.pruning]
    assert [(one.method, one.layer_costs) for one in found] == [("ranp-f", ()), ("ranp-t", ())]
    assert check.time_table is not None


def test_a_trial_by_time_opens_as_one() -> None:
    start = default_state(compute.choices())
    found = requests.trial_state(start, ("unet3d", "classroom"), "ranp-t", 0, 0.4, None, None)
    assert found is not None
    assert found.method == "ranp-t"
