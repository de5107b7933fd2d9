"""Networks of one's own on the pages: several of them, each trained, raced and opened as the library's are."""

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from explorer import compute
from explorer.compute import heavy, own
from explorer.page import session
from explorer.page import wording as wording_page
from explorer.state import default_state
from explorer.training import facts_of, queue, requests, wording
from ranp.checks import run_check
from ranp.data import TASKS
from ranp.files import write_tensors
from ranp.models import ARCHITECTURES
from ranp.queue import Database, jobs
from tests.explore.test_explorer import shown_state
from tests.explore.test_explorer import visit as visit_explore
from tests.training.test_page_training import begin, said, visit

MODULE = """
import torch
from torch import nn

def tiny():
    return nn.Sequential(nn.Conv3d(1, 6, 3, padding=1), nn.ReLU(), nn.Conv3d(6, 2, 1))

def wide():
    return nn.Sequential(nn.Conv3d(1, 9, 3, padding=1), nn.ReLU(), nn.Conv3d(9, 2, 1))

def batches():
    draw = torch.Generator().manual_seed(0)
    inputs = [torch.randn(2, 1, 6, 6, 6, generator=draw) for _ in range(4)]
    return [(each, (each[:, 0] > 0).long()) for each in inputs]

loss = nn.functional.cross_entropy

def agreement(output, target):
    return (output.argmax(1) == target).float().mean()
"""
TINY = ["--model", "nets_on_pages:tiny", "--input", "1x1x6x6x6"]
WIDE = ["--model", "nets_on_pages:wide", "--input", "1x1x6x6x6"]
TASK = ["--data", "nets_on_pages:batches", "--loss", "nets_on_pages:loss"]
METRIC = ["--metric", "agreement=nets_on_pages:agreement"]

Start = Callable[..., None]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of its own; the app starts no worker."""
    monkeypatch.setenv("RANP_DATABASE", str(tmp_path / "studies.db"))
    monkeypatch.setenv("RANP_WORKER", "none")
    monkeypatch.setattr(queue, "READ_SECONDS", 0.0)
    return str(tmp_path / "studies.db")


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts the app with these arguments."""
    (tmp_path / "nets_on_pages.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")

    def started(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["app.py", *arguments])
        heavy.owns.cache_clear()

    yield started
    monkeypatch.undo()
    heavy.owns.cache_clear()


def test_what_follows_a_model_belongs_to_it() -> None:
    first, second = own.read_owns(["--port", "1", *TINY, *TASK, *METRIC, *WIDE])
    assert (first.model, first.data, first.loss) == ("nets_on_pages:tiny", TASK[1], TASK[3])
    assert [metric.name for metric in first.metrics] == ["agreement"]
    assert (second.model, second.data, second.metrics) == ("nets_on_pages:wide", None, ())
    assert own.read_owns([*TINY[2:], *TINY[:2]])[0] == own.read_owns(TINY)[0], "one network takes all there is"
    with pytest.raises(ValueError, match="--data stands before the first of several --model"):
        own.read_owns([*TASK, *TINY, *WIDE])


def test_each_network_is_an_entry_and_pruned_as_the_librarys_are(start: Start) -> None:
    start(*TINY, *WIDE)
    app = visit_explore(architecture="own2", sparsity="0.3")
    assert not app.error
    chosen = app.selectbox(key="architecture")
    assert chosen.value == "own2"
    assert chosen.options[:2] == ["nets_on_pages:tiny · yours", "nets_on_pages:wide · yours"]
    assert chosen.options[2] == "3D-UNet · tissue, brain, voxel parts"
    assert "of 11 neurons" in next(part.value for part in app.markdown if "removes" in part.value)


def test_the_first_control_goes_through_the_tasks_and_ends_with_ones_own() -> None:
    app = visit_explore()
    titles = app.selectbox(key="architecture").options
    assert titles[0] == "3D-UNet · tissue, brain, voxel parts"
    assert titles[-1] == "Your own network …"
    tasks = [title.rpartition(" · ")[2].partition(", ")[0].replace(" ", "-") for title in titles[:-1]]
    assert tasks == sorted(tasks, key=list(TASKS).index)
    assert len(tasks) == len(ARCHITECTURES)


def test_how_to_bring_ones_own_is_told_without_leaving_the_network() -> None:
    app = visit_explore(architecture="mobilenetv2")
    app.selectbox(key="architecture").set_value(session.BRING).run()
    assert not app.exception
    assert [block.value for block in app.code if "--model" in block.value] == [
        command for _, command in wording_page.BRINGING if command
    ]
    assert app.selectbox(key="architecture").value == "mobilenetv2"
    assert app.query_params["architecture"] in ("mobilenetv2", ["mobilenetv2"])
    app.button(key="bring_close").click().run()
    assert not any("--model" in block.value for block in app.code)


