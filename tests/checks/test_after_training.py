"""Pruning after training: a check that goes on from trained weights, and what is left of it as files."""

import copy
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import ranp
from ranp.__main__ import main
from ranp.checks import Check, Contestant, Entry, run_check
from ranp.checks.check import pair, race
from ranp.checks.contestants import Shared, Start
from ranp.files import read_tensors, write_tensors
from ranp.models import Recipe, read_checkpoint
from ranp.queue import Grid, Search
from ranp.queue.sweep import check_of
from ranp.selection import PruningConfig
from ranp.subject import Metric, Subject, allow
from ranp.training import Alone

CODE = """
import torch
from torch import nn
from torch.nn import functional as F

def network():
    return nn.Sequential(nn.Conv3d(1, 8, 3, padding=1), nn.BatchNorm3d(8), nn.ReLU(), nn.Conv3d(8, 12, 1), nn.ReLU(),
                         nn.Conv3d(12, 2, 1))

def batches():
    generator = torch.Generator().manual_seed(0)
    volumes = torch.rand(12, 4, 1, 6, 6, 6, generator=generator)
    return [(volume, (volume[:, 0] > 0.5).long()) for volume in volumes]

def loss(output, target):
    return F.cross_entropy(output, target)

def accuracy(output, target):
    return (output.argmax(1) == target).float().mean()
"""
NAMED = ["--model", "learned:network", "--input", "1x1x6x6x6", "--data", "learned:batches", "--loss", "learned:loss"]
NAMED += ["--metric", "accuracy=learned:accuracy"]
RECIPE = Recipe(steps=4, batch_size=4, learning_rate=0.03, evaluations=2)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "learned.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "learned", raising=False)
    allow(["learned"])
    return tmp_path


def ours(**more: Any) -> Subject:
    """The network of the module, with its data."""
    return Subject(
        model="learned:network",
        inputs=("1x1x6x6x6",),
        data="learned:batches",
        loss="learned:loss",
        metrics=(Metric("accuracy", "learned:accuracy"),),
        **more,
    )


def trained(folder: Path, steps: int = 12) -> Subject:
    """The same after a short training, whose weights a file holds."""
    models: list[nn.Module] = []
    check = Check(ours(), (Contestant(),), recipe=replace(RECIPE, steps=steps))
    (entry,) = run_check(check, keep=lambda entry, plan, model: models.append(model))
    assert entry.reason is None
    write_tensors(folder / "full.safetensors", models[0].state_dict())
    file = folder / "full.safetensors"
    return ours(checkpoint=str(file), checkpoint_sha256=read_checkpoint(file).sha256)


