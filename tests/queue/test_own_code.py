"""Jobs with code of one's own: who runs them, who leaves them to others, and what is said."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ranp.__main__ import main
from ranp.checks import Check, Contestant
from ranp.files import write_tensors
from ranp.inputs import parse_inputs
from ranp.models import Recipe, read_checkpoint
from ranp.queue import Database, Grid, enqueue, find_job, jobs, start, start_local_worker, work
from ranp.selection import PruningConfig
from ranp.subject import OwnCodeError, Subject, allow, load_own, own_network

ROOT = Path(__file__).parents[2]
CODE = """
import torch
from torch import nn
from torch.nn import functional as F

print("the module says hello")

def network():
    return nn.Sequential(nn.Conv3d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv3d(8, 6, 1), nn.ReLU(), nn.Conv3d(6, 2, 1))

def batches():
    volumes = torch.rand(6, 2, 1, 4, 4, 4)
    return [(volume, (volume[:, 0] > 0.5).long()) for volume in volumes]

def loss(output, target):
    return F.cross_entropy(output, target)

def leaves():
    raise SystemExit(3)
"""
RECIPE = Recipe(3, 2, 1e-2, 8, 2, evaluations=1)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A module of the user's in the current folder, which nothing has imported or allowed."""
    name = "own_" + "".join(character if character.isalnum() else "_" for character in request.node.name)[:40]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("ranp.subject.own_code._allowed", set())
    (tmp_path / f"{name}.py").write_text(CODE)
    return name


@pytest.fixture
def database(module: str, tmp_path: Path) -> Database:
    return Database(str(tmp_path / "studies.db"))


def subject(module: str, model: str = "network") -> Subject:
    names = {name: f"{module}:{name}" for name in ("loss",)}
    return Subject(model=f"{module}:{model}", inputs=("1x1x4x4x4",), data=f"{module}:batches", **names)


def check(module: str, model: str = "network") -> Check:
    half = Contestant(PruningConfig("ranp-f", budget=("macs", 0.5)))
    return Check(subject(module, model), (Contestant(), half), recipe=RECIPE)


