"""The seconds on the pages: whose they are, how far they are off, and a table of the visitor's own in their place."""

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.compare import facts_of
from explorer.compare.charts.overlay import overlay, overlay_in_words
from explorer.compare.facts import StepTime
from explorer.compare.table import as_csv, shares_machine
from explorer.compare.wording import sources
from explorer.compute import Seconds, time_tables
from explorer.export import files
from explorer.live import PACKETS
from explorer.page import timing
from explorer.page.wording import about, source
from explorer.state import ExplorerState, default_state
from explorer.units import count, duration, percent
from ranp.plan import Plan, prune
from ranp.selection import PruningConfig
from ranp.subject import library_network
from ranp.timing import Machine, TimePrices, TimeTable, read_work, shipped_table, table_bytes, write_table
from tests.cases import SMALL
from tests.explore.test_explorer import figures, move, sent, sentence, visit


@pytest.fixture(scope="module")
def table() -> TimeTable:
    found = shipped_table("unet3d", "classroom")
    assert found is not None
    return found


def open_page(name: str, **query: str) -> AppTest:
    app = AppTest.from_function(_page, kwargs={"name": name}, default_timeout=120)
    for key, value in (query or SMALL).items():
        app.query_params[key] = value
    return app.run()


def _page(name: str) -> None:
    import importlib

    importlib.import_module(f"explorer.{name}").page()


def mine(table: TimeTable) -> TimeTable:
    machine = Machine("My *fast* machine", "cuda", 2, "9.9")
    return replace(table, machine=machine, errors={"training": 0.25, "inference": -0.015})


def give(app: AppTest, content: bytes, name: str = "table.json") -> AppTest:
    app.session_state["table"] = True  # the drawer is open
    app.run()
    return app.file_uploader(key="time_table").upload(name, content).run()


def test_the_first_visit_has_seconds_and_says_whose(table: TimeTable) -> None:
    told = sent(visit())["times"]
    assert PACKETS.get(told["packet"])
    assert told["source"] == source(table)
    for words in ("AMD EPYC", "1 thread", "batch 2", "off by −3.7 % for a training step and −2.0 % for an inference"):
        assert words in told["source"]
    assert "ranp time unet3d --preset classroom --out table.json" in told["about"]


def test_without_a_table_the_page_says_how_to_measure_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_tables, "shipped_table", lambda *name: None)
    told = sent(visit())["times"]
    assert told["packet"] is None
    assert "`ranp time unet3d --preset classroom --out table.json`" in told["source"]


def test_a_table_of_ones_own_takes_the_place_of_the_other_until_it_is_given_up(table: TimeTable) -> None:
    app = visit()
    before = sent(app)["times"]
    app = give(app, table_bytes(replace(mine(table), constants={"training": 9.0, "inference": 1.0})))
    told = sent(app)["times"]
    assert not app.error
    assert told["packet"] != before["packet"]
    assert "**My fast machine** (cuda), 2 threads" in told["source"]
    assert "off by +25.0 % for a training step" in told["source"]
    app = app.button(key="forget_table").click().run()
    assert sent(app)["times"] == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", "lacks the key"),
        (b"[1, 2", "not valid JSON"),
        (b" " * (timing.MAX_BYTES + 1), "at most 8 MB"),
        ("psmnet", "of another network or input size"),
        ("batch", "batches of 1 to 4,096, not 99999"),
    ],
)
def test_a_file_that_is_no_table_of_the_network_is_refused(table: TimeTable, content: bytes | str, said: str) -> None:
    app = visit()
    before = sent(app)["times"]
    if isinstance(content, str):
        other = shipped_table("psmnet", "classroom") if content == "psmnet" else replace(table, batch=99_999)
        assert other is not None
        content = table_bytes(other)
    app = give(app, content)
    [error] = app.error
    assert said in error.value
    assert error.value.startswith("This file is not used: ")
    assert sent(app)["times"] == before
    assert [one.value for one in app.run().error] == [error.value], "it stays as long as the file lies there"


