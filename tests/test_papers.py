"""The papers' setting on tiny files in the real formats: it trains, is killed, and goes on to the same bits."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from ranp.files import read_tensors
from tests.benchmarks.papers import __main__ as command
from tests.benchmarks.papers import checkpoint
from tests.benchmarks.papers.estimate import estimate
from tests.benchmarks.papers.network import Size
from tests.benchmarks.papers.settings import SETTINGS
from tests.benchmarks.papers.table import NOT_RUN, markdown
from tests.benchmarks.real_layouts import brats_cases, sceneflow_pairs, shapenet_clouds, ucf101_videos

ROOT = Path(__file__).parent.parent


def brats(folder: Path) -> None:
    brats_cases(folder, 5, 4, 0, size=(24, 24, 24))


def shapenet(folder: Path) -> None:
    shapenet_clouds(folder, 50, 4, 0, size=(16, 16, 16))
    shapenet_clouds(folder / "other", 50, 1, 1, size=(16, 16, 16))
    (folder / "other" / "train").rename(folder / "test")


def ucf101(folder: Path) -> None:
    ucf101_videos(folder, 101, 9, 0, size=(9, 48, 48))
    lists = folder / "ucfTrainTestlist"
    *learnt, tested = (lists / "trainlist01.txt").read_text().splitlines()
    (lists / "trainlist01.txt").write_text("\n".join(learnt))
    (lists / "testlist01.txt").write_text(tested)


def sceneflow(folder: Path) -> None:
    sceneflow_pairs(folder, 32, 2, 0, size=(64, 128))
    for kind in ("frames_finalpass", "disparity"):
        (folder / kind / "TEST").mkdir()
        (folder / kind / "TRAIN" / "A").rename(folder / kind / "TEST" / "A")
    sceneflow_pairs(folder, 32, 2, 1, size=(64, 128))


FILES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "unet3d/brats": ("brain", brats),
    "unet3d/shapenet": ("voxel-parts", shapenet),
    "mobilenetv2/ucf101": ("motion", ucf101),
    "psmnet/sceneflow": ("stereo", sceneflow),
}


def ask(name: str, data: Path, out: Path, *more: str) -> list[str]:
    return ["--only", name, "--data", f"{FILES[name][0]}={data}", "--out", str(out), "--trial", "2", *more]


SLOW = ("mobilenetv2/ucf101", "psmnet/sceneflow")


@pytest.mark.parametrize("name", [pytest.param(each, marks=[pytest.mark.slow] * (each in SLOW)) for each in FILES])
def test_every_data_set_is_trained_on_and_tested(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    FILES[name][1](tmp_path / "data")
    assert command.main(ask(name, tmp_path / "data", tmp_path / "out")) == 0
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [(each["network"], each["contestant"]) for each in results] == [(name, "full"), (name, "ranp-f")]
    assert results[1]["cost"]["macs"] < results[0]["cost"]["macs"]
    assert all(each["trial"] and each["epochs"] == 2 and each["score"] >= 0 for each in results)
    assert capsys.readouterr().out.count(NOT_RUN) == 3 * len(SETTINGS), "a trial is no result"
    assert command.main(ask(name, tmp_path / "data", tmp_path / "out")) == 0
    assert "epoch" not in capsys.readouterr().err, "what is finished is not trained again"


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    """Killed as `kill -9` does, once the first epoch of two is on disk."""
    brats(tmp_path / "data")
    name = "unet3d/brats"
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    start = [sys.executable, "-m", "tests.benchmarks.papers"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    run = partial(subprocess.run, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=600)
    run([*start, *ask(name, tmp_path / "data", whole)])
    killed = subprocess.Popen(
        [*start, *ask(name, tmp_path / "data", cut)], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    assert killed.stderr is not None
    for line in killed.stderr:
        if "epoch 1 of 2" in line:
            killed.send_signal(signal.SIGKILL)
            break
    killed.communicate()
    assert not (cut / "results.json").exists()
    again = run([*start, *ask(name, tmp_path / "data", cut)])
    assert "goes on after epoch 1 of 2" in again.stderr
    for contestant in ("full", "ranp-f"):
        one, other = (read_tensors(each / f"unet3d-brats-{contestant}-seed0.safetensors")[0] for each in (whole, cut))
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one)
        assert any(key.startswith("state.") for key in one), "the optimizer's state is there"
    first, second = (
        [{**each, "seconds": 0} for each in json.loads((place / "results.json").read_text())] for place in (whole, cut)
    )
    assert first == second


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    def network() -> tuple[nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(0)
        model = nn.Linear(2, 2)
        return model, torch.optim.Adam(model.parameters(), amsgrad=True)

    model, optimizer = network()
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    file = tmp_path / "run.safetensors"
    checkpoint.save(file, "mine", model, optimizer, 1, [{"loss": 1.0}])
    other, fresh = network()
    assert checkpoint.load(file, "mine", other, fresh) == (1, [{"loss": 1.0}])
    assert str(fresh.state_dict()) == str(optimizer.state_dict())
    assert all(torch.equal(*pair) for pair in zip(model.parameters(), other.parameters(), strict=True))
    with pytest.raises(ValueError, match="is of a run with other settings, data or versions; move it away"):
        checkpoint.load(file, "other", other, fresh)


def test_work_and_hours_follow_from_macs_and_measured_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr(time, "perf_counter", lambda: float(2 * next(ticks)))
    found = estimate("mobilenetv2/ucf101", "cpu", most_macs=1e6)
    setting = SETTINGS["mobilenetv2/ucf101"]
    macs = Size(setting).graph().cost().macs
    part = Size(setting).graph(Size(setting).at(found.part)).cost().macs
    assert part < macs == found.macs
    assert found.work == 3 * macs * 9537 * 250
    assert found.seconds == pytest.approx(found.work * 1.0 / (3 * part))  # a step of two examples took two seconds
    assert f"about {found.seconds / 3600:,.0f} hours" in found.text


def test_the_table_tells_what_was_run_with_its_interval() -> None:
    def result(contestant: str, seed: int, score: float, trial: bool = False) -> dict[str, object]:
        return {"network": "unet3d/brats", "contestant": contestant, "seed": seed, "score": score, "trial": trial}

    full = [result("full", seed, 0.8 + seed / 100) for seed in range(3)]
    small = [result("ranp-f", seed, 0.8 + seed / 100 - 0.1 - seed / 1000) for seed in range(3)]
    row = next(line for line in markdown([*full, *small]).splitlines() if "brats" in line)
    assert "| 0.810 (3 seeds) | 0.709 (3 seeds) | -0.101 ± 0.002 | worse by 0.099 to 0.103 |" in row
    alone = next(line for line in markdown([full[0], small[0]]).splitlines() if "brats" in line)
    assert "one seed: nothing can be said" in alone
    half = next(line for line in markdown(full).splitlines() if "brats" in line)
    assert f"| 0.810 (3 seeds) | {NOT_RUN} | {NOT_RUN} |" in half
    assert markdown([result("full", 0, 0.9, trial=True)]) == markdown([])


def test_the_readme_has_the_table() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert markdown([]) in text


def test_what_makes_no_sense_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--data", f"brain={tmp_path}"]) == 1
    assert "name the data with --data TASK=FOLDER and a folder for the results with --out" in capsys.readouterr().err
    assert command.main(ask("unet3d/brats", tmp_path, tmp_path / "out")) == 1
    assert "has no sample of BraTS'18 to train: expected <case>/<case>_" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command.main(["--data", "hearts=here"])
    assert "is not TASK=FOLDER with a task of voxel-parts, brain, motion, stereo" in capsys.readouterr().err
