"""``ranp show`` and ``ranp diff`` against the plans that they read."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import ranp
from ranp.__main__ import main
from ranp.plan import Plan, Provenance
from ranp.selection import SETTINGS


def planned(widths: tuple[int, int, int], config: ranp.PruningConfig) -> Plan:
    first, second, last = widths
    network = nn.Sequential(nn.Conv3d(1, first, 1), nn.ReLU(), nn.Conv3d(first, second, 1), nn.Conv3d(second, last, 1))
    graph = ranp.trace(network, (torch.empty(2, 1, 4, 4, 4),))
    generator = torch.Generator().manual_seed(0)
    scores = {name: torch.rand(layer.neurons, generator=generator) for name, layer in graph.layers.items()}
    return ranp.prune(graph, scores, config, provenance=Provenance(import_path="mine:network"))


@pytest.fixture
def plans(tmp_path: Path) -> tuple[Plan, Plan]:
    by_hand = {"allocation": "by-hand", "layer_sparsities": (("2", 0.5),)}
    first = planned((8, 12, 3), ranp.PruningConfig("weighted", 0.25, protect=("0",), caps=(("2", 0.75),), **by_hand))
    second = planned((8, 12, 3), ranp.PruningConfig(method="weighted", budget=("macs", 0.4)))
    first.save(tmp_path / "first")
    second.save(tmp_path / "second.zip")
    return first, second


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert main([*map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_plan_is_shown_as_it_is(plans: tuple[Plan, Plan], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = plans[0]
    shown = run(capsys, "show", tmp_path / "first")
    assert {one["name"]: one["kept"] for one in shown["layers"]} == plan.kept_counts
    assert shown["pruned"] == plan.pruned.as_dict()
    assert shown["full"] == plan.full.as_dict()
    assert shown["settings"]["protect"] == ["0"]
    assert shown["settings"]["caps"] == {"2": 0.75}
    assert shown["settings"]["layer_sparsities"] == {"2": 0.5}
    assert shown["settings"].keys() >= {name for name in SETTINGS if SETTINGS[name].plan is not None}
    assert shown["settings"]["budget"] is None
    assert (shown["model"], shown["inputs"], shown["scored_by"]) == ("mine:network", ["2x1x4x4x4"], "elsewhere")
    assert main(["show", str(tmp_path / "second.zip")]) == 0
    said = capsys.readouterr().out
    assert "a plan for mine:network, called with 2x1x4x4x4" in said
    assert "budget macs=0.4" in said
    assert f"{plans[1].pruned.macs / plans[1].full.macs:.1%}" in said


def test_two_plans_are_compared_neuron_by_neuron(
    plans: tuple[Plan, Plan], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = plans
    found = run(capsys, "diff", tmp_path / "first", tmp_path / "second.zip")
    assert found["differs"]["budget"] == [None, {"macs": 0.4}]
    assert found["differs"]["protect"] == [["0"], []]
    assert "method" not in found["differs"]
    both = sum(int((first.kept[name] & second.kept[name]).sum()) for name in first.kept)
    either = sum(int((first.kept[name] | second.kept[name]).sum()) for name in first.kept)
    assert found["jaccard"] == pytest.approx(both / either)
    for layer in found["layers"]:
        assert layer["first"] == first.kept_counts[layer["name"]]
        assert layer["second"] == second.kept_counts[layer["name"]]
        assert layer["both"] == int((first.kept[layer["name"]] & second.kept[layer["name"]]).sum())
    assert main(["diff", str(tmp_path / "first"), str(tmp_path / "first")]) == 0
    assert "layers that keep the same neurons: 3 of 3" in capsys.readouterr().out


def test_plans_of_other_networks_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, widths in (("one", (8, 12, 3)), ("other", (8, 10, 3))):
        planned(widths, ranp.PruningConfig(method="weighted", sparsity=0.2)).save(tmp_path / name)
    assert main(["diff", str(tmp_path / "one"), str(tmp_path / "other")]) == 2
    assert "the plans are of different networks" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["show", "diff"])
def test_what_is_no_plan_is_one_sentence(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, *[str(tmp_path / "none")] * (1 + (command == "diff"))]) == 2
    assert capsys.readouterr().err.count("\n") == 1
