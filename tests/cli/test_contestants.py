"""Who is trained: methods, controls, plans and settings of which several are compared, as options."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from ranp.__main__ import main
from ranp.checks import CONTROLS, COURSES, RACED, Check, Entry, read_races
from ranp.cli.commands.train import add_check, chosen_check, described

NETWORK = ["unet3d", "--preset", "classroom-shapes", "--set", "base_channels=2"]


def asked(*options: str) -> Check:
    parser = argparse.ArgumentParser()
    add_check(parser)
    return chosen_check(parser.parse_args([*NETWORK, *options]))


def test_the_controls_go_with_the_first_method_that_is_named() -> None:
    check = asked("--method", "vanilla", "--controls", "--budget", "macs=0.3", "--no-full")
    assert check.labels == (
        "vanilla", "shuffled, widths of vanilla", "worst, widths of vanilla", "thin", "random"
    )  # fmt: skip
    assert asked("--controls").labels == ("full", "ranp-f", *CONTROLS)
    assert asked("--method", "thin", "--method", "3sp", "--no-full").labels == ("thin", "3sp")


def test_a_budget_is_filled_unless_told_otherwise_or_counts_go_in_steps() -> None:
    def fill(*options: str) -> str:
        pruning = asked("--no-full", *options).contestants[0].pruning
        assert pruning is not None
        return pruning.fill

    assert fill("--budget", "macs=0.3") == "yes"
    assert fill("--budget", "macs=0.3", "--fill", "no") == "no"
    assert fill("--budget", "macs=0.3", "--multiple", "4") == "no"
    assert fill("--sparsity", "0.3") == "no"


def test_several_criteria_and_rules_of_ties_are_all_compared_and_told_apart() -> None:
    options = ["--criterion", "mpmg", "--criterion", "l1", "--coupling", "any", "--coupling", "all", "--no-full"]
    assert asked("--method", "ranp-f", "--method", "random", *options).labels == (
        "ranp-f",
        "ranp-f, coupling all",
        "ranp-f, criterion l1",
        "ranp-f, criterion l1, coupling all",
        "random",
        "random, coupling all",
    )


def test_seeds_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert asked("--seed-list", "3,5,8").seeds == (3, 5, 8)
    assert asked("--seeds", "2").seeds == (0, 1)
    assert asked("--init", "orthogonal").subject.init == "orthogonal"
    with pytest.raises(SystemExit):
        main(["train", *NETWORK, "--seed-list", "3;5"])
    assert "'3;5' is no list of seeds; write for instance 3,5,8" in capsys.readouterr().err


def test_a_plan_is_trained_and_what_networks_share_is_printed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plan = str(tmp_path / "mine")
    assert main(["prune", *NETWORK, "--method", "random", "--sparsity", "0.2", "--out", plan]) == 0
    options = ["--steps", "1", "--budget", "macs=0.7", "--method", "random", "--method", "worst", "--plan", plan]
    assert main(["train", *NETWORK, *options, "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [one["label"] for one in result["summary"]] == ["full", "random", "worst, widths of random", "plan mine"]
    cost, same = result["notes"]
    assert cost.startswith("MACs, 70% allowed: random ")
    assert same.startswith("'random' and 'worst, widths of random' are the same network")
    assert result["entries"][3]["used"] == {}
    assert main(["train", *NETWORK, "--plan", str(tmp_path / "none")]) == 2
    assert "there is no plan" in capsys.readouterr().err


def test_whether_the_criterion_matters_is_told_of_kept_weights_alone() -> None:
    def notes(*options: str) -> list[str]:
        check = asked("--controls", "--seeds", "4", *options)
        scores = {"ranp-f": 0.8, "shuffled": 0.6, "worst": 0.5}
        entries = [
            Entry(place, name, seed, score=scores.get(name.partition(",")[0], 0.7) + seed * (seed + place) % 7 / 5000)
            for place, name in enumerate(check.labels)
            for seed in check.seeds
        ]
        found: list[str] = described(check, entries)["notes"]
        return found

    told = "It matters here which neurons stay: other neurons, as many of each layer, do worse."
    assert notes("--weights", "kept") == notes("--weights", "new", "--weights", "kept") == [told]
    assert notes() == []


def test_a_race_of_other_contestants_has_a_file_of_its_own(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Check] = []

    def fake(check: Check, *_: Any, **__: Any) -> list[Entry]:
        seen.append(check)
        return [Entry(place, label, check.seeds[0], score=0.5) for place, label in enumerate(check.labels)]

    monkeypatch.setattr("ranp.checks.racing.run_check", fake)
    options = ["--method", "ranp-f", "--method", "shuffled", "--criterion", "l1", "--budget", "macs=0.5"]
    assert main(["race", "motion", *options, "--seed-list", "4,2"]) == 2
    assert "needs --out FILE" in capsys.readouterr().err
    out = tmp_path / "mine.json"
    assert (
        main(
            [
                "race",
                "motion",
                *options,
                "--init",
                "orthogonal",
                "--seed-list",
                "4,2",
                "--workers",
                "1",
                "--out",
                str(out),
            ]
        )
        == 0
    )
    assert [check.seeds for check in seen] == [(4,), (2,)]
    assert seen[0].labels == ("full", "ranp-f, criterion l1", "shuffled, criterion l1")
    assert (seen[0].budgets, seen[0].subject.init) == ((("macs", 0.5),), "orthogonal")
    [run] = read_races(out)["motion"].runs[:1]
    assert run["command"] == (
        "ranp race motion --method ranp-f --method shuffled --criterion l1 --budget macs=0.5 --init orthogonal "
        "--seed-list 4,2"
    )
    assert COURSES["motion"].labels[1] == "ranp-f"


def test_a_plan_races_beside_the_usual_methods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Check] = []
    monkeypatch.setattr("ranp.checks.racing.run_check", lambda check, *_, **__: seen.append(check) or [])
    plan, out = str(tmp_path / "mine"), str(tmp_path / "mine.json")
    assert main(["prune", *NETWORK, "--method", "random", "--sparsity", "0.2", "--out", plan]) == 0
    assert main(["race", "voxel-parts", "--plan", plan, "--seeds", "1", "--workers", "1", "--out", out]) == 0
    assert seen[0].labels == ("full", *RACED, "plan mine")
    assert asked("--plan", plan).labels == ("full", "plan mine")
