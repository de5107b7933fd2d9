"""Every exercise's solution passes and its wrong answers get their hints; files that make no sense are refused."""

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ranp.__main__ import main
from ranp.exercises import Rule, find, flaws, grade, lesson_exercises, read_exercises
from ranp.exercises.measuring import _traced, measured
from ranp.exercises.proving import plan_of
from ranp.subject import library_network
from ranp.timing import TimePrices, read_work, shipped_table

PLAN = "fifth-of-the-macs"


@pytest.mark.parametrize("name", list(lesson_exercises()))
def test_the_solution_passes_and_wrong_answers_get_their_hints(name: str) -> None:
    assert flaws(find(name)) == []


def test_each_lesson_has_three_to_five_exercises() -> None:
    files = sorted((Path(__file__).parents[2] / "ranp" / "exercises" / "lessons").glob("*.yaml"))
    assert len(files) == 12
    assert all(3 <= len(read_exercises(file)) <= 5 for file in files)


def test_a_hint_says_both_figures() -> None:
    verdict = grade(find(PLAN), plan_of(find(PLAN), {"method": "vanilla", "budget": {"macs": 0.2}, "min_neurons": 1}))
    assert not verdict.passed
    assert "0.8% of the neurons of the thinnest layer, 'encoder4.conv2', are left; wanted: at least 10.0%" in str(
        verdict
    )


def test_an_option_that_reads_as_a_number_may_be_given_as_one() -> None:
    assert grade(find("depthwise-pair"), 48).passed
    assert not grade(find("depthwise-pair"), 96).passed


def test_a_choice_is_listed_and_asked_with_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["depthwise-pair"], ["depthwise-pair", "96"]):
        main(["check-exercise", *arguments])
        assert "\n    48: 48, pair by pair.\n" in capsys.readouterr().out, arguments
    assert main(["check-exercise", "depthwise-pair", "48"]) == 0
    assert "pair by pair" not in capsys.readouterr().out


@pytest.mark.parametrize("method", ["random", "layerwise", "weighted", "ranp-f", "ranp-m"])
def test_the_budget_that_a_hint_advises_passes_whatever_the_method(method: str) -> None:
    exercise = find("quarter-for-a-race")
    assert grade(exercise, plan_of(exercise, {"method": method, "budget": {"macs": 0.25}})).passed


def test_stated_costs_do_not_count(tmp_path: Path) -> None:
    """A file that claims small costs for a large network is priced anew."""
    plan_of(find(PLAN), {"method": "ranp-f", "sparsity": 0.1}).save(tmp_path / "plan")
    document = json.loads((tmp_path / "plan" / "plan.json").read_text())
    document["pruned"]["macs"] = 1
    (tmp_path / "plan" / "plan.json").write_text(json.dumps(document))
    assert main(["check-exercise", PLAN, str(tmp_path / "plan")]) == 1


def test_seconds_are_those_of_the_table_that_comes_with_the_library() -> None:
    exercise = find("half-of-the-time")
    plan, table = plan_of(exercise, {"method": "ranp-f", "budget": {"macs": 0.5}}), shipped_table("unet3d", "classroom")
    network = library_network("unet3d", "classroom", {}, 0, "xavier")
    assert table is not None
    prices = TimePrices(network.trace(), read_work(network.shapes(), network.trace(), batch=table.batch), table)
    said = str(grade(exercise, plan))
    assert f"{prices.at(plan.kept) / prices.at():.1%} of a training step's seconds are left" in said
    assert "wanted: at most 50.0%" in said


def test_a_rule_on_time_needs_a_table_of_the_network() -> None:
    elsewhere = replace(find("half-of-the-time"), preset="brats")
    with pytest.raises(ValueError, match="no time table of unet3d, brats"):
        measured(elsewhere, Rule("time"), {})


