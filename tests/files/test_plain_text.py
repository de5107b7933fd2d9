"""Names that networks bring, on terminals of every kind and in tables."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from ranp.__main__ import main
from ranp.graph import trace
from ranp.plan import load_plan, plan_from_masks

NAMES = ("conv\none", "=1+1", "\x1b[2Jé")


def network() -> nn.Sequential:
    net = nn.Sequential()
    for place, name in enumerate(NAMES):
        net.add_module(name, nn.Conv3d(1 if place == 0 else 4, 4, 1))
    return net


def odd_plan(path: Path, kept: int = 3) -> None:
    graph = trace(network(), (torch.empty(1, 1, 2, 2, 2),))
    plan_from_masks(graph, {NAMES[0]: torch.arange(4) < kept}).save(path)


def test_a_layer_is_one_line_of_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd_plan(tmp_path / "plan")
    with (tmp_path / "plan" / "layers.csv").open(newline="") as file:
        text = file.read()
    assert text.count("\n") == 1 + len(NAMES)
    assert [row["name"] for row in csv.DictReader(io.StringIO(text))] == ["conv\\none", "'=1+1", "\\x1b[2Jé"]
    assert [layer.name for layer in load_plan(tmp_path / "plan").layers] == list(NAMES)
    own = f"{__name__}:network"
    assert main(["profile", "--model", own, "--input", "1x1x2x2x2"]) == 0
    said = capsys.readouterr().out
    assert "\nconv\\none " in said
    assert "\\x1b[2Jé" in said
    assert main(["prune", "--model", own, "--input", "1x1x2x2x2", "--method", "random", "--sparsity", "0.99"]) == 0
    assert "not feasible: layer 'conv\\none' has no neuron left" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["list", "--help", "profile unet3d --preset classroom"])
@pytest.mark.slow
def test_a_terminal_that_knows_ascii_only(command: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "ranp", *command.split()], capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert b"Error" not in done.stderr


def test_a_stream_that_knows_ascii_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["verify", str(tmp_path / "Zürich \udcff.zip")]) == 2
    assert main(["list"]) == 0
    terminal.seek(0)
    assert "Z\\xfcrich \\udcff.zip does not exist" in terminal.read()