def test_a_table_that_the_app_is_started_with_goes_before_the_one_that_ships(table: TimeTable, tmp_path: Path) -> None:
    write_table(mine(table), tmp_path / "table.json")
    found = time_tables.read_tables(["--model", "nets:tiny", "--time-table", str(tmp_path / "table.json")])
    assert found["unet3d, preset classroom"].machine == mine(table).machine
    state = default_state(compute.choices(), "unet3d", "classroom")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time_tables, "_given", lambda: found)
        at_hand = compute.table_of(state)
        assert at_hand is not None
        assert at_hand.machine == mine(table).machine
        other = compute.table_of(ExplorerState("psmnet", "classroom"))
        assert other is shipped_table("psmnet", "classroom")


def test_a_plan_takes_what_the_library_says(table: TimeTable) -> None:
    state = replace(default_state(compute.choices(), "unet3d", "classroom"), method="random", sparsity=0.6)
    compute.tracing(state).result()
    compute.calling(state, table.batch).result()
    found = compute.seconds(state, table)
    network = library_network("unet3d", "classroom", {}, 0, "xavier")
    graph = network.trace()
    kept = compute.plan(state).kept
    for kind, told in found.items():
        prices = TimePrices(graph, read_work(network.shapes(), graph, kind, table.batch), table)
        assert (told.before, told.after) == (prices.at(), prices.at(kept))
        assert told.layers_after == prices.by_owner(kept)
        assert told.layers_before == prices.by_owner()


def test_ranp_t_ranks_by_the_seconds_of_the_table_in_use(table: TimeTable) -> None:
    """By the library with the table that ships; then with one of the visitor's, in which one layer takes longest."""
    app = visit(method="ranp-t", sparsity="0.4")
    assert not app.warning
    state = replace(default_state(compute.choices(), "unet3d", "classroom"), method="ranp-t", sparsity=0.4)
    assert figures(app)["MACs"] == count(by_library(state, table).pruned.macs)
    slower = {key: replace(grid, seconds=grid.seconds**2) for key, grid in table.grids.items()}
    other = replace(mine(table), grids=slower)
    app = give(app, table_bytes(other))
    expected = by_library(state, other)
    assert expected.kept_counts != by_library(state, table).kept_counts
    assert figures(app)["MACs"] == count(expected.pruned.macs)
    app = app.button(key="forget_table").click().run()
    assert figures(app)["MACs"] == count(by_library(state, table).pruned.macs)


def test_fast_widths_are_the_librarys_by_the_table_in_use(table: TimeTable) -> None:
    app = visit(method="ranp-t", sparsity="0.4", snap="add")
    assert not app.warning
    assert sent(app)["settings"]["snap"] == "add"
    start = default_state(compute.choices(), "unet3d", "classroom")
    state = replace(start, method="ranp-t", sparsity=0.4, snap="add")
    expected, plain = by_library(state, table), by_library(replace(state, snap="off"), table)
    assert expected.pruned.macs > plain.pruned.macs
    assert figures(app)["MACs"] == count(expected.pruned.macs)
    added = sum(expected.kept_counts.values()) - sum(plain.kept_counts.values())
    shares = [percent(plan.pruned.macs / plan.full.macs) for plan in (expected, plain)]
    assert f"At fast widths, **{added} neurons more**: {shares[0]} of the MACs instead of {shares[1]}" in sentence(app)
    assert figures(move(app, snap="off"))["MACs"] == count(plain.pruned.macs)
    assert app.query_params.get("snap") is None


def test_without_a_table_a_plan_is_shown_as_selected_and_the_control_is_told_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time_tables, "shipped_table", lambda *name: None)
    app = visit(snap="drop", target="macs", budget="0.5", also="time")
    [warning] = app.warning
    assert "A budget of time needs seconds, so that it is left out and fast widths need" in warning.value
    assert (sent(app)["settings"]["target"], sent(app)["settings"]["also"]) == ("macs", "none")
    assert "fast widths need seconds, so that the plan is shown without them: there is no time table" in warning.value
    assert sent(app)["settings"]["snap"] == "off"
    assert sent(app)["times"]["why"] == "there is no time table of this network"