def test_a_worker_that_was_not_told_leaves_the_job_and_says_so(
    database: Database, module: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    id = enqueue(database, check(module))
    for _ in range(2):
        assert work(database, idle_seconds=0) == 0
    assert module not in sys.modules
    job = find_job(database, id)
    assert job.state == "waiting"
    assert f"it was not told to run '{module}:network'; start one with --allow {module}" in (job.lacks or "")
    assert sum("is left to other workers" in record.message for record in caplog.records) == 2  # once a worker
    assert main(["queue", "--database", str(database.file), "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["jobs"]
    assert (listed["lacks"], listed["network"]) == (job.lacks, f"{module}:network")
    assert main(["queue", "--database", str(database.file)]) == 0
    assert f"start one with --allow {module}" in capsys.readouterr().out
    allow([module])
    assert work(database, idle_seconds=0) == 1
    job = find_job(database, id)
    assert job.state == "done"
    assert [entry.reason for entry in job.entries] == [None, None]
    assert job.lacks is None


def test_a_worker_without_the_module_leaves_the_job_until_it_is_there(
    database: Database, module: str, tmp_path: Path
) -> None:
    (tmp_path / f"{module}.py").rename(tmp_path / "elsewhere.txt")
    allow([module])
    id = enqueue(database, check(module))
    assert work(database, idle_seconds=0) == 0
    assert f"the module '{module}', which '{module}:network' needs, is not installed there" in (
        find_job(database, id).lacks or ""
    )
    (tmp_path / "elsewhere.txt").rename(tmp_path / f"{module}.py")
    assert work(database, idle_seconds=0) == 1
    assert find_job(database, id).state == "done"


def test_a_worker_without_the_trained_weights_leaves_the_job_until_they_are_there(
    database: Database, module: str, tmp_path: Path
) -> None:
    allow([module])
    file = tmp_path / "best.safetensors"
    write_tensors(file, own_network(f"{module}:network", parse_inputs(["1x1x4x4x4"]), 0, None).model.state_dict())
    trained = replace(subject(module), checkpoint=str(file), checkpoint_sha256=read_checkpoint(file).sha256)
    file.rename(tmp_path / "elsewhere")
    id = enqueue(database, Check(trained, (Contestant(weights="kept"),), recipe=RECIPE))
    assert work(database, idle_seconds=0) == 0
    assert f"the checkpoint {file} is not on this machine" in (find_job(database, id).lacks or "")
    (tmp_path / "elsewhere").rename(file)
    assert work(database, idle_seconds=0) == 1
    assert [entry.reason for entry in find_job(database, id).entries] == [None]


def test_jobs_behind_one_that_is_left_are_run(database: Database, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ranp.queue.worker.run_check", lambda *_, **__: [])
    left = enqueue(database, check(module))
    other = enqueue(database, Check(Subject("unet3d"), (Contestant(),)))
    work(database, idle_seconds=0)
    assert find_job(database, left).state == "waiting"
    assert find_job(database, other).state == "failed"  # it was run, and gave nothing


def test_a_sweep_of_ones_own(database: Database, module: str) -> None:
    grid = Grid(subject(module), ("ranp-f",), (0.3,), recipe=RECIPE)
    assert start(database, "mine", grid) == 2
    assert work(database, idle_seconds=0) == 0
    allow([f"{module}:{name}" for name in ("network", "batches", "loss")])
    assert work(database, idle_seconds=0) == 2
    found = jobs(database, study="mine")
    assert [job.state for job in found] == ["done", "done"]
    assert database.study("mine").directions[0].name == "MINIMIZE"  # the loss


def test_code_that_ends_the_process_ends_its_job_alone(database: Database, module: str) -> None:
    allow([module])
    id = enqueue(database, check(module, "leaves"))
    assert work(database, idle_seconds=0) == 1
    job = find_job(database, id)
    assert job.state == "failed"
    assert f"'{module}:leaves' failed with SystemExit: 3" in (job.reason or "")


def test_the_local_worker_may_run_what_this_process_may(
    database: Database, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("ranp.queue.local_worker.subprocess.Popen", lambda command, **_: started.append(command))
    allow([f"{module}:network", f"{module}:loss"])
    assert start_local_worker(database)
    assert started[0][-4:] == ["--allow", f"{module}:loss", "--allow", f"{module}:network"]


def test_nothing_runs_that_nobody_named(module: str) -> None:
    allow([f"{module}:batches"])
    with pytest.raises(OwnCodeError, match="was not named when this process was started"):
        load_own(f"{module}:network")
    assert module not in sys.modules
    assert load_own(f"{module}:batches").__name__ == "batches"


def test_a_package_allows_what_is_below_it(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}_package").mkdir()
    (tmp_path / f"{module}_package" / "nets.py").write_text(CODE)
    (tmp_path / f"{module}_packages.py").write_text(CODE)
    allow([f"{module}_package"])
    assert load_own(f"{module}_package.nets:network")
    with pytest.raises(OwnCodeError, match="not named"):
        load_own(f"{module}_packages:network")


@pytest.mark.parametrize("text", ["a b", "", "../nets", "nets.py:"])
def test_what_is_allowed_is_a_module(text: str, module: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worker", "--allow", text, "--until-idle"]) == 2
    assert "is no module" in capsys.readouterr().err


def ran(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.slow
def test_from_the_queue_to_a_file_that_needs_no_library(database: Database, module: str, tmp_path: Path) -> None:
    """Asked for here, trained by a worker in another process, read back, exported, and rebuilt by PyTorch alone."""
    id = enqueue(database, check(module))
    asked = "worker", "--until-idle", "--database", str(database.file)
    idle = ran("-m", "ranp", *asked)
    assert idle.returncode == 0, idle.stderr
    assert idle.stderr.count(f"start one with --allow {module}") == 1
    done = ran("-m", "ranp", *asked, "--allow", module, "--json")
    assert json.loads(done.stdout)["jobs"] == 1, done.stderr
    assert "the module says hello" in done.stderr
    job = find_job(database, id)
    assert job.state == "done"
    half = job.entries[1]
    assert half.reason is None
    named = ["--model", f"{module}:network", "--input", "1x1x4x4x4"]
    learnt = ["--data", f"{module}:batches", "--loss", f"{module}:loss"]
    for command in (
        ["prune", *named, *learnt, "--method", "ranp-f", "--budget", "macs=0.5", "--out", "plan", "--json"],
        ["export", "plan", "--model", f"{module}:network", "--format", "pytorch", "--out", "small.py"],
    ):
        result = ran("-m", "ranp", *command)
        assert result.returncode == 0, result.stderr
        if command[0] == "prune":
            assert json.loads(result.stdout)["pruned"]["macs"] == half.macs
    built = (
        f"import sys; sys.modules['ranp'] = None; import {module}, small, torch; "
        f"model = small.shrink({module}.network()); "
        "print(model(torch.zeros(1, 1, 4, 4, 4)).shape, sum(each.numel() for each in model.parameters()))"
    )
    alone = subprocess.run([sys.executable, "-c", built], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert alone.returncode == 0, alone.stderr
    assert alone.stdout.split()[-1] == str(half.params)
