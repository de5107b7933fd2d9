"""No network of a check is trained, or scored, on an example that it is tested on: compared bit by bit."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from ranp.checks import Check, Contestant
from ranp.checks.contestants import Shared, Start
from ranp.data import TASKS, batches
from ranp.models import Recipe
from ranp.subject import Scoring, Subject, draw_batches
from ranp.training import Alone, Pools
from tests import real_formats

NETWORKS = {
    "tissue": ("unet3d", "classroom-tissue"),
    "brain": ("unet3d", "classroom"),
    "voxel-parts": ("unet3d", "classroom-shapes"),
    "motion": ("mobilenetv2", "classroom"),
    "stereo": ("psmnet", "classroom"),
}
RECIPE = Recipe(train_examples=4, test_examples=3)
SEEDS = [(task, (0, 1)) for task in NETWORKS] + [("voxel-parts", seeds) for seeds in ((8999, 9000), (8998, 9999))]
"""The last two would meet the number from which test examples are drawn: with their training and their scoring."""


def examples(inputs: Tensor | tuple[Tensor, ...]) -> Iterator[str]:
    """Each example of a batch, as the hash of its values."""
    parts = inputs if isinstance(inputs, tuple) else (inputs,)
    for place in range(len(parts[0])):
        yield sha256(b"".join(part[place].contiguous().numpy().tobytes() for part in parts)).hexdigest()


def pools_of(check: Check) -> list[Pools]:
    """What the networks of each seed are trained and tested on."""
    shared = Shared(check)
    found = [Start(check, shared, seed, Alone()).material for seed in check.seeds]
    assert all(isinstance(each, Pools) for each in found)
    return found


def test_every_task_is_tried() -> None:
    assert list(NETWORKS) == list(TASKS)


@pytest.mark.parametrize(("task", "seeds"), SEEDS, ids=str)
def test_examples_of_the_test_are_no_others(task: str, seeds: tuple[int, ...]) -> None:
    name, preset = NETWORKS[task]
    check = Check(Subject(name, preset), (Contestant(),), seeds=seeds, recipe=RECIPE)
    pools = pools_of(check)
    tested = [set(examples(each.test[0])) for each in pools]
    assert len(pools) == len(seeds)
    assert all(one == tested[0] and len(one) == RECIPE.test_examples for one in tested)
    trained = [example for each in pools for example in examples(each.train[0])]
    assert len(set(trained)) == len(trained) == len(seeds) * RECIPE.train_examples
    assert tested[0].isdisjoint(trained)
    for seed in seeds:
        for inputs, _ in draw_batches(name, preset, {}, Scoring(seed=seed)):
            assert tested[0].isdisjoint(examples(inputs))


def test_every_check_of_usual_seeds_is_tested_on_the_same_examples() -> None:
    """Figures that were published stand on these."""
    check = Check(Subject("unet3d", "classroom-shapes"), (Contestant(),), seeds=(0, 5), recipe=RECIPE)
    (expected,) = batches("voxel-parts", (1, 1, 16, 16, 16), 12, RECIPE.test_examples, 1, seed=9999)
    for pools in pools_of(check):
        assert list(examples(pools.test[0])) == list(examples(expected[0]))


def test_the_scan_is_learnt_from_in_front_and_tested_on_at_its_back() -> None:
    (pools,) = pools_of(Check(Subject("unet3d", "classroom-tissue"), (Contestant(),), recipe=RECIPE))
    for pool, seed, split in ((pools.train, 1000, "train"), (pools.test, 9999, "test")):
        (expected,) = batches("tissue", (1, 1, 24, 24, 24), 3, len(pool[1]), 1, seed, split)
        assert list(examples(pool[0])) == list(examples(expected[0]))


def shapenet(root: Path, split: str) -> None:
    folder, points = root / split / "02691156", np.random.default_rng(0).random((9, 3))
    real_formats.write_cloud(folder, f"shape_{split}", points, np.ones(9, int))


def ucf101(root: Path, split: str) -> None:
    video = f"Archery/v_Archery_{split}.avi"
    real_formats.write_video(root / "UCF-101" / video, np.zeros((4, 16, 16, 3), np.uint8))
    lists = root / "ucfTrainTestlist"
    lists.mkdir(exist_ok=True)
    (lists / "classInd.txt").write_text("1 Archery\n")
    (lists / f"{split}list01.txt").write_text(f"{video} 1\n")


def sceneflow(root: Path, split: str) -> None:
    picture, scene = torch.zeros(3, 8, 8), f"{split.upper()}/A/0000"
    real_formats.write_pair(root, scene, "0006", picture, picture, torch.ones(8, 8))


def decathlon(root: Path, split: str) -> None:
    volume = np.arange(4**3, dtype=np.float32).reshape(4, 4, 4)
    cases = {f"case_{number}": ([volume], volume > 30) for number in range(6)}
    real_formats.write_dataset(root, cases, {"labels": {"background": 0, "rest": 1}, "channel_names": {"0": "T1"}})


REAL: dict[str, Callable[[Path, str], None]] = {
    "voxel-parts": shapenet,
    "motion": ucf101,
    "stereo": sceneflow,
    "tissue": decathlon,
}


@pytest.mark.parametrize("task", REAL)
def test_samples_of_the_real_test_part_are_no_others(task: str, tmp_path: Path) -> None:
    for split in ("train", "test"):
        REAL[task](tmp_path, split)
    found = {split: set(map(repr, TASKS[task].real.find(tmp_path, split))) for split in ("train", "test")}
    assert all(found.values())
    assert found["train"].isdisjoint(found["test"])


def test_what_has_no_labels_for_its_test_part_is_not_tested_on_its_training_part(tmp_path: Path) -> None:
    volumes = dict.fromkeys(("flair", "t1", "t1ce", "t2", "seg"), np.ones((4, 4, 4), np.int16))
    real_formats.write_case(tmp_path, "case", volumes, np.eye(4), ".nii.gz")
    assert len(TASKS["brain"].real.find(tmp_path, "train")) == 1
    with pytest.raises(ValueError, match="labels for the split 'train' only"):
        TASKS["brain"].real.find(tmp_path, "test")
