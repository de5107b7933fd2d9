"""Budgets of the peak memory of a training step on the command line: met, told, saved, checked again, refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ranp.__main__ import main
from ranp.plan import load_plan
from ranp.resources import peak_training_bytes

MODULE = """
from torch import nn

def chain():
    return nn.Sequential(
        nn.Conv3d(1, 12, 3, padding=1), nn.ReLU(), nn.Conv3d(12, 10, 3, padding=1), nn.ReLU(), nn.Conv3d(10, 4, 1)
    )
"""
OWN = ["--model", "networks_of_peak:chain", "--input", "2x1x8x8x8"]
BUDGETS = ["--method", "layerwise", "--budget", "macs=0.7", "--budget", "peak=100 kB", "--batch", "1"]
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "networks_of_peak.py").write_text(MODULE)

    def one(*arguments: object, code: int = 0) -> dict[str, Any]:
        assert main([*map(str, arguments), "--json"]) == code
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return one


def stepped(batch: int, first: int = 12, second: int = 10, optimizer: str = "adamw") -> int:
    network = nn.Sequential(
        nn.Conv3d(1, first, 3, padding=1),
        nn.ReLU(),
        nn.Conv3d(first, second, 3, padding=1),
        nn.ReLU(),
        nn.Conv3d(second, 4, 1),
    )
    return peak_training_bytes(network, torch.empty(batch, 1, 8, 8, 8), optimizer)


def test_both_budgets_are_met_told_saved_and_checked_again(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    found = run("prune", *OWN, *BUDGETS, "--out", "plan")
    kept = [layer["kept"] for layer in found["layers"]]
    peaks = [found[name]["peak_training_bytes"] for name in ("full", "pruned")]
    assert found["budget"] == {"macs": 0.7, "peak": "100kB"}
    assert peaks == [stepped(1), stepped(1, *kept[:2])]
    assert peaks[1] <= 100_000 < peaks[0]
    assert found["pruned"]["macs"] <= 0.7 * found["full"]["macs"]
    [cost] = found["step_costs"]
    assert cost["terms"] == {"batch": 1, "optimizer": "adamw", "precision": "float32"}
    assert load_plan(Path("plan")).step_costs[0].pruned == peaks[1]

    shown = run("show", "plan")
    assert shown["settings"]["budget"] == {"macs": 0.7, "peak": "100kB"}
    assert [shown[name]["peak_training_bytes"] for name in ("full", "pruned")] == peaks
    checked = run("verify", "plan", "--model", "networks_of_peak:chain")
    assert [checked[name]["peak_training_bytes"] for name in ("full", "pruned")] == peaks
    assert checked["ok"]
    assert checked["peak_matches"] is True
    assert main(["show", "plan"]) == 0
    said = capsys.readouterr().out
    assert "budget macs=0.7 peak=100kB" in said
    assert "the peak of a step at batch 1 (adamw, float32)" in said


def test_a_plan_that_says_another_peak_is_not_verified(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("prune", *OWN, *BUDGETS, "--out", "plan")
    document = json.loads(Path("plan/plan.json").read_text())
    document["step_costs"][0]["pruned"] -= 4
    Path("plan/plan.json").write_text(json.dumps(document))
    found = run("verify", "plan", "--model", "networks_of_peak:chain", code=1)
    assert (found["costs_match"], found["peak_matches"], found["ok"]) == (True, False, False)
    assert main(["verify", "plan", "--model", "networks_of_peak:chain"]) == 1
    assert "peak memory of a training step as in the plan: no" in capsys.readouterr().out


def test_plans_are_compared_by_the_same_step_only(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for name, batch in (("one", 1), ("two", 1), ("three", 3)):
        share = "peak=0.8" if name == "one" else "peak=0.6"
        run("prune", *OWN, "--method", "layerwise", "--budget", share, "--batch", batch, "--out", name)
    found = run("diff", "one", "two")
    assert found["first"]["pruned"]["peak_training_bytes"] > found["second"]["pruned"]["peak_training_bytes"]
    assert found["differs"]["budget"] == [{"peak": 0.8}, {"peak": 0.6}]
    main(["diff", "one", "two"])
    assert "training memory" in capsys.readouterr().out
    main(["diff", "one", "three"])
    assert "training memory  " not in capsys.readouterr().out


def test_the_batch_and_the_optimizer_are_those_asked_for(run: Run) -> None:
    free = ["prune", *OWN, "--method", "layerwise", "--sparsity", "0.5"]
    assert run(*free)["full"]["peak_training_bytes"] == stepped(2)
    found = run(*free, "--batch", "4", "--optimizer", "sgd", "--out", "plan")
    kept = [layer["kept"] for layer in found["layers"]]
    peaks = [stepped(4, optimizer="sgd"), stepped(4, *kept[:2], optimizer="sgd")]
    assert [found[name]["peak_training_bytes"] for name in ("full", "pruned")] == peaks
    assert run("show", "plan")["step_costs"] == found["step_costs"]
    assert run("profile", *OWN, "--batch", "4", "--optimizer", "sgd")["total"]["peak_training_bytes"] == peaks[0]


def test_a_curve_tells_the_peak_where_a_batch_is_named(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    curve = ["curve", *OWN, "--method", "layerwise", "--points", "5"]
    assert "peak_training_bytes" not in run(*curve)
    found = run(*curve, "--batch", "3")
    assert found["step"] == {"peak": {"batch": 3, "optimizer": "adamw", "precision": "float32"}}
    for point, peak in enumerate(found["peak_training_bytes"]):
        first, second, _ = (layer["kept"][point] for layer in found["layers"])
        assert peak == stepped(3, first, second)
    assert main([*curve, "--batch", "3"]) == 0
    assert "memory at batch 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--budget", "peak=8XB"],
            "the peak budget must be above 0 and at most 1 (of the full network), or an amount in B",
        ),
        (["--budget", "peak=0"], "the peak budget must be"),
        (["--budget", "peak=-8GiB"], "the peak budget must be"),
        (["--budget", "peak=8"], "such as '8GiB', not 8.0"),
        (["--budget", "macs=8GiB"], "the macs budget must be above 0 and at most 1 (of the full network), not '8GiB'"),
        (["--budget", "macs=0.5", "--budget", "macs=0.4"], "two budgets of macs; give the smaller one"),
        (["--budget", "peak=1kB", "--method", "layerwise"], "a budget of peak=1kB cannot be met"),
        (
            ["--budget", "peak=0.5", "--batch", "0"],
            "the batch of a training step must be a whole number of at least 1, not 0",
        ),
        (["--sparsity", "0.5", "--batch", "-3"], "the batch of a training step must be"),
        (["--budget", "peak=0.5", "--sparsity", "0.5"], "not allowed with"),
    ],
)
def test_bad_input_gets_a_sentence_and_leaves_nothing(
    arguments: list[str], said: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["prune", *OWN, *arguments, "--out", "plan"])
    except SystemExit as left:
        code = int(left.code or 0)
    out, told = capsys.readouterr()
    assert (code, out) == (2, "")
    assert said in told.splitlines()[-1]
    assert "Traceback" not in told
    assert not Path("plan").exists()