def by_library(state: ExplorerState, table: TimeTable) -> Plan:
    network = library_network("unet3d", "classroom", {}, 0, "xavier")
    graph = network.trace()
    prices = TimePrices(graph, read_work(network.shapes(), graph, "training", table.batch), table)
    config = PruningConfig("ranp-t", sparsity=state.sparsity, lam=state.lam, snap=state.snap)
    return prune(graph, compute.importance(state).result().scores, config, pricers={"time": prices.pricer()})


def test_without_a_table_another_method_is_shown_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_tables, "shipped_table", lambda *name: None)
    app = visit(method="ranp-t")
    [warning] = app.warning
    assert "RANP-t ranks by seconds, so that RANP-f is shown instead: there is no time table" in warning.value
    assert sent(app)["settings"]["method"] == "ranp-f"


def test_a_plan_by_a_table_that_is_given_up_is_not_made_by_another(table: TimeTable) -> None:
    state = replace(default_state(compute.choices(), "unet3d", "classroom"), method="ranp-t", table="0123456789abcdef")
    with pytest.raises(ValueError, match="not at hand any more; load it again"):
        compute.table_of(state)


@pytest.fixture(scope="module")
def told(table: TimeTable) -> tuple[ExplorerState, dict[str, Seconds]]:
    """A plan of the classroom 3D-UNet that needs no data, and what it takes."""
    state = replace(default_state(compute.choices(), "unet3d", "classroom"), method="random", sparsity=0.6)
    compute.tracing(state).result()
    compute.calling(state, table.batch).result()
    return state, compute.seconds(state, table)


def test_the_figures_behind_the_charts_have_them(told: tuple[ExplorerState, dict[str, Seconds]]) -> None:
    _, seconds = told
    app = visit(method="random", sparsity="0.6")
    rows = {row["Cost of one input"]: row for row in app.dataframe[0].value.to_dict("records")}
    for kind, title in (("training", "Training step of a batch"), ("inference", "Inference of a batch")):
        found = seconds[kind]
        assert found.after is not None
        said = [duration(found.before), duration(found.after), percent(found.after / found.before)]
        assert [rows[title][name] for name in ("Full", "Pruned", "Left")] == said
    layers = {row["Layer"]: row["Training step"] for row in app.dataframe[1].value.to_dict("records")}
    step = seconds["training"]
    assert step.layers_after is not None
    for name, text in layers.items():
        assert text == f"{duration(step.layers_before[name])} → {duration(step.layers_after[name])}"


def test_counting_has_them(told: tuple[ExplorerState, dict[str, Seconds]]) -> None:
    _, seconds = told
    app = open_page("counting", method="random", sparsity="0.6")
    cards = {metric.label: metric.value for metric in app.metric}
    step = seconds["training"]
    assert step.after is not None
    assert step.layers_after is not None
    assert cards["Training step"] == f"{duration(step.before)} → {duration(step.after)}"
    for row in app.dataframe[0].value.to_dict("records"):
        before, after = step.layers_before[row["Layer"]], step.layers_after[row["Layer"]]
        assert [row["Step, ms"], row["Step after, ms"]] == pytest.approx([1e3 * before, 1e3 * after], abs=1e-3)


def test_plans_that_are_compared_have_them(told: tuple[ExplorerState, dict[str, Seconds]]) -> None:
    _, seconds = told
    app = open_page("compare", method="random", sparsity="0.6")
    [row] = app.dataframe[0].value.to_dict("records")
    step = seconds["training"]
    assert step.after is not None
    assert row["Step time"] == duration(step.after)
    assert row["Step time left"] == pytest.approx(100 * step.after / step.before)
    once = seconds["inference"]
    assert once.after is not None
    assert row["Inference time"] == duration(once.after)
    assert row["Inference time left"] == pytest.approx(100 * once.after / once.before)


