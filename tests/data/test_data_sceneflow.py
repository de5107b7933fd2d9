"""SceneFlow folders: small rendered pairs written as PNG and PFM, read back."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from ranp.data import load, stereo, stream
from tests import real_formats
from tests.real_formats import write_pfm, write_picture

INPUT = (1, 3, 32, 64)
SCENE = "TRAIN/A/0000"


def write_pair(root: Path, scene: str = SCENE, number: str = "0006", size: tuple[int, int] = (40, 80)) -> torch.Tensor:
    (left, right), disparity = stereo.example((1, 3, *size), 24, stream(0, 0))
    real_formats.write_pair(root, scene, number, left, right, disparity)
    return disparity


def read(folder: Path, **options):
    arguments = {"input_shape": INPUT, "classes": 24, "batch_size": 1, "count": 1, "seed": 0}
    return load("stereo", folder, **{**arguments, **options})


def test_a_pair_is_read_the_right_way_up(tmp_path: Path) -> None:
    disparity = write_pair(tmp_path)
    [((left, right), target)], skipped = read(tmp_path, input_shape=(1, 3, 40, 80))
    (true_left, true_right), _ = stereo.example((1, 3, 40, 80), 24, stream(0, 0))
    assert skipped == []
    assert torch.equal(target[0], disparity)
    assert (left[0] - true_left.clamp(-1, 1)).abs().max() < 0.01
    assert (right[0] - true_right.clamp(-1, 1)).abs().max() < 0.01


def test_windows_of_pictures_and_disparity_lie_at_the_same_place(tmp_path: Path) -> None:
    disparity = write_pair(tmp_path)
    [((left, right), target)], _ = read(tmp_path)
    assert left.shape == right.shape == (1, 3, 32, 64)
    (true_left, true_right), _ = stereo.example((1, 3, 40, 80), 24, stream(0, 0))
    places = [
        (top, first)
        for top in range(9)
        for first in range(17)
        if torch.equal(target[0], disparity[top : top + 32, first : first + 64])
    ]
    [(top, first)] = places
    assert top > 0
    assert first > 0
    for picture, whole in ((left, true_left), (right, true_right)):
        assert (picture[0] - whole.clamp(-1, 1)[:, top : top + 32, first : first + 64]).abs().max() < 0.01


def test_windows_are_drawn_from_the_seed(tmp_path: Path) -> None:
    write_pair(tmp_path)
    assert torch.equal(read(tmp_path).batches[0][1], read(tmp_path).batches[0][1])
    assert len({read(tmp_path, seed=seed).batches[0][1].sum().item() for seed in range(5)}) > 1


def test_disparities_that_the_network_cannot_answer_are_unknown(tmp_path: Path) -> None:
    disparity = write_pair(tmp_path)
    [(_, target)], _ = read(tmp_path, input_shape=(1, 3, 40, 80), classes=12)
    assert torch.equal(target[0], torch.where(disparity < 12, disparity, 0))
    assert (target == 0).any()


def test_training_and_test_are_kept_apart_and_subsets_are_found(tmp_path: Path) -> None:
    write_pair(tmp_path / "flyingthings3d", "TRAIN/A/0000")
    write_pair(tmp_path / "flyingthings3d", "TEST/A/0000")
    write_pair(tmp_path / "driving", "15mm_focallength/scene_backwards/fast")
    write_pair(tmp_path / "monkaa", "eating_x2", number="0001")
    assert len(read(tmp_path, count=None).batches) == 3
    assert len(read(tmp_path, count=None, split="test").batches) == 1


def path_of(root: Path, kind: str) -> Path:
    return (
        root
        / {
            "left": f"frames_finalpass/{SCENE}/left/0006.png",
            "right": f"frames_finalpass/{SCENE}/right/0006.png",
            "disparity": f"disparity/{SCENE}/left/0006.pfm",
        }[kind]
    )


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def nan_inside(path: Path) -> None:
    values = np.full((40, 80), 3.0)
    values[3, 4] = np.nan
    write_pfm(path, values)


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no right": (lambda root: path_of(root, "right").unlink(), r"right/0006\.png is missing; add it"),
    "no disparity": (lambda root: path_of(root, "disparity").unlink(), r"0006\.pfm is missing; add it"),
    "truncated picture": (
        lambda root: truncate(path_of(root, "left")),
        r"left/0006\.png is not a whole picture \(.*\); copy or unpack it again",
    ),
    "truncated disparity": (lambda root: truncate(path_of(root, "disparity")), r"0006\.pfm is not a whole picture \("),
    "text": (lambda root: path_of(root, "right").write_text("hello"), r"right/0006\.png is not a whole picture \("),
    "nan": (lambda root: nan_inside(path_of(root, "disparity")), r"0006\.pfm has 1 pixels that are nan or infinite"),
    "picture as disparity": (
        lambda root: path_of(root, "disparity").write_bytes(path_of(root, "left").read_bytes()),
        r"0006\.pfm is no PFM map of one number a pixel",
    ),
    "other size": (
        lambda root: write_picture(path_of(root, "right"), torch.zeros(3, 40, 78)),
        r"right/0006\.png is 40 x 78 pixels, 0006\.png on the left is 40 x 80",
    ),
    "all unknown": (
        lambda root: write_pfm(path_of(root, "disparity"), np.zeros((40, 80))),
        r"0006\.pfm has no disparity between 0 and 24 in the window",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_damage_is_one_sentence_and_can_be_skipped(tmp_path: Path, damage: str) -> None:
    write_pair(tmp_path)
    harm, message = DAMAGE[damage]
    harm(tmp_path)
    with pytest.raises(ValueError, match=message) as caught:
        read(tmp_path)
    assert "\n" not in str(caught.value)
    write_pair(tmp_path, "TRAIN/B/0001")
    loaded = read(tmp_path, count=None, skip_bad=True)
    assert (len(loaded.batches), len(loaded.skipped)) == (1, 1)


def test_pictures_smaller_than_the_input_are_refused(tmp_path: Path) -> None:
    write_pair(tmp_path)
    with pytest.raises(ValueError, match=r"left/0006\.png is 40 x 80 pixels, the network reads 64 x 128"):
        read(tmp_path, input_shape=(1, 3, 64, 128))


def test_a_folder_without_pairs_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no sample of SceneFlow: expected frames_finalpass/"):
        read(tmp_path)


def test_disparities_below_0_are_told_and_a_few_are_unknown(tmp_path: Path) -> None:
    disparity = write_pair(tmp_path).numpy()
    path = tmp_path / "disparity" / SCENE / "left" / "0006.pfm"
    write_pfm(path, -disparity)
    with pytest.raises(ValueError, match=r"0006\.pfm has 3,200 disparities below 0 and 0 above; .*: turn their sign"):
        read(tmp_path)
    disparity[:2] *= -1
    write_pfm(path, disparity)
    [(_, target)], _ = read(tmp_path, input_shape=(1, 3, 40, 80))
    assert torch.equal(target[0], torch.from_numpy(disparity).clamp_min(0))


def test_a_window_in_which_nothing_is_known_wants_no_more_classes(tmp_path: Path) -> None:
    disparity = write_pair(tmp_path).numpy()
    write_pfm(tmp_path / "disparity" / SCENE / "left" / "0006.pfm", 0 * disparity)
    with pytest.raises(ValueError, match="in the window; nothing is known there; leave the sample out"):
        read(tmp_path)
