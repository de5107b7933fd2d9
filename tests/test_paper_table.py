"""The paper's table: its figures are those of plans, an emptied layer is said, and saved figures can be shown again."""

import dataclasses
import json
from pathlib import Path

import pytest

import ranp
from ranp.models import PAPER_NETWORKS
from ranp.subject import Scoring
from tests.benchmarks import paper_table
from tests.benchmarks.paper_table import CLAIM, METHODS, SETTINGS, Entry, as_json, markdown, measure
from tests.benchmarks.real_layouts import sceneflow_pairs, ucf101_videos

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return measure("mobilenetv2", "classroom", Scoring(count=1, batch_size=2))


def test_every_setting_of_the_paper_is_measured() -> None:
    paper_presets = {
        (name, preset)
        for name, architecture in PAPER_NETWORKS.items()
        for preset in architecture.presets
        if not preset.startswith("classroom")
    }
    assert {(setting.architecture, setting.preset) for setting in SETTINGS.values()} == paper_presets


def test_figures_are_those_of_the_plan(entries: list[Entry], tmp_path: Path) -> None:
    assert [(entry.method, entry.coupling) for entry in entries] == [
        (method, coupling) for method in METHODS for coupling in ("any", "paper", "all")
    ]
    model = ranp.build("mobilenetv2", "classroom")
    graph = ranp.trace(model, ranp.models.example_inputs("mobilenetv2", "classroom"))
    ucf101_videos(tmp_path, classes=8, count=2, seed=0)
    data = ranp.data.load("motion", tmp_path, (1, 3, 8, 48, 48), classes=8, batch_size=2, count=1, seed=0).batches
    scores = ranp.importance(model, data, ranp.data.loss("motion"), layers=list(graph.layers.values()))
    plan = ranp.prune(graph, scores, ranp.PruningConfig(method="ranp-f", sparsity=0.5, lam=80.0))
    first = entries[0]
    assert first.full == plan.full.as_dict()
    assert first.removed.macs == pytest.approx(1 - plan.pruned.macs / plan.full.macs)
    assert first.removed.neurons == pytest.approx(plan.achieved_sparsity)


def test_an_emptied_layer_is_said_with_what_is_feasible(entries: list[Entry]) -> None:
    entry = dataclasses.replace(
        entries[0], feasible=False, first_empty_layer="tail.conv", max_feasible_sparsity=0.25, at_sparsity=0.25
    )
    (line,) = [line for line in markdown(as_json([entry])).splitlines() if "RANP-f" in line]
    assert f"({entry.removed.macs:.1%})" in line
    assert "no: `tail.conv` is empty above 0.2500" in line


def test_the_data_that_were_used_are_said(entries: list[Entry], tmp_path: Path) -> None:
    assert entries[0].data == {"task": "motion", "format": "UCF101", "procedural": True, "folder": None}
    assert "UCF101 files, procedural, 1 x 2" in markdown(as_json(entries))
    assert "written as files of UCF101, in their sizes, and read by their loaders" in markdown(as_json(entries))
    sceneflow_pairs(tmp_path / "Driving", classes=32, count=1, seed=0, size=(70, 140))
    true_data = measure("psmnet", "classroom", Scoring(count=1, batch_size=1), tmp_path / "Driving")
    assert true_data[0].data == {"task": "stereo", "format": "SceneFlow", "procedural": False, "folder": "Driving"}
    assert "SceneFlow files, Driving, 1 x 1" in markdown(as_json(true_data))
    assert "Procedural" not in markdown(as_json(true_data))


def test_the_readme_shows_the_saved_figures() -> None:
    saved = json.loads((ROOT / "tests" / "benchmarks" / "paper_table.json").read_text())
    assert markdown(saved) in (ROOT / "README.md").read_text(encoding="utf-8")
    assert {(entry["architecture"], entry["preset"]) for entry in saved["entries"]} == {
        (setting.architecture, setting.preset) for setting in SETTINGS.values()
    }


def test_saved_figures_are_shown_again(
    entries: list[Entry], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = as_json(entries)
    saved = tmp_path / "table.json"
    saved.write_text(json.dumps(result))
    assert paper_table.main(["--show", str(saved)]) == 0
    shown = capsys.readouterr().out
    assert shown.strip() == markdown(result)
    low, high = CLAIM["flops"]
    assert f"{low:.0%} to {high:.0%}" in shown


def test_unknown_tasks_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        paper_table.main(["--data", "videos=somewhere"])
    assert "not TASK=FOLDER with a task of tissue, brain, voxel-parts, motion, stereo" in capsys.readouterr().err
