"""ShapeNet part folders: small point clouds in the real format, read back."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from ranp.data import load, shapenet
from ranp.data.voxel_parts import EMPTY
from tests.real_formats import write_cloud

LAMP, CHAIR, TABLE = "03636649", "03001627", "04379243"
INPUT = (1, 1, 16, 16, 16)


def cloud(parts: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points in a box, its parts stacked upwards along y, numbered from 1 as the files do."""
    points = np.random.default_rng(seed).uniform(-0.3, 0.3, (900, 3)) * [1, 1.5, 0.5]
    return points, 1 + np.clip((points[:, 1] + 0.45) / 0.9 * parts, 0, parts - 1).astype(int)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for k in range(2):
        write_cloud(tmp_path / "train" / LAMP, f"lamp{k}", *cloud(4, seed=k))
    write_cloud(tmp_path / "test" / TABLE, "table", *cloud(3))
    return tmp_path


def read(folder: Path, **options):
    arguments = {"input_shape": INPUT, "classes": 50, "batch_size": 2, "count": 1, "seed": 0}
    return load("voxel-parts", folder, **{**arguments, **options})


def test_there_are_sixteen_categories_and_fifty_parts() -> None:
    assert len(shapenet.SYNSETS) == 16
    assert shapenet.PARTS == 50
    assert list(shapenet.SYNSETS) == sorted(shapenet.SYNSETS), "parts are numbered in the order of the synsets"


def test_clouds_are_read(folder: Path) -> None:
    [(occupancy, part)], skipped = read(folder)
    assert skipped == []
    assert occupancy.shape == (2, 1, 16, 16, 16)
    assert occupancy.dtype == torch.float32
    assert part.shape == (2, 16, 16, 16)
    assert part.dtype == torch.int64
    assert torch.equal(occupancy[:, 0] == 1, part != EMPTY)
    assert part.unique().tolist() == [24, 25, 26, 27, EMPTY], "lamps have the parts 24 to 27"


def test_height_grows_along_the_files_second_number(folder: Path) -> None:
    [(_, part)], _ = read(folder)
    height = torch.arange(16.0)[None, None, :, None].expand(part.shape)
    mean = [height[part == k].mean().item() for k in (24, 25, 26, 27)]
    assert mean == sorted(mean)


def test_splits_are_kept_apart(folder: Path) -> None:
    [(_, part)], _ = read(folder, split="test")
    assert part.unique().tolist() == [47, 48, 49, EMPTY]


def test_data_and_label_archives_may_lie_side_by_side(tmp_path: Path) -> None:
    write_cloud(tmp_path / "train_data" / CHAIR, "chair", *cloud(4), labels=tmp_path / "train_label" / CHAIR)
    [(_, part)], _ = read(tmp_path)
    assert part.unique().tolist() == [12, 13, 14, 15, EMPTY]


def test_the_majority_of_points_names_a_voxel() -> None:
    """Against a count written out voxel by voxel."""
    generator = torch.Generator().manual_seed(0)
    points = torch.rand((400, 3), generator=generator, dtype=torch.float64)
    parts = torch.randint(5, (400,), generator=generator)
    grid = shapenet.voxelise(points, parts, (4, 4, 4), classes=5)
    low, high = points.amin(dim=0), points.amax(dim=0)
    places = ((points - (low + high) / 2) / (high - low).max() * 0.9 * 4 + 2).floor().clamp(0, 3).long()
    for depth in range(4):
        for height in range(4):
            for width in range(4):
                votes = parts[(places == torch.tensor([width, height, depth])).all(dim=1)]
                expected = EMPTY if len(votes) == 0 else int(torch.bincount(votes, minlength=5).argmax())
                assert grid[depth, height, width] == expected


def test_proportions_survive_an_oblong_grid() -> None:
    points = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    grid = shapenet.voxelise(points, torch.zeros(4, dtype=torch.long), (20, 40, 10), classes=1)
    occupied = (grid != EMPTY).nonzero()
    assert (occupied.amax(dim=0) - occupied.amin(dim=0)).tolist() == [9, 9, 9]


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no seg": (lambda f: (f / "lamp0.seg").unlink(), r"lamp0\.seg is missing: each \.pts file needs a \.seg file"),
    "short seg": (
        lambda f: (f / "lamp0.seg").write_text("1\n2\n"),
        r"lamp0\.seg has 2 parts, lamp0\.pts has 900 points; fetch both again",
    ),
    "part 5 of a lamp": (
        lambda f: np.savetxt(f / "lamp0.seg", np.full(900, 5), fmt="%d"),
        r"lamp0\.seg must hold one part a line, a whole number from 1 to 4 for a lamp",
    ),
    "part 0": (lambda f: np.savetxt(f / "lamp0.seg", np.zeros(900), fmt="%d"), r"lamp0\.seg must hold one part a line"),
    "words": (lambda f: (f / "lamp0.pts").write_text("v 1 2 3\n"), r"lamp0\.pts is not a table of numbers \("),
    "cut": (lambda f: (f / "lamp0.pts").write_text("1 2 3\n4 5"), r"lamp0\.pts is not a table of numbers \("),
    "two columns": (lambda f: (f / "lamp0.pts").write_text("1 2\n"), r"lamp0\.pts has 2 numbers a line, expected 3"),
    "nan": (lambda f: (f / "lamp0.pts").write_text("1 nan 3\n"), r"lamp0\.pts has points that are nan or infinite"),
    "empty": (lambda f: (f / "lamp0.pts").write_text(""), r"lamp0\.pts is empty; fetch it again"),
    "binary": (
        lambda f: (f / "lamp0.pts").write_bytes(bytes(range(128, 256))),
        r"lamp0\.pts is not a table of numbers",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_damage_is_one_sentence_and_can_be_skipped(folder: Path, damage: str) -> None:
    harm, message = DAMAGE[damage]
    harm(folder / "train" / LAMP)
    with pytest.raises(ValueError, match=message) as caught:
        read(folder)
    assert "\n" not in str(caught.value)
    [(_, part)], skipped = read(folder, skip_bad=True)
    assert len(part) == len(skipped) == 1
    assert "lamp0" in skipped[0]


def test_folders_without_shapes_are_explained(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ValueError, match=r"holds no sample of ShapeNet part segmentation: expected <split>/<synset>/"):
        read(folder, split="val")
    shutil.rmtree(folder / "train")
    (folder / "train" / "99999999").mkdir(parents=True)
    with pytest.raises(ValueError, match="holds no sample"):
        read(folder)


def test_a_network_with_too_few_classes_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="ShapeNet has 50 parts, the network has 12 classes"):
        read(folder, classes=12)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_tables_are_read_in_what_editors_write(folder: Path, encoding: str) -> None:
    [(before, _)], _ = read(folder)
    for path in (folder / "train").glob("*/*"):
        path.write_text(path.read_text(), encoding=encoding)
        (path.parent / f"._{path.name}").write_bytes(b"what a Mac leaves")
    [(after, _)], _ = read(folder)
    assert torch.equal(before, after)
