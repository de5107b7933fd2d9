"""Pruning after training: what `--checkpoint` changes in every command that starts from a network."""

import hashlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import ranp
from ranp.__main__ import main
from ranp.files import read_tensors, write_tensors
from ranp.fingerprint import weights_sha256
from ranp.models import build, read_checkpoint

SMALL = ["unet3d", "--set", "base_channels=2"]
OWN = ["--model", "trained_networks:chain", "--input", "1x3x6x6x6"]
_MODULE = """
from torch import nn

def chain(width=12):
    return nn.Sequential(nn.Conv3d(3, width, 1), nn.BatchNorm3d(width), nn.ReLU(), nn.Conv3d(width, 4, 1))
"""

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "trained_networks", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "trained_networks.py").write_text(_MODULE)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def one(*arguments: object, code: int = 0) -> dict[str, Any]:
        assert main([*map(str, arguments), "--json"]) == code
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return one


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def one(*arguments: object) -> str:
        assert main(list(map(str, arguments))) == 2
        told = capsys.readouterr()
        assert told.out == ""
        return told.err.strip().splitlines()[-1]

    return one


def _trained(scale: float = 0.05) -> nn.Module:
    """As a network is after training: other weights, and statistics of its own."""
    model = build("unet3d", "classroom", seed=3, base_channels=2)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for value in model.state_dict().values():
            if value.is_floating_point():
                value.add_(torch.rand(value.shape, generator=generator), alpha=scale)
    return model


def _saved(path: Path, model: nn.Module, prefix: str = "") -> Path:
    torch.save({"state_dict": {prefix + name: value for name, value in model.state_dict().items()}}, path)
    return path


def _flat(result: dict[str, Any]) -> list[float]:
    return [score for layer in result["layers"] for score in layer["scores"]]


