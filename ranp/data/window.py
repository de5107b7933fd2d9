"""Windows of a volume, of the size that a network reads; beyond the volume they hold 0."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def crop_or_pad(volume: Tensor, start: Sequence[int], size: Sequence[int]) -> Tensor:
    """The window of ``size`` at ``start`` over the last three axes; 0 where it reaches beyond the volume.

    >>> crop_or_pad(torch.ones(1, 1, 3), start=(0, 0, -1), size=(1, 1, 3))
    tensor([[[0., 1., 1.]]])
    """
    margins: list[int] = []
    for first, length, available in zip(start, size, volume.shape[-3:], strict=True):
        margins = [-first, first + length - available, *margins]  # pad wants the last axis first; negative crops
    return F.pad(volume, margins)


def around(
    voxel: Sequence[int], size: Sequence[int], available: Sequence[int], generator: torch.Generator
) -> list[int]:
    """First voxel of a window of ``size`` that holds ``voxel`` anywhere and lies in a volume of ``available`` voxels.

    Along an axis that is shorter than the window the volume lies in the middle, and the first voxel is negative.
    """
    start = []
    for place, length, whole in zip(voxel, size, available, strict=True):
        drawn = int(torch.randint(length, (), generator=generator))
        start.append((whole - length) // 2 if whole <= length else min(max(place - drawn, 0), whole - length))
    return start
