"""Criteria and rules of ties of one's own on the command line: run because they were named, and recorded by name."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from ranp.__main__ import main
from ranp.checks import Check, Contestant
from ranp.files import read_tensors
from ranp.plan import load_plan
from ranp.queue.able import code_of
from ranp.selection import PruningConfig
from ranp.subject import Subject

CODE = """
import torch

def sensitivity(weight, gradient):
    return (weight * gradient).abs()

def signed(weight, gradient):
    return weight * gradient

def some(votes, layers):
    return votes.any(dim=1)

def breaks(votes, layers):
    raise RuntimeError("no quorum")

number = 3
"""
NETWORK = ["unet3d", "--set", "base_channels=2"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("ranp.subject.own_code._allowed", set())
    (tmp_path / "mine.py").write_text(CODE)
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_scores_and_plans_by_functions_of_ones_own(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They say what the library's own do, so that all of it must be the same but for the names."""
    scored = ran(capsys, "score", *NETWORK, "--criterion", "mine:sensitivity", "--out", "scores.safetensors")
    assert scored["criterion"] == "mine:sensitivity"
    assert scored["layers"] == ran(capsys, "score", *NETWORK)["layers"]
    options = ["--sparsity", "0.2", "--criterion", "mine:sensitivity", "--coupling", "mine:some", "--out", "plan"]
    pruned = ran(capsys, "prune", *NETWORK, *options)
    assert pruned["layers"] == ran(capsys, "prune", *NETWORK, "--sparsity", "0.2")["layers"]
    settings = ran(capsys, "show", "plan")["settings"]
    assert (settings["criterion"], settings["coupling"]) == ("mine:sensitivity", "mine:some")
    assert load_plan(here / "plan").config.coupling == "mine:some"
    again = ran(capsys, "prune", *NETWORK, "--sparsity", "0.2", "--scores", "scores.safetensors")
    assert again["layers"] == pruned["layers"]
    assert len(read_tensors(here / "scores.safetensors", 2**20)[0]) == len(scored["layers"])


def test_a_training_check_takes_them_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--steps", "1", "--sparsity", "0.2", "--no-full"]
    own = ["--criterion", "mine:sensitivity", "--coupling", "mine:some"]
    found = ran(capsys, "train", *NETWORK, *options, *own)
    plain = ran(capsys, "train", *NETWORK, *options)
    (pruning,) = [each["pruning"] for each in found["check"]["contestants"]]
    assert (pruning["criterion"], pruning["coupling"]) == ("mine:sensitivity", "mine:some")
    assert found["entries"][0]["score"] == plain["entries"][0]["score"]


def test_a_worker_is_asked_for_their_code() -> None:
    """A job that names code of one's own is for workers that were told of it."""
    config = PruningConfig(criterion="mine:sensitivity", coupling="mine:some")  # type: ignore[arg-type]
    check = Check(Subject("unet3d"), (Contestant(), Contestant(config)))
    document = json.loads(json.dumps(check.as_dict()))
    assert Check.from_dict(document) == check
    assert check.code == ("mine:sensitivity", "mine:some")
    assert set(check.code) <= set(code_of({}, {"check": document}))


def test_a_check_takes_names_alone() -> None:
    with pytest.raises(ValueError, match=r"a check travels as names: give the coupling '.*' as an import path"):
        Contestant(PruningConfig(coupling=lambda votes, _: votes.any(dim=1)))


def test_a_plan_that_names_code_runs_none(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    options = ["--method", "random", "--sparsity", "0.2", "--coupling", "mine:some", "--out", "plan"]
    ran(capsys, "prune", *NETWORK, *options)
    del sys.modules["mine"]
    (here / "mine.py").write_text("raise SystemExit('run')")
    assert main(["verify", "plan"]) == 0
    assert "mine" not in sys.modules


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--criterion", "mpgm"], "invalid choice: 'mpgm' (choose from 'mpmg', "),
        (["--criterion", "mpgm"], "; did you mean 'mpmg'?"),
        (["--coupling", "anny"], "; did you mean 'any'?"),
        (["--criterion", "mine:nothing"], "the module 'mine' has no 'nothing'"),
        (["--criterion", "nowhere:rule"], "cannot import 'nowhere'"),
        (["--criterion", "mine:number"], "'mine:number' must be a function, not int"),
        (["--coupling", "mine:breaks"], "the coupling 'mine:breaks' failed with RuntimeError: no quorum"),
        (["--criterion", "mine:signed"], "the criterion 'mine:signed' returned -"),
    ],
)
def test_mistakes_are_one_sentence(options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        scoring = "--criterion" in options
        code = main([*(["score", *NETWORK] if scoring else ["prune", "mobilenetv2", "--method", "random"]), *options])
    except SystemExit as stopped:
        code = int(str(stopped.code))
    said = capsys.readouterr().err
    assert code == 2
    assert complaint in said
    assert len(said.strip().splitlines()) == 1