def test_a_solution_that_fails_is_a_flaw(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("- {name: two, answer: number, task: One and one, solution: 2, wrong: [{answer: 2, hint: 'no'}]}")
    said = flaws(read_exercises(file)["two"])
    assert any("passes" in flaw for flaw in said)
    assert any("2 wrong answers" in flaw for flaw in said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("just words", "list of exercises"),
        ("- {name: '<b>'}", "needs a name"),
        ("- {name: a, answer: essay, task: x, solution: 1, wrong: []}", "expected one of plan, number, choice, code"),
        ("- {name: a, answer: number, task: x, solution: y, wrong: []}", "no number"),
        ("- {name: a, answer: number, task: x, solution: 1, wrong: [], bonus: 3}", "bonus"),
        ("- !!python/object/apply:os.system ['true']", "no YAML"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(ValueError, match=said):
        read_exercises(tmp_path / "mine.yaml")


def test_a_class_is_graded_in_bulk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handed = tmp_path / "handed-in"
    for student, settings in (("ann", {"budget": {"macs": 0.2}}), ("=bob", {"sparsity": 0.1})):
        (handed / student).mkdir(parents=True)
        plan_of(find(PLAN), {"method": "ranp-f", **settings}).save(handed / student / f"{PLAN}.zip")
    (handed / "eve").mkdir()
    (handed / "eve" / f"{PLAN}.zip").write_bytes(b"no zip")
    assert main(["grade", str(handed), "--csv", str(tmp_path / "grades.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["passed"] == 1
    with (tmp_path / "grades.csv").open(newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {name: row["passed"] for name, row in rows.items()} == {"ann": "yes", "'=bob": "no", "eve": "unreadable"}
    assert "of the MACs are left" in rows["'=bob"]["hints"]


MINE = """
- name: half-of-mine
  answer: plan
  task: Leave at most half of the MACs.
  model: exercise_nets:tiny
  inputs: [1x1x6x6x6]
  data: exercise_nets:batches
  loss: exercise_nets:loss
  rules: [{measure: macs, at_most: 0.5, hint: Prune more.}]
  solution: {method: ranp-f, budget: {macs: 0.5}}
  wrong:
    - {answer: {method: ranp-f, sparsity: 0.0}, hint: Prune more.}
    - {answer: {method: vanilla, sparsity: 0.1}, hint: Prune more.}
"""
NETS = """
import torch
from torch import nn

def tiny():
    return nn.Sequential(nn.Conv3d(1, 8, 3), nn.ReLU(), nn.Conv3d(8, 6, 1), nn.ReLU(), nn.Conv3d(6, 2, 1))

def batches():
    draw = torch.Generator().manual_seed(0)
    return [(torch.rand(2, 1, 6, 6, 6, generator=draw), torch.zeros(2, 4, 4, 4, dtype=torch.long)) for _ in range(4)]

loss = nn.functional.cross_entropy
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A teacher's file about a network of the teacher's own."""
    (tmp_path / "exercise_nets.py").write_text(NETS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("ranp.subject.own_code._allowed", set())
    (tmp_path / "mine.yaml").write_text(MINE)
    return tmp_path / "mine.yaml"


def test_an_exercise_about_ones_own_network(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its code runs only where the command names it; a class is then graded as for any other."""
    handed = mine.parent / "handed-in" / "ann"
    handed.mkdir(parents=True)
    subject = ["--model", "exercise_nets:tiny", "--input", "1x1x6x6x6", "--method", "random"]
    assert main(["check-exercise", "--file", str(mine), "half-of-mine"]) == 0
    assert "exercise_nets" not in sys.modules
    assert main(["check-exercise", "--file", str(mine), "--prove"]) == 2
    assert "start with --allow exercise_nets" in capsys.readouterr().err
    assert main(["check-exercise", "--file", str(mine), "--prove", "--allow", "exercise_nets"]) == 0
    assert main(["prune", *subject, "--budget", "macs=0.4", "--out", str(handed / "half-of-mine.zip")]) == 0
    assert main(["grade", str(handed.parent), "--file", str(mine), "--allow", "exercise_nets", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["passed"] == 1


def test_a_class_is_not_blamed_for_code_that_was_not_named(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (mine.parent / "handed-in" / "ann").mkdir(parents=True)
    (mine.parent / "handed-in" / "ann" / "half-of-mine.zip").write_bytes(b"no zip")
    _traced.cache_clear()
    assert main(["grade", str(mine.parent / "handed-in"), "--file", str(mine)]) == 2
    assert "start with --allow exercise_nets" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("model: exercise_nets:tiny", "model: nowhere"), "no import path"),
        (("inputs: [1x1x6x6x6]", "inputs: [huge]"), "makes no sense"),
        (("inputs: [1x1x6x6x6]", "inputs: [3]"), "no text"),
        (("inputs: [1x1x6x6x6]", "inputs: 1x1x6x6x6"), "no list"),
        (("loss: exercise_nets:loss", "preset: classroom"), "needs --loss"),
        (("loss: exercise_nets:loss", "architecture: unet3d"), "leave one of them out"),
        (("model: exercise_nets:tiny", "architecture: unet3d"), "go with a model"),
    ],
)
def test_a_network_of_ones_own_that_makes_no_sense(mine: Path, changes: tuple[str, str], said: str) -> None:
    mine.write_text(MINE.replace(*changes))
    with pytest.raises(ValueError, match=said):
        read_exercises(mine)


def test_numbers_that_come_from_a_network_are_that_networks() -> None:
    graph = plan_of(find(PLAN), {}), find("neurons-in-all")
    assert sum(layer.neurons for layer in graph[0].layers) == graph[1].solution
    convolution = torch.nn.Conv3d(4, 8, 3)
    connections = (convolution.weight.numel() + convolution.bias.numel()) / convolution.out_channels
    assert connections == find("kernel-weights").solution
    softmax = torch.softmax(-torch.tensor([0.5, 1.0]), 0)
    assert float(1 + 10 * softmax[0]) == pytest.approx(find("reweighting-factor").solution, rel=1e-4)