def test_without_data_there_is_nothing_to_train_on_and_the_page_says_what_is_missing(start: Start, url: str) -> None:
    start(*TINY)
    app = visit(preset="own", architecture="own")
    assert "was started without data for this network" in said(app)
    assert not any(button.key == "start_check" for button in app.button)


def test_trained_weights_are_fine_tuned_full_and_pruned(start: Start, url: str, tmp_path: Path) -> None:
    """What is asked for names the file and its hash, and a worker on this machine trains from it."""
    file = tmp_path / "best.safetensors"
    write_tensors(file, importlib.import_module("nets_on_pages").tiny().state_dict())
    start(*TINY, *TASK, *METRIC, "--checkpoint", str(file))
    page = visit(preset="trained", architecture="own", sparsity="0.3")
    assert "go on with the same batches in the same order: fine-tuning" in said(page)
    app = begin(page)
    assert not app.exception
    (job,) = jobs(Database(url))
    assert job.check is not None
    assert job.check.subject.checkpoint == str(file.resolve())
    assert [contestant.label for contestant in job.check.contestants] == [
        "full, weights kept",
        f"{job.check.contestants[1].pruning.method}, weights kept",  # type: ignore[union-attr]
    ]
    full, pruned = run_check(replace(job.check, recipe=replace(job.check.used_recipe, steps=2, evaluations=1)))
    assert not full.failed
    assert not pruned.failed
    named = facts_of.network(job.check.subject)
    assert named[1].startswith("best.safetensors (SHA-256 ")
    opened = requests.trial_state(shown_state(page), named, "vanilla", 0, 0.4, None, None)
    assert opened is not None
    assert (opened.architecture, opened.preset) == ("own", "trained")


@pytest.mark.slow
def test_a_check_of_ones_own_is_run_by_a_worker_elsewhere_and_shown_after_the_tab_was_closed(
    start: Start, url: str, tmp_path: Path
) -> None:
    start(*TINY, *TASK, *METRIC)
    app = begin(visit(preset="own", architecture="own", sparsity="0.3"))
    assert not app.exception
    assert not app.error
    (job,) = jobs(Database(url))
    assert job.check is not None
    assert job.check.subject == heavy.owns()["own"].subject
    worker = [sys.executable, "-m", "ranp", "worker", "--until-idle", "--database", url]
    subprocess.run(worker, cwd=tmp_path, check=True, capture_output=True)  # one that was not told of the code
    [bar] = visit(preset="own", architecture="own", check=job.id).get("progress")
    told = bar.proto.text.replace("\\", "")
    assert "was not told to run 'nets_on_pages:tiny'; start one with --allow nets_on_pages" in told
    subprocess.run([*worker, "--allow", "nets_on_pages"], cwd=tmp_path, check=True, capture_output=True)

    again = visit(preset="own", architecture="own", check=job.id)
    assert not again.exception
    frame = again.dataframe[0].value
    assert list(frame["Network"]) == ["full", "RANP-f"]
    entries = jobs(Database(url))[0].entries
    assert [entry.reason for entry in entries] == [None, None]
    assert list(frame["agreement"]) == [f"{entry.score:.3f}" for entry in entries]


def test_a_trial_of_ones_own_opens_where_the_app_has_that_network(start: Start) -> None:
    start(*WIDE, *TINY, *TASK)
    state = default_state(compute.choices())
    named = requests.network_of(default_state(compute.choices(), "own2"))
    assert named == ("nets_on_pages:tiny", "")
    opened = requests.trial_state(state, named, "vanilla", 3, 0.4, None, None)
    assert opened is not None
    assert (opened.architecture, opened.preset, opened.method, opened.sparsity) == ("own2", "own", "vanilla", 0.4)
    assert requests.trial_state(state, ("nets_elsewhere:net", ""), "vanilla", 3, 0.4, None, None) is None
    assert wording.OBSTACLES[requests.obstacle(state) or ""].startswith("The app was started without data")


def test_where_it_takes_hours_the_commands_are_of_this_network(
    start: Start, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(*TINY, *TASK, "--optimizer", "nets_on_pages:optimizer")
    monkeypatch.setattr("explorer.compute.is_long", lambda _: True)
    app = visit(architecture="nets_on_pages:tiny", preset="own", method="random", sparsity="0.3", seed="3")
    assert not app.exception
    assert wording.TOO_LONG in said(app)
    assert wording.SMALLER not in said(app), "there is no smaller size of it"
    assert wording.REAL_DATA not in said(app), "its data are a function"
    [commands] = [code.value for code in app.code if "--device cuda" in code.value]
    train = commands.partition("\npython -m ranp train ")[2].split()
    assert train[train.index("--seed-list") + 1] == "3"
    assert train[train.index("--optimizer") + 1] == "nets_on_pages:optimizer"
