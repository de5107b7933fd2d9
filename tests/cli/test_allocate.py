"""``ranp allocate``: a method's widths beside the best ones, as an object and as text."""

import json
import sys
from pathlib import Path

import pytest

from ranp.__main__ import main

CHAIN = ["--model", "narrow_networks:chain", "--input", "1x1x4x4x4", "--criterion", "l1"]
MODULE = """
import torch
from torch import nn

def chain():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(1, 6, 3), nn.ReLU(), nn.Conv3d(6, 5, 1), nn.ReLU(), nn.Conv3d(5, 2, 1))
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "narrow_networks", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "narrow_networks.py").write_text(MODULE)


def test_the_best_widths_keep_no_less_than_the_methods(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["allocate", *CHAIN, "--budget", "macs=0.5", "--budget", "memory=0.9", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["proven"]
    assert found["all_widths"]
    assert found["importance_of_method"] <= found["importance_of_optimum"] <= found["importance_bound"] + 1e-9
    assert all(found["used_by_optimum"][kind] <= limit for kind, limit in found["limits"].items())
    first, second, out = found["layers"]
    assert out["kept"] == out["optimal"] == 2
    macs = 8 * (27 * first["optimal"] + first["optimal"] * second["optimal"] + 2 * second["optimal"])
    assert macs == found["used_by_optimum"]["macs"]
    assert found["limits"]["macs"] == pytest.approx(0.5 * 8 * (27 * 6 + 30 + 10), rel=1e-6)


def test_at_a_sparsity_the_plans_macs_are_the_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["allocate", *CHAIN, "--sparsity", "0.3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["limits"] == found["used_by_method"]
    assert main(["allocate", *CHAIN, "--sparsity", "0.3"]) == 0
    said = capsys.readouterr().out
    assert "a lens, not a promise" in said
    assert "a million MACs more buys" in said
    assert max(map(len, said.splitlines())) <= 120


def test_what_the_best_widths_keep_to_in_any_case_may_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["allocate", *CHAIN, "--sparsity", "0.3", "--min-neurons", "1", "--multiple", "1", "--json"]) == 0
    assert all(layer["optimal"] >= 1 for layer in json.loads(capsys.readouterr().out)["layers"])
    with pytest.raises(SystemExit):
        main(["allocate", "--help"])
    told = capsys.readouterr().out
    assert "--protect" not in told
    assert "--coupling" in told


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--budget", "peak=0.5"], "allocate limits macs, memory, params, not peak"),
        (["--method", "random"], "method 'random' ranks by random, and allocate needs scores"),
        (["--protect", "0"], "allocate does not hold its best widths to --protect; leave it out"),
        (["--cap", "0=0.5"], "allocate does not hold its best widths to --cap;"),
        (["--width", "0=2"], "allocate does not hold its best widths to --width;"),
        (["--multiple", "2", "--min-neurons", "2"], "allocate does not hold its best widths to --min-neurons;"),
        (["--levels", "1"], "--levels must be at least 2"),
    ],
)
def test_a_mistake_is_one_sentence(more: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["allocate", *CHAIN, *more]) == 2
    assert said in capsys.readouterr().err
