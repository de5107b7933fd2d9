"""Procedural data that went through the files of the real data sets are still what was drawn."""

from pathlib import Path

import torch

from ranp.data import TASKS, brain, load, motion, stereo, stream, voxel_parts
from ranp.data.voxel_parts import EMPTY
from tests.benchmarks.real_layouts import LAYOUTS, brats_cases, sceneflow_pairs, shapenet_clouds, ucf101_videos


def test_every_task_has_a_layout() -> None:
    assert set(LAYOUTS) == set(TASKS)


def test_phantoms_lie_as_they_were_drawn(tmp_path: Path) -> None:
    size = (20, 28, 32)
    brats_cases(tmp_path, classes=5, count=1, seed=3, size=size)
    [(image, label)], _ = load("brain", tmp_path, (1, 4, *size), classes=5, batch_size=1, count=1, seed=0)
    drawn, drawn_label = brain.example((1, 4, *size), 5, stream(3, 0))
    for dim, length in enumerate(size):
        used = (drawn != 0).any(0).any(dim=[other for other in range(3) if other != dim]).nonzero()
        # The loader puts the brain in the middle.
        shift = (int(used.min()) + int(used.max()) + 1 - length) // 2
        drawn, drawn_label = drawn.roll(-shift, dim + 1), drawn_label.roll(-shift, dim)
    assert torch.equal(label[0], drawn_label)
    assert (image[0] - drawn).abs().max() < 0.02


def test_clouds_have_the_parts_of_their_category(tmp_path: Path) -> None:
    for seed in range(4):
        folder = tmp_path / str(seed)
        shapenet_clouds(folder, classes=50, count=1, seed=seed)
        [(occupancy, part)], _ = load("voxel-parts", folder, (1, 1, 32, 32, 32), 50, batch_size=1, count=1, seed=0)
        _, drawn = voxel_parts.example((1, 1, 64, 64, 64), 50, stream(seed, 0))
        assert set(part.unique().tolist()) == set(drawn.unique().tolist())
        assert 300 < int(occupancy.sum()) <= 2600
        for number in set(part.unique().tolist()) - {EMPTY}:
            heights = [(grid == number).nonzero()[:, 1].double().mean() / len(grid) for grid in (part[0], drawn)]
            assert abs(heights[0] - heights[1]) < 0.15, "up is up"


def test_videos_are_of_the_class_that_was_drawn(tmp_path: Path) -> None:
    ucf101_videos(tmp_path, classes=101, count=3, seed=0, size=(12, 64, 80))
    [(clips, labels)], _ = load("motion", tmp_path, (1, 3, 12, 64, 80), 101, batch_size=3, count=1, seed=0)
    drawn = {
        int(label): clip for clip, label in (motion.example((1, 3, 12, 64, 80), 101, stream(0, k)) for k in range(3))
    }
    assert set(labels.tolist()) == set(drawn)
    for clip, label in zip(clips, labels.tolist(), strict=True):
        alike = torch.corrcoef(torch.stack([clip.flatten(), drawn[label].clamp(-1, 1).flatten()]))[0, 1]
        assert alike > 0.9, "but for what the codec drops"


def test_pairs_keep_their_disparity(tmp_path: Path) -> None:
    sceneflow_pairs(tmp_path, classes=32, count=1, seed=0, size=(40, 80))
    [((left, _), disparity)], _ = load("stereo", tmp_path, (1, 3, 40, 80), 32, batch_size=1, count=1, seed=0)
    (drawn, _), drawn_disparity = stereo.example((1, 3, 40, 80), 32, stream(0, 0))
    assert torch.equal(disparity[0], drawn_disparity)
    assert (left[0] - drawn.clamp(-1, 1)).abs().max() < 0.01
