"""Two processes on one network, started by accelerate, beside one process alone."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import ranp.data
from ranp.importance import CRITERIA, importance
from ranp.models import Recipe, build
from ranp.training import Alone, Pools, processes, train

ROOT = Path(__file__).parents[2]
SHAPE = (1, 3, 4, 16, 16)


def everything(together: Alone) -> dict[str, object]:
    """Scores by each criterion, and the learning curve of a network without batch statistics; what the child does."""
    scores = {}
    model = build("unet3d", "classroom-shapes", base_channels=4)
    batches = ranp.data.batches("voxel-parts", (1, 1, 16, 16, 16), 12, 2, 4, 0)
    for name in ("mpmg", "mnmg", "taylor", "synflow-once"):
        for reduce in ("sum", "max"):
            combine = together.total if together.world > 1 else None
            mine = batches[together.rank :: together.world]
            loss = ranp.data.loss("voxel-parts")
            found = importance(model, mine, loss, name, reduce, combine=combine)
            scores[f"{name} {reduce}"] = [value for score in found.values() for value in score.tolist()]
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv3d(3, 8, 3, stride=2),
        torch.nn.GroupNorm(2, 8),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool3d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(8, 8),
    )
    pools = Pools("motion", 8, *(ranp.data.batches("motion", SHAPE, 8, count, 1, 0)[0] for count in (16, 5)))
    trained = train(network, pools, Recipe(6, 4, 1e-2, 16, 5, evaluations=3), 0, processes=together)
    return {"scores": scores, "curve": [[point.loss, point.figures["top1"]] for point in trained.curve]}


def launch(*program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """``accelerate launch`` with two processes, which find each other on a free port; without a GPU they use gloo."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    command = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    command += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(
        [*command, "--main_process_port", str(port), *program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.slow
def test_two_processes_score_and_train_as_one(tmp_path: Path) -> None:
    run = launch(str(Path(__file__)), str(tmp_path), folder=tmp_path)
    assert run.returncode == 0, run.stderr
    alone = everything(Alone())
    for rank in (0, 1):
        together = json.loads((tmp_path / f"{rank}.json").read_text())
        assert together["world"] == 2
        for name, values in alone["scores"].items():
            torch.testing.assert_close(together["scores"][name], values, rtol=1e-4, atol=1e-7)
        torch.testing.assert_close(together["curve"], alone["curve"], rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_the_command_in_two_processes(tmp_path: Path) -> None:
    arguments = ["train", "unet3d", "--preset", "classroom-shapes", "--steps", "2", "--json"]
    run = launch("-m", "ranp", *arguments, folder=tmp_path)
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)  # one object: the second process is silent
    assert [entry["reason"] for entry in result["entries"]] == [None, None]
    assert [entry["steps"] for entry in result["entries"]] == [2, 2]


def test_shares_together_are_the_whole() -> None:
    class Half(Alone):
        world = 2

    first, second = Half(), Half()
    second.rank = 1
    whole = torch.arange(5)
    assert sorted(torch.cat([first.share(whole), second.share(whole)]).tolist()) == whole.tolist()


def test_a_criterion_that_needs_all_batches_refuses_to_share_them() -> None:
    model = build("unet3d", "classroom-shapes", base_channels=4)
    batches = ranp.data.batches("voxel-parts", (1, 1, 16, 16, 16), 12, 1, 1, 0)
    assert "grasp" in CRITERIA
    with pytest.raises(ValueError, match="needs all batches at once"):
        importance(model, batches, ranp.data.loss("voxel-parts"), "grasp", combine=Alone().total)


def test_what_cannot_be_shared_is_refused() -> None:
    class Half(Alone):
        world = 2

    pools = Pools("motion", 8, *(ranp.data.batches("motion", SHAPE, 8, count, 1, 0)[0] for count in (4, 2)))
    network = torch.nn.Flatten()
    with pytest.raises(ValueError, match="cannot be shared by 2 processes evenly"):
        train(network, pools, Recipe(1, 3, 1e-2, 4, 2), 0, processes=Half())
    with pytest.raises(ValueError, match="not for equal time"):
        train(network, pools, Recipe(1, 2, 1e-2, 4, 2), 0, seconds=1.0, processes=Half())


if __name__ == "__main__":
    joined = processes()
    said = {**everything(joined), "world": joined.world}
    (Path(sys.argv[1]) / f"{joined.rank}.json").write_text(json.dumps(said))
    joined.close()