def test_the_curve_of_step_times_goes_through_the_plans(
    table: TimeTable, told: tuple[ExplorerState, dict[str, Seconds]]
) -> None:
    state, seconds = told
    curve, found = compute.step_curve(state, table), compute.results(state).curve
    for sparsity in (0.0, 0.35, 0.6):
        step = compute.seconds(replace(state, sparsity=sparsity), table)["training"]
        assert step.after is not None
        place = list(found.sparsities).index(sparsity)
        assert curve[place] == pytest.approx(step.after / step.before)
    step = seconds["training"]
    entry = facts_of.entry(
        "one", 0, state, compute.choices(), StepTime(step.before, step.after, "here", "whose", curve)
    )
    other = facts_of.entry("two", 1, state, compute.choices())
    [line, mark] = overlay([entry, other], "seconds").data
    assert list(line.y) == list(curve[found.sparsities <= found.max_feasible_sparsity])
    assert mark.y[0] == step.after / step.before
    words = overlay_in_words([entry, other], "seconds")
    assert f"Step time left over sparsity, one line a plan. Left: one {percent(mark.y[0])}." in words


def test_a_table_of_layers_has_them(
    table: TimeTable, told: tuple[ExplorerState, dict[str, Seconds]], monkeypatch: pytest.MonkeyPatch
) -> None:
    state, seconds = told
    rows = list(csv.DictReader(io.StringIO(files.file(state, "csv").decode())))
    for kind, cost in (("training", "step_seconds"), ("inference", "inference_seconds")):
        found = seconds[kind]
        assert found.layers_after is not None
        for row in rows:
            assert float(row[cost]) == found.layers_before[row["name"]]
            assert float(row[f"pruned_{cost}"]) == found.layers_after[row["name"]]
            assert "AMD EPYC" in row[f"{cost}_by"]
            assert "batch 2, off by -" in row[f"{cost}_by"]
    monkeypatch.setattr(time_tables, "shipped_table", lambda *name: None)
    assert "step_seconds" not in files.file(state, "csv").decode(), "nobody knows them"


def test_times_of_two_machines_do_not_stand_beside_each_other(told: tuple[ExplorerState, dict[str, Seconds]]) -> None:
    state, _ = told
    entries = [
        facts_of.entry(name, number, state, compute.choices(), StepTime(2.0, 1.0, f"=machine {number}", name))
        for number, name in enumerate(("one", "two"))
    ]
    assert not shares_machine(entries)
    assert shares_machine(entries[:1])
    assert sources(["one", "two"], False) == [sources(["one", "two"], False)[0]]
    assert "different machines" in sources(["one", "two"], False)[0]
    rows = list(csv.DictReader(io.StringIO(as_csv(entries).decode())))
    assert [row["step_machine"] for row in rows] == ["'=machine 0", "'=machine 1"]
    assert [row["pruned_step_seconds"] for row in rows] == ["1.0", "1.0"]


def test_the_report_has_them(table: TimeTable, told: tuple[ExplorerState, dict[str, Seconds]]) -> None:
    state, seconds = told
    page = files.html(state, "", {}, date(2026, 1, 1), seconds, source(table)).decode()
    step = seconds["training"]
    assert step.after is not None
    for text in ("Training step of a batch", duration(step.before), duration(step.after), "AMD EPYC, 1 thread"):
        assert text in page
    assert "Training step" not in files.html(state, "", {}, date(2026, 1, 1)).decode()


def test_what_a_table_says_of_itself_is_no_markup(table: TimeTable) -> None:
    name = "[x](https://example.org) **" + "a" * 5000
    odd = replace(
        table, machine=Machine(name, name, 10**9, name), date=name, errors={"training": 1e300}, busy=7.0, spread=1e300
    )
    for said in (source(odd), about(odd, "ranp time")):
        assert len(said) < 1000
        assert "](" not in said
    assert "off by far too much for a training step and an unknown share for an inference" in source(odd)
    assert "busy" in source(odd)
