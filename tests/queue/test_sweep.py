"""Sweeps with checks that take no time: what is asked for, what a sampler chooses, resuming, the front, the table."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas
import pytest

from ranp.__main__ import main
from ranp.checks import Check, Entry, Progress
from ranp.models import Recipe
from ranp.progress import ProgressBar
from ranp.queue import CHECKS, Database, Grid, Search, StudyError, export, front, jobs, start, table, work
from ranp.subject import Subject
from ranp.timing import TableFile

GRID = Grid(Subject("unet3d"), ("ranp-f", "random"), (0.3, 0.5), seeds=(0, 1))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(str(tmp_path / "studies.db"))


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    """Checks whose score and costs fall with sparsity, and whose random pruning loses more."""
    seen: list[Check] = []

    def fake(check: Check, report: Any, finished: Callable[[Entry], None], **_: Any) -> list[Entry]:
        seen.append(check)
        (contestant,) = check.contestants
        pruning = contestant.pruning
        sparsity = 0.0 if pruning is None else pruning.sparsity
        if sparsity is None:
            share = pruning.budgets[0][1]
            sparsity = 1 - share if isinstance(share, float) else 0.5
        if sparsity > 0.9:
            raise ValueError("layer 'conv' has no neuron left")
        loss = 0.2 if pruning is not None and pruning.method == "random" else 0.1
        entries = [
            Entry(
                0,
                contestant.label,
                seed,
                score=1 - loss * sparsity,
                figures={"dice": 1 - loss * sparsity},
                macs=int(1000 * (1 - sparsity)),
                activations=int(100 * (1 - sparsity)),
            )
            for seed in check.seeds
        ]
        for entry in entries:
            finished(entry)
        return entries

    monkeypatch.setattr("ranp.queue.worker.run_check", fake)
    return seen


def test_a_grid_is_every_method_at_every_sparsity_from_every_seed(database: Database, asked: list[Check]) -> None:
    assert start(database, "mine", GRID) == 2 * (1 + 2 * 2)
    assert {job.state for job in jobs(database, study="mine")} == {"waiting"}
    assert work(database, idle_seconds=0) == 10
    run = {
        (contestant.label, contestant.pruning.sparsity if contestant.pruning else 0.0, check.seeds)
        for check in asked
        for contestant in check.contestants
    }
    pruned = {(method, s, (seed,)) for method in ("ranp-f", "random") for s in (0.3, 0.5) for seed in (0, 1)}
    assert run == pruned | {("full", 0.0, (0,)), ("full", 0.0, (1,))}
    assert asked[0].subject.lam == next(c.contestants[0].pruning.lam for c in asked if c.contestants[0].pruning)


def test_a_grid_may_have_several_criteria_and_rules_of_ties(database: Database, asked: list[Check]) -> None:
    several = {"criterion": ("mpmg", "l1"), "coupling": ("any", "all")}
    grid = replace(GRID, methods=("vanilla",), sparsities=(0.3,), seeds=(0,), several=several)
    assert start(database, "mine", grid) == 5
    assert work(database, idle_seconds=0) == 5
    assert [check.labels[0] for check in asked] == [
        "full", "vanilla", "vanilla, coupling all", "vanilla, criterion l1", "vanilla, criterion l1, coupling all"
    ]  # fmt: skip
    with pytest.raises(ValueError, match="criterion must be one of"):
        replace(grid, several={"criterion": ("best",)})
    with pytest.raises(ValueError, match="a setting of a grid must be one of criterion, coupling"):
        replace(grid, several={"seed": ("0",)})
    search = Search(Subject("unet3d"), fixed={"criterion": "l1"})
    assert search.template().labels == ("blend, criterion l1",)


def test_the_same_sweep_again_adds_nothing_and_a_larger_one_what_is_missing(database: Database) -> None:
    start(database, "mine", GRID)
    work(database, idle_seconds=0)
    assert start(database, "mine", GRID) == 0
    larger = Grid(Subject("unet3d"), ("ranp-f", "random"), (0.3, 0.5, 0.7), seeds=(0, 1))
    assert start(database, "mine", larger) == 4
    assert work(database, idle_seconds=0) == 4


def test_a_grid_of_budgets_is_every_method_within_each(database: Database, asked: list[Check]) -> None:
    budgets = ((("macs", 0.3), ("peak", "6GiB")), (("macs", 0.5), ("peak", "6GiB")))
    grid = Grid(Subject("unet3d"), ("ranp-f", "random"), budgets=budgets)
    assert start(database, "mine", grid) == 1 + 2 * 2
    assert work(database, idle_seconds=0) == 5
    run = [(check.contestants[0].label, check.budgets) for check in asked]
    bytes_ = f"{6 * 2**30}B"
    limits = [(("macs", share), ("peak", bytes_)) for share in (0.3, 0.5)]
    assert run == [("full", ()), *((method, each) for method in ("ranp-f", "random") for each in limits)]
    assert all(check.contestants[0].pruning.sparsity is None for check in asked[1:])
    assert start(database, "mine", grid) == 0
    larger = Grid(Subject("unet3d"), ("ranp-f", "random"), budgets=(*budgets, (("macs", 0.7), ("peak", 0.5))))
    assert start(database, "mine", larger) == 2
    with pytest.raises(StudyError, match="space differs"):
        start(database, "mine", Grid(Subject("unet3d"), ("ranp-f",), budgets=((("params", 0.5),),)))


def test_checks_are_taken_before_sweeps(database: Database, asked: list[Check]) -> None:
    from ranp.checks import Contestant
    from ranp.queue import enqueue

    start(database, "mine", GRID)
    enqueue(database, Check(Subject("psmnet"), (Contestant(),)))
    work(database, idle_seconds=0)
    assert asked[0].subject.architecture == "psmnet"


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (Search(Subject("unet3d")), "kind differs"),
        (Grid(Subject("psmnet"), ("ranp-f",), (0.3,)), "has architecture unet3d, not psmnet"),
        (Grid(Subject("unet3d"), ("ranp-f",), (0.3,), recipe=Recipe()), "has recipe None"),
    ],
)
def test_a_name_is_one_sweep(other: Grid | Search, words: str, database: Database) -> None:
    start(database, "mine", GRID)
    with pytest.raises(StudyError, match=words):
        start(database, "mine", other)


def test_a_grid_by_time_keeps_its_table(database: Database, asked: list[Check]) -> None:
    """With amounts below a second, which are no shares, and counts that are snapped to fast ones or not."""
    table = TableFile("/tables/mine.json", "0" * 64)
    limits = ((("time", "900ms"),), (("time", 0.5),))
    several = {"snap": ("off", "add")}
    grid = Grid(Subject("unet3d"), ("ranp-f", "ranp-t"), budgets=limits, several=several, time_table=table)
    assert start(database, "timed", grid) == 9
    work(database, idle_seconds=0)
    assert {check.time_table for check in asked} == {table}
    pruned = [pruning for check in asked if (pruning := check.contestants[0].pruning) is not None]
    assert {(each.method, each.snap, each.budgets) for each in pruned} == {
        (method, snap, limit)
        for method in ("ranp-f", "ranp-t")
        for snap in ("off", "add")
        for limit in ((("time", "900000us"),), (("time", 0.5),))
    }
    with pytest.raises(StudyError, match="goes by the seconds of another time table"):
        start(database, "timed", replace(grid, time_table=TableFile("/tables/mine.json", "1" * 64)))
    assert start(database, "timed", replace(grid, time_table=TableFile("/elsewhere/mine.json", "0" * 64))) == 0


def test_a_sweep_of_before_there_was_ranp_t_goes_on(database: Database) -> None:
    """A sampler refuses choices other than those that a study began with."""
    assert GRID.space()["method"] == [
        "full", "ranp-f", "ranp-m", "blend", "weighted", "vanilla", "layerwise", "random", "magnitude"
    ]  # fmt: skip


def test_a_sweep_cannot_take_the_checks_name(database: Database) -> None:
    with pytest.raises(StudyError, match="choose another name"):
        start(database, CHECKS, GRID)


def test_a_search_chooses_within_its_ranges_and_is_extended(database: Database, asked: list[Check]) -> None:
    search = Search(Subject("unet3d"), trials=12, sparsity=(0.2, 0.6), seeds=(0, 1))
    assert start(database, "found", search) == 12
    assert work(database, idle_seconds=0) == 12
    chosen = [check.contestants[0].pruning for check in asked]
    assert all(0.2 <= pruning.sparsity <= 0.6 and 0 <= pruning.alpha <= 1 for pruning in chosen)
    assert all(0 <= pruning.lam <= 22 for pruning in chosen)  # twice the preset's
    assert len({pruning.sparsity for pruning in chosen}) == 12
    assert {pruning.method for pruning in chosen} == {"blend"}
    assert {check.seeds for check in asked} == {(0, 1)}
    assert start(database, "found", Search(Subject("unet3d"), trials=15, sparsity=(0.2, 0.6), seeds=(0, 1))) == 3


def test_a_search_is_a_function_of_its_trials(tmp_path: Path, asked: list[Check]) -> None:
    for name in ("a", "b"):
        other = Database(str(tmp_path / f"{name}.db"))
        start(other, "found", Search(Subject("unet3d"), trials=3))
        work(other, idle_seconds=0)
    chosen = [check.contestants[0].pruning.sparsity for check in asked]
    assert chosen[:3] == chosen[3:]


def test_the_front_holds_what_no_other_beats(database: Database) -> None:
    start(database, "mine", Grid(Subject("unet3d"), ("ranp-f", "random"), (0.3, 0.5)))
    work(database, idle_seconds=0)
    best = {(job.parameters["method"], job.parameters["sparsity"]) for job in front(database, "mine")}
    assert best == {("full", 0.0), ("ranp-f", 0.3), ("ranp-f", 0.5)}  # random costs the same and scores less
    by_optuna = {trial.number for trial in database.study("mine").best_trials}
    assert {job.number for job in front(database, "mine")} == by_optuna


def test_the_table_as_csv_and_parquet(database: Database, tmp_path: Path) -> None:
    start(database, "mine", Grid(Subject("unet3d"), ("ranp-f",), (0.5, 0.95), seeds=(0,)))
    work(database, idle_seconds=0)
    whole = table(database, "mine")
    assert list(whole.state) == ["done", "done", "failed"]
    assert list(whole.score)[:2] == [1.0, pytest.approx(0.95)]
    assert whole.reason[2] == "layer 'conv' has no neuron left"
    for suffix, read in ((".csv", pandas.read_csv), (".parquet", pandas.read_parquet)):
        assert export(database, "mine", tmp_path / f"sweep{suffix}") == 3
        again = read(tmp_path / f"sweep{suffix}")
        assert list(again.macs)[:2] == [1000, 500]
        assert list(again.columns) == list(whole.columns)
    with pytest.raises(ValueError, match=r"must end in \.csv or \.parquet"):
        export(database, "mine", tmp_path / "sweep.xlsx")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Grid(Subject("unet3d"), ("magic",), (0.5,)), "method must be one of"),
        (lambda: Grid(Subject("unet3d"), ("ranp-f",), (1.5,)), "sparsity must be at least 0"),
        (lambda: Grid(Subject("unet3d"), (), (0.5,)), "needs a method"),
        (lambda: Grid(Subject("unet3d"), ("ranp-f",), budgets=((("macs", 2.0),),)), "macs budget must be"),
        (lambda: Grid(Subject("unet3d"), ("ranp-f",), (0.5,), budgets=((("macs", 0.5),),)), "not both"),
        (lambda: Grid(Subject("unet3d"), ("ranp-f",), budgets=((("time", 0.5),),)), "time needs a time table"),
        (lambda: Grid(Subject("unet3d"), ("ranp-f",), budgets=((("peak", "1B"),),)), "give another budget"),
        (lambda: Grid(Subject("unet3d"), ("ranp-f",), budgets=((("macs", 0.5),), (("peak", 0.5),))), "limit the same"),
        (lambda: Grid(Subject("unet3d"), ("ranp-t",), (0.5,)), "'ranp-t', which weighs layers .* needs a time table"),
        (lambda: Search(Subject("unet3d"), trials=0), "between 1 and 10000 trials"),
        (lambda: Search(Subject("unet3d"), sparsity=(0.5, 0.2)), "must ascend"),
        (lambda: Search(Subject("unet3d"), alpha=(-1.0, 1.0)), "alpha must be between"),
    ],
)
def test_sweeps_that_make_no_sense(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_the_command(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sweep", "mine", "unet3d", "--sparsity", "0.3", "--database", database.url]
    assert main([*arguments, "--enqueue-only", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 2
    assert main([*arguments, "--out", str(tmp_path / "mine.csv")]) == 0
    assert "ranp-f, sparsity 0.3" in capsys.readouterr().out
    assert len(pandas.read_csv(tmp_path / "mine.csv")) == 2
    assert main(["sweep", "none", "--database", database.url]) == 2
    assert "there is no study 'none'" in capsys.readouterr().err


def test_the_command_takes_budgets(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sweep", "mine", "unet3d", "--database", database.url, "--budget", "macs=0.3,0.6"]
    assert main([*arguments, "--budget", "peak=6GiB"]) == 0
    told = capsys.readouterr().out
    assert "method ranp-f, seed 0, macs=0.3, peak=6442450944B" in told
    assert "3 trials: 3 done" in told
    assert main([*arguments, "--search", "3"]) == 2
    assert "--budget is of a grid" in capsys.readouterr().err


def test_the_command_counts_what_is_done(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sweep", "mine", "unet3d", "--sparsity", "0.3,0.95", "--database", database.url]
    assert main([*arguments, "--enqueue-only"]) == 0
    assert "3 trials: 3 waiting" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["tally"] == {
        "done": 2, "failed": 1, "cancelled": 0, "running": 0, "waiting": 0, "share": 1.0, "remaining_seconds": 0.0,
    }  # fmt: skip
    assert found["stopped"] is False
    assert main([*arguments[:2], *arguments[5:]]) == 0
    assert "3 trials: 2 done, 1 failed" in capsys.readouterr().out


def test_a_sweep_that_is_stopped_says_how_to_go_on(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []

    def interrupted(check: Check, report: Callable[[Progress], None], *_: Any, **__: Any) -> list[Entry]:
        seen.append(check)
        report(Progress(0, "full", 0, 1, 0.5, 0.5, 8.0))
        raise KeyboardInterrupt

    lines: list[str] = []
    monkeypatch.setattr("ranp.queue.worker.run_check", interrupted)
    monkeypatch.setattr(ProgressBar, "due", lambda *_: True)
    monkeypatch.setattr("ranp.progress._on_stderr", lines.append)
    arguments = ["sweep", "mine", "unet3d", "--sparsity", "0.3", "--database", database.url]
    assert main(arguments) == 130
    captured = capsys.readouterr()
    assert "2 trials: 2 waiting" in captured.out
    assert "stopped; the trial in hand waits again, and the same command goes on from there" in captured.err
    assert len(seen) == 1
    assert lines[0].startswith("sweep mine: 25% done, 1 running, 1 waiting, ")
    assert lines[0].endswith(" about 24 s left")