def train(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["train", *NAMED, "--learning-rate", "0.03", *arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [entry["reason"] for entry in found["entries"]] == [None] * len(found["entries"])
    return found


def test_the_command_goes_on_where_training_ended(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = train(capsys, "--steps", "1", "--full-only")
    assert [entry["label"] for entry in alone["entries"]] == ["full"]
    first = train(capsys, "--steps", "12", "--method", "random", "--sparsity", "0.3", "--save-weights", "before")
    assert first["saved"] == ["before/full-seed0.safetensors", "before/random-seed0.zip"]
    small = ranp.load_plan("before/random-seed0.zip")
    assert small.provenance.import_path == "learned:network"
    assert dict(small.weights or {})["0.weight"].shape[0] == small.kept_counts["0"]

    file = "before/full-seed0.safetensors"
    more = ("--steps", "4", "--budget", "macs=0.5", "--weights", "kept", "--weights", "new", "--save-weights", "after")
    then = train(capsys, "--checkpoint", file, *more)
    labels = ["full, weights kept", "full", "ranp-f, weights kept", "ranp-f"]
    assert [entry["label"] for entry in then["entries"]] == labels
    kept, anew, pruned, pruned_anew = then["entries"]
    assert kept["curve"][0]["step"] == 0
    assert kept["curve"][0]["figures"] == first["entries"][0]["figures"]  # where the other ended
    assert pruned["curve"][0]["step"] == 0
    assert [entry["curve"][0]["step"] > 0 for entry in (anew, pruned_anew)] == [True, True]
    assert pruned["macs"] == pruned_anew["macs"] <= 0.5 * kept["macs"]

    plan = ranp.load_plan(f"after/{Path(then['saved'][2]).name}")
    assert plan.provenance.checkpoint_sha256 == read_checkpoint(file).sha256
    verified = ["verify", then["saved"][2], "--model", "learned:network", "--checkpoint", file, "--json"]
    assert main(verified) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["weights_match"], told["weights_load"]) == (True, True, True)
    assert main(["train", *NAMED, "--checkpoint", file, "--steps", "1", "--no-full"]) == 0
    assert "ranp-f, weights kept" in capsys.readouterr().out


def test_the_criterion_is_taken_on_the_trained_network_and_its_weights_are_kept(here: Path) -> None:
    subject = trained(here)
    check = Check(subject, (Contestant(PruningConfig(sparsity=0.4), "kept"),), recipe=RECIPE)
    start = Start(check, Shared(check), 0, Alone())
    model, saved = start.model(), read_tensors(here / "full.safetensors")[0]
    assert all(torch.equal(value, saved[name]) for name, value in model.state_dict().items())
    drawn = Start(replace(check, subject=ours()), start.shared, 0, Alone())
    scores, before = start.scores(PruningConfig()), drawn.scores(PruningConfig())
    assert start.shared.own is not None
    batches = [(given.args[0], target) for given, target in start.shared.own.to_score(2, 0, 4)]
    expected = ranp.importance(model, batches, nn.functional.cross_entropy)
    assert all(torch.allclose(scores[name], expected[name]) for name in expected)
    assert not any(torch.allclose(scores[name], before[name]) for name in expected)
    plan = start.plan(check.contestants[0])
    assert plan is not None
    small = start.built(check.contestants[0], plan)
    assert torch.equal(small.get_parameter("0.weight"), model.get_parameter("0.weight")[plan.kept["0"]])


def test_new_weights_are_those_without_a_checkpoint(here: Path) -> None:
    subject = trained(here)
    start = [
        Start(check, Shared(check), 1, Alone())
        for check in (Check(each, (Contestant(),), seeds=(1,), recipe=RECIPE) for each in (subject, ours()))
    ]
    plan = start[0].plan(Contestant(PruningConfig(sparsity=0.4)))
    for of in (None, plan):
        contestant = Contestant(None if of is None else PruningConfig(sparsity=0.4))
        states = [each.built(contestant, of).state_dict() for each in start]
        assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_a_pruned_network_begins_with_statistics_of_its_own(here: Path) -> None:
    """Without them it would be judged by those of the full network."""
    seen: list[Entry] = []
    subject = trained(here)
    contestants = (Contestant(weights="kept"), Contestant(PruningConfig("random", 0.5), "kept"))
    check = Check(subject, contestants, recipe=replace(RECIPE, steps=1, learning_rate=1e-12))
    models: list[nn.Module] = []

    def keep(entry: Entry, plan: ranp.Plan | None, model: nn.Module) -> None:
        seen.append(entry)
        models.append(model)

    run_check(check, keep=keep)
    full, pruned = models
    before = read_tensors(here / "full.safetensors")[0]
    assert full[1].num_batches_tracked == before["1.num_batches_tracked"] + 1
    assert pruned[1].num_batches_tracked == 8 + 1
    assert seen[1].curve[0].figures != {}


def test_other_files_and_other_machines_are_told(here: Path) -> None:
    subject = trained(here)
    check = pair(subject, PruningConfig(sparsity=0.3), recipe=replace(RECIPE, steps=1))
    assert Check.from_dict(json.loads(json.dumps(check.as_dict()))) == check
    assert [each.label for each in check.contestants] == ["full, weights kept", "ranp-f, weights kept"]
    state = read_tensors(here / "full.safetensors")[0]
    write_tensors(here / "full.safetensors", {name: value + 1 for name, value in state.items()})
    with pytest.raises(ValueError, match=r"full\.safetensors has changed since: it was full\.safetensors \(SHA-256"):
        run_check(check)
    (here / "full.safetensors").unlink()
    with pytest.raises(ValueError, match=r"the weights of full\.safetensors \(SHA-256 \w{8}\) are not on this machine"):
        run_check(check)


def test_a_checkpoint_of_another_width_is_told_before_anything_is_trained(here: Path) -> None:
    write_tensors(here / "wide.safetensors", nn.Sequential(nn.Conv3d(1, 16, 3)).state_dict())
    subject = ours(checkpoint="wide.safetensors", checkpoint_sha256=read_checkpoint("wide.safetensors").sha256)
    told = "of another shape '0.weight' (8x1x3x3x3 expected, 16x1x3x3x3 found)"
    with pytest.raises(ValueError, match=re.escape(told)):
        run_check(pair(subject, PruningConfig(sparsity=0.3), recipe=RECIPE))


def test_subjects_with_a_checkpoint(here: Path) -> None:
    subject = Subject("unet3d", checkpoint="/data/best.pt", checkpoint_sha256="9f86d081" * 8)
    assert Subject.from_dict(json.loads(json.dumps(subject.as_dict()))) == subject
    assert subject.title == "unet3d, classroom, with the weights of best.pt (SHA-256 9f86d081)"
    assert subject.untrained == Subject("unet3d")
    assert "checkpoint" not in Subject("unet3d").as_dict()
    with pytest.raises(ValueError, match="give both, or neither"):
        Subject("unet3d", checkpoint="best.pt")


def test_races_and_sweeps_keep_trained_weights() -> None:
    subject = Subject("unet3d", checkpoint="/data/best.pt", checkpoint_sha256="9f86d081" * 8)
    assert {each.weights for each in race(subject, ("ranp-f", "random")).contestants} == {"kept"}
    for sweep in (Grid(subject, ("ranp-f",), (0.3,)), Search(subject)):
        assert [each.weights for each in sweep.template().contestants] == ["kept"]
    grid = Grid(subject, ("ranp-f",), (0.3,))
    study = {"template": copy.deepcopy(grid.template().as_dict())}
    labels = [check_of(study, point, {}).contestants[0].label for point in grid.points()]
    assert labels == ["full, weights kept", "ranp-f, weights kept"]
    assert [each.weights for each in Grid(Subject("unet3d"), ("ranp-f",), (0.3,)).template().contestants] == ["new"]


def test_a_sweep_of_trained_weights_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained(here)
    sweep = ["sweep", "tuned", *NAMED, "--checkpoint", "full.safetensors", "--sparsity", "0.3", "--steps", "2"]
    assert main([*sweep, "--json"]) == 0
    states = [trial["state"] for trial in json.loads(capsys.readouterr().out)["trials"]]
    assert states == ["done", "done"]


def test_where_weights_cannot_be_saved_nothing_is_trained(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "taken").write_text("")
    assert main(["train", *NAMED, "--steps", "1", "--save-weights", "taken"]) == 2
    assert "taken is no folder" in capsys.readouterr().err
    (here / "odd" / "full-seed0.safetensors").mkdir(parents=True)
    assert main(["train", *NAMED, "--steps", "1", "--save-weights", "odd"]) == 2
    assert "is a folder, where a file is expected" in capsys.readouterr().err
