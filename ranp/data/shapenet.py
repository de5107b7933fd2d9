"""ShapeNet part segmentation as it was distributed for the ICCV 2017 challenge: point clouds with a part per point.

``<split>/<synset>/<shape>.pts`` (three numbers a line) with ``<shape>.seg`` (one part a line, counted from 1 within the
category) beside it, or under ``<split>_data`` and ``<split>_label`` as the archives unpack. Clouds are put on the
voxel grid of the network. Source: Yi et al., "A Scalable Active Framework for Region Annotation in 3D Shape
Collections", SIGGRAPH Asia 2016; challenge: arXiv 1710.06104.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ranp.data.listing import check_sample
from ranp.data.task import Example, Shape, one_line
from ranp.data.voxel_parts import EMPTY, check_shape
from ranp.files import MAX_TEXT_BYTES, decode_text, read_regular

LAYOUT = "<split>/<synset>/<shape>.pts with <shape>.seg beside it, or <split>_data and <split>_label"

SYNSETS: dict[str, tuple[str, int]] = {
    "02691156": ("airplane", 4),
    "02773838": ("bag", 2),
    "02954340": ("cap", 2),
    "02958343": ("car", 4),
    "03001627": ("chair", 4),
    "03261776": ("earphone", 3),
    "03467517": ("guitar", 3),
    "03624134": ("knife", 2),
    "03636649": ("lamp", 4),
    "03642806": ("laptop", 2),
    "03790512": ("motorbike", 6),
    "03797390": ("mug", 2),
    "03948459": ("pistol", 3),
    "04099429": ("rocket", 3),
    "04225987": ("skateboard", 3),
    "04379243": ("table", 3),
}
"""Name and number of parts of each category; the 50 parts are numbered in this order."""

PARTS = sum(parts for _, parts in SYNSETS.values())
MARGIN = 0.9
"""The longest side of a shape fills this share of the grid."""


class Cloud(NamedTuple):
    """Where one shape's points and parts lie, and its category."""

    points: Path
    parts: Path
    synset: str


def find(folder: Path, split: str) -> list[Cloud]:
    """All point clouds of the split whose folder carries a known synset, sorted by name."""
    layouts = [(folder / split, folder / split), (folder / f"{split}_data", folder / f"{split}_label")]
    for points, parts in layouts:
        if points.is_dir():
            return [
                Cloud(path, parts / path.parent.name / f"{path.stem}.seg", path.parent.name)
                for path in sorted(points.glob("*/*.pts"))
                if path.parent.name in SYNSETS and not path.name.startswith(".")
            ]
    return []


def read(cloud: Cloud, input_shape: Shape, classes: int, generator: torch.Generator) -> Example:
    """One shape as occupancy ``(1, depth, height, width)`` and parts ``(depth, height, width)``, empty = 255.

    The file's x, y (up), z become width, height, depth. The cloud is centred and scaled as a whole; a voxel takes the
    part that most of its points have, the lower number on a tie. Nothing is drawn at random.
    """
    check_shape(input_shape)
    if classes < PARTS:
        raise ValueError(f"ShapeNet has {PARTS} parts, the network has {classes} classes; give it {PARTS} or more")
    points, parts = _points(cloud.points), _parts(cloud)
    if len(points) != len(parts):
        raise ValueError(
            f"{cloud.parts} has {len(parts)} parts, {cloud.points.name} has {len(points)} points; fetch both again"
        )
    part = voxelise(points, parts, tuple(input_shape[-3:]), classes)
    return (part != EMPTY)[None].float(), part


def voxelise(points: Tensor, parts: Tensor, size: Shape, classes: int) -> Tensor:
    """Majority part per voxel ``size`` of points ``(count, 3)`` given as x, y, z; 255 where no point falls.

    >>> corners = torch.tensor([[0.0, 0, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1]])
    >>> grid = voxelise(corners, torch.tensor([2, 0, 1, 1]), (8, 8, 8), classes=3)
    >>> grid[0, 0, 0].item(), grid[7, 7, 7].item(), int((grid != 255).sum())
    (2, 1, 2)
    """
    cells = torch.tensor(size)
    zyx = points.flip(1)
    low, high = zyx.amin(dim=0), zyx.amax(dim=0)
    # One scale for all axes, set by the axis that fills its share of the grid first.
    scale = (MARGIN * cells / (high - low).clamp_min(1e-9)).min()
    index = ((zyx - (low + high) / 2) * scale + cells / 2).long()
    index = torch.minimum(index.clamp_min(0), cells - 1)
    voxel = (index[:, 0] * size[1] + index[:, 1]) * size[2] + index[:, 2]
    occupied, slot = voxel.unique(return_inverse=True)
    votes = torch.bincount(slot * classes + parts, minlength=len(occupied) * classes).view(-1, classes)
    grid = torch.full((size[0] * size[1] * size[2],), EMPTY)
    grid[occupied] = votes.argmax(dim=1)
    return grid.view(size)


def _points(path: Path) -> Tensor:
    table = _table(path)
    if table.shape[1] != 3:
        raise ValueError(f"{path} has {table.shape[1]} numbers a line, expected 3 (x y z)")
    if not np.isfinite(table).all():
        raise ValueError(f"{path} has points that are nan or infinite; remove them or leave the shape out")
    return torch.from_numpy(table).double()


def _parts(cloud: Cloud) -> Tensor:
    if not cloud.parts.exists():
        raise ValueError(f"{cloud.parts} is missing: each .pts file needs a .seg file; add it or leave the shape out")
    table = _table(cloud.parts)
    name, count = SYNSETS[cloud.synset]
    if table.shape[1] != 1 or not np.isin(table, np.arange(1, count + 1)).all():
        raise ValueError(f"{cloud.parts} must hold one part a line, a whole number from 1 to {count} for a {name}")
    before = sum(parts for synset, (_, parts) in SYNSETS.items() if synset < cloud.synset)
    return torch.from_numpy(table[:, 0]).long() - 1 + before


def _table(path: Path) -> np.ndarray:
    check_sample(path, "fetch it again or leave the shape out")
    content = read_regular(path, MAX_TEXT_BYTES)
    try:
        text = decode_text(content, "it")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # numpy warns about an empty file; the sentence below tells
            table = np.loadtxt(io.StringIO(text), ndmin=2)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is not a table of numbers ({one_line(error)}); fetch it again") from error
    if table.size == 0:
        raise ValueError(f"{path} is empty; fetch it again or leave the shape out")
    return table