def test_scores_are_of_the_trained_weights(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained = _trained()
    file = _saved(tmp_path / "best.ckpt", trained, "module.")
    result = run("score", *SMALL, "--checkpoint", file, "--out", tmp_path / "scores.safetensors")
    assert result["checkpoint"] == "best.ckpt"
    assert result["checkpoint_sha256"] == read_checkpoint(file).sha256
    assert result["weights_sha256"] == weights_sha256(trained)
    batches = ranp.data.batches("brain", (1, 4, 24, 24, 24), 4, 2, 4, 0)
    scores = ranp.importance(trained, batches, ranp.data.loss("brain"))
    expected = torch.cat(list(scores.values()))
    assert torch.allclose(torch.tensor(_flat(result)), expected.float(), rtol=1e-4)
    drawn = run("score", *SMALL)
    assert drawn["weights_sha256"] == weights_sha256(build("unet3d", "classroom", seed=0, base_channels=2))
    assert _flat(drawn) != _flat(result)
    file.touch()  # so that it is read again, and what it holds said again
    main(["score", *SMALL, "--checkpoint", str(file)])
    told = capsys.readouterr()
    assert f"trained weights: best.ckpt (SHA-256 {result['checkpoint_sha256'][:8]})" in told.out
    assert "names in best.ckpt begin with 'module.'" in told.err


def test_a_plan_of_trained_weights_goes_all_the_way(
    run: Run, refused: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = _trained()
    file, plan = _saved(tmp_path / "best.pt", trained), tmp_path / "plan"
    result = run("prune", *SMALL, "--checkpoint", file, "--budget", "macs=0.5", "--out", plan, "--weights")
    sha256 = read_checkpoint(file).sha256
    assert (result["checkpoint"], result["checkpoint_sha256"]) == ("best.pt", sha256)
    loaded = ranp.load_plan(plan)
    assert (loaded.provenance.checkpoint, loaded.provenance.checkpoint_sha256) == ("best.pt", sha256)
    small = loaded.apply(trained)
    weights = dict(loaded.weights or {})
    assert weights.keys() == small.state_dict().keys()
    assert all(torch.equal(value, weights[name]) for name, value in small.state_dict().items())

    verified = run("verify", plan, "--checkpoint", file)
    assert (verified["ok"], verified["weights_match"], verified["weights_load"]) == (True, True, True)
    run("export", plan, "--format", "weights", "--out", tmp_path / "small.safetensors", "--checkpoint", file)
    exported, _ = read_tensors(tmp_path / "small.safetensors")
    assert all(torch.equal(value, weights[name]) for name, value in exported.items())

    assert run("verify", plan)["weights_match"] is False
    assert run("show", plan)["checkpoint_sha256"] == sha256
    main(["diff", str(plan), str(plan)])
    assert capsys.readouterr().out.count(f"trained weights: best.pt (SHA-256 {sha256[:8]})") == 2
    told = refused("export", plan, "--format", "weights", "--out", tmp_path / "drawn.safetensors")
    assert f"made from the weights of best.pt (SHA-256 {sha256[:8]})" in told
    assert "add --checkpoint FILE" in told
    assert not (tmp_path / "drawn.safetensors").exists()
    run("export", plan, "--format", "pytorch", "--out", tmp_path / "small.py")  # which holds no weights


def test_a_file_that_changed_since_is_refused(run: Run, refused: Callable[..., str], tmp_path: Path) -> None:
    file, plan = _saved(tmp_path / "best.pt", _trained()), tmp_path / "plan"
    scores = tmp_path / "scores.safetensors"
    before = run("score", *SMALL, "--checkpoint", file, "--out", scores)["checkpoint_sha256"]
    run("prune", *SMALL, "--checkpoint", file, "--scores", scores, "--sparsity", "0.2", "--out", plan)
    _saved(file, _trained(scale=0.1))
    after = read_checkpoint(file).sha256
    for command in (["verify", plan], ["export", plan, "--format", "onnx"], ["transfer", plan]):
        told = refused(*command, "--checkpoint", file)
        assert (
            f"made from the weights of best.pt (SHA-256 {before[:8]}), not from best.pt (SHA-256 {after[:8]})" in told
        )
    told = refused("prune", *SMALL, "--checkpoint", file, "--scores", scores)
    assert f"checkpoint_sha256 '{before}', not '{after}'" in told
    told = refused("prune", *SMALL, "--scores", scores)
    assert f"checkpoint_sha256 '{before}', not None" in told


def test_what_does_not_fit_is_named_before_anything_is_computed(
    refused: Callable[..., str], here: Path, tmp_path: Path
) -> None:
    wide = build("unet3d", "classroom", seed=0, base_channels=4)
    file = _saved(tmp_path / "wide.pt", wide, "_orig_mod.")
    for command in ("score", "prune", "profile", "curve"):
        told = refused(command, *SMALL, "--checkpoint", file)
        assert re.search(r"of another shape '[\w.]+' \(2x4x3x3x3 expected, 4x4x3x3x3 found\).* and \d+ more", told)
        told = refused(command, *OWN, "--checkpoint", file)
        assert "missing '0.weight', '0.bias', '1.weight' and " in told
    assert "No such file" in refused("score", *SMALL, "--checkpoint", tmp_path / "none.pt")
    torch.save({"state_dict": wide.state_dict(), "hyper_parameters": here}, tmp_path / "object.ckpt")
    assert "holds a pickled object (pathlib.PosixPath)" in refused("curve", *OWN, "--checkpoint", "object.ckpt")


def test_a_process_that_has_computed_is_not_forked(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forked: list[bool] = []

    class Here:
        def __init__(self, compute: Callable[[], int], fork: bool) -> None:
            forked.append(fork)
            self.result = compute

    monkeypatch.setattr("ranp.cli.step.Beside", Here)
    run("profile", *SMALL)
    run("profile", *SMALL, "--checkpoint", _saved(tmp_path / "best.pt", _trained()))
    assert forked == [True, False]


def test_plans_and_scores_of_before_there_were_checkpoints_still_load(run: Run, here: Path) -> None:
    run("score", *OWN, "--out", "scores")
    scores, told = read_tensors(here / "scores")
    about = json.loads(told["ranp.scores"])
    assert [about.pop(key) for key in ("checkpoint", "checkpoint_sha256")] == [None, None]
    write_tensors(here / "scores", scores, {"ranp.scores": json.dumps(about)})
    run("prune", *OWN, "--scores", "scores", "--sparsity", "0.3", "--out", "plan")
    file = here / "plan" / "plan.json"
    document = json.loads(file.read_text())
    assert [document.pop(key) for key in ("checkpoint", "checkpoint_sha256")] == [None, None]
    file.write_text(json.dumps(document))
    assert ranp.load_plan(here / "plan").provenance.checkpoint is None


def test_own_networks_start_from_a_checkpoint(run: Run, here: Path) -> None:
    torch.manual_seed(5)
    trained = nn.Sequential(nn.Conv3d(3, 12, 1), nn.BatchNorm3d(12), nn.ReLU(), nn.Conv3d(12, 4, 1))
    torch.save({"network_weights": trained.state_dict()}, here / "fold_0.pth")
    start = [*OWN, "--checkpoint", "fold_0.pth"]
    assert run("profile", *start)["checkpoint"] == "fold_0.pth"
    assert run("curve", *start, "--points", "5")["checkpoint"] == "fold_0.pth"
    run("prune", *start, "--method", "magnitude", "--sparsity", "0.3", "--out", "plan", "--weights")
    plan = ranp.load_plan(here / "plan")
    assert plan.provenance.weights_sha256 == weights_sha256(trained)
    assert torch.equal(dict(plan.weights or {})["0.weight"], trained[0].weight[plan.kept["0"]])
    sizes = trained[0].weight.abs().sum((1, 2, 3, 4)) + trained[0].bias.abs()
    assert sizes[plan.kept["0"]].min() > sizes[~plan.kept["0"]].max()
    assert run("verify", "plan", *OWN[:2], "--checkpoint", "fold_0.pth")["weights_match"] is True


def test_applying_to_other_weights_says_which_file_to_load(run: Run, tmp_path: Path) -> None:
    trained = _trained()
    run("prune", *SMALL, "--checkpoint", _saved(tmp_path / "best.pt", trained), "--out", tmp_path / "plan.zip")
    plan = ranp.load_plan(tmp_path / "plan.zip")
    fresh = build("unet3d", "classroom", base_channels=2)
    with pytest.warns(UserWarning, match=r"made from the weights of best\.pt .*ranp\.load_checkpoint"):
        plan.apply(fresh, verify=False)
    ranp.load_checkpoint(fresh, tmp_path / "best.pt")
    assert torch.equal(next(plan.apply(fresh).parameters()), next(plan.apply(trained).parameters()))


def test_the_app_tells_mistakes_before_it_starts(
    refused: Callable[..., str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _saved(here / "best.pt", _trained())  # of another width than the classroom's
    assert "goes with the network that it is of" in refused("app", "--checkpoint", file)
    assert "goes with the network that it is of" in refused("app", "--architecture", "unet3d")
    assert "No such file" in refused("app", *OWN, "--checkpoint", "none.pt")
    assert "of another shape" in refused("app", "--architecture", "unet3d", "--checkpoint", file)
    started: list[list[str]] = []
    monkeypatch.setattr("os.execve", lambda program, command, environment: started.append(command))
    main(["app", *OWN, "--checkpoint", str(file)])
    assert started[0][-2:] == ["--checkpoint", str(file)]


def test_how_far_training_moved_the_weights(here: Path, run: Run, refused: Callable[..., str]) -> None:
    """A pair of checkpoints: the first neuron of the first layer moved by 5, the others not at all."""
    model = build("unet3d", "classroom", seed=0, base_channels=2)
    torch.save(model.state_dict(), here / "before.pt")
    [name, first] = next(iter(model.named_parameters()))
    with torch.no_grad():
        first[0].flatten()[:2] += torch.tensor([3.0, 4.0])
    torch.save(model.state_dict(), here / "after.pt")
    pair = [*SMALL, "--checkpoint", "after.pt", "--before", "before.pt", "--criterion", "pgp"]
    scores = {layer["name"]: layer["scores"] for layer in run("score", *pair)["layers"]}
    assert scores[name.removesuffix(".weight")] == pytest.approx([5, 0, 0, 0], rel=1e-5)
    assert run("prune", *pair, "--sparsity", "0.3")["pruned"]["macs"] > 0
    known = f"beside those of before.pt (SHA-256 {hashlib.sha256((here / 'before.pt').read_bytes()).hexdigest()[:8]})"
    run("prune", *pair, "--sparsity", "0.3", "--out", "plan")
    assert str(ranp.load_plan(here / "plan").provenance.data).endswith(known), "another file is another plan"
    assert "--before goes with --criterion pgp" in refused("score", *SMALL, "--before", "before.pt")
    assert "needs the weights before it; give them" in refused("score", *SMALL, "--criterion", "pgp")
