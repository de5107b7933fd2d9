"""NIfTI volumes, read whole or refused in a sentence, and their labels.

Axes are turned to depth from the neck up, height from the forehead back, width from right to left, which is how the
brain phantom lies; nothing is resampled. Files come from strangers: sizes are looked at before values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch import Tensor

from ranp.data.task import one_line
from ranp.extras import extra

if TYPE_CHECKING:
    from nibabel.spatialimages import SpatialImage

SUFFIXES = (".nii.gz", ".nii")
MAX_VOXELS = 2**27
"""Of a file, 15 times those of a BraTS volume: a few bytes can say that a file has any number."""

LEAST, MOST = 1e-3, 1e12
"""Between these lies the largest intensity of a volume: beyond them float32 has no room for means and deviations."""

LABEL_TOLERANCE = 0.01
"""Labels that a header scales lie beside whole numbers, by half a step of 1/255 of the largest at most."""


def read_volume(path: Path) -> np.ndarray:
    """Voxels as float32 ``(depth, height, width)``; ``ValueError`` names the file where it is damaged or no volume."""
    return _checked(_turned(path, (3,), "expected 3; split it into one file a modality"), path)


def read_channels(path: Path) -> np.ndarray:
    """Voxels as float32 ``(channel, depth, height, width)``; channels lie along the file's fourth axis, if any."""
    voxels = _checked(_turned(path, (3, 4), "expected 3, or 4 with the channels last; save it so"), path)
    return voxels[None] if voxels.ndim == 3 else voxels


def numbered(voxels: Tensor, known: Sequence[int], path: Path) -> Tensor:
    """The place in ``known`` of each voxel's label, as int64; ``ValueError`` names one of ``path`` that is not in it.

    >>> numbered(torch.tensor([0.0, 4.0, 2.0]), (0, 1, 2, 4), Path("seg.nii"))
    tensor([0, 3, 2])
    """
    label = torch.full(voxels.shape, -1, dtype=torch.long)
    for ours, theirs in enumerate(known):
        label[(voxels - theirs).abs() <= LABEL_TOLERANCE] = ours
    if (label < 0).any():
        strange = voxels[label < 0].min().item()
        raise ValueError(f"{path} has the label {strange:.4g}, expected only {tuple(known)}; map it to one of them")
    return label


def times(shape: Sequence[int]) -> str:
    """A size for people.

    >>> times((155, 240, 240))
    '155 x 240 x 240'
    """
    return " x ".join(map(str, shape))


def _turned(path: Path, axes: tuple[int, ...], expected: str) -> np.ndarray:
    """Values as float32, the file's axes turned and in reverse order; ``expected`` ends a sentence on their number."""
    with extra("data", "reading NIfTI volumes"):
        import nibabel

    try:
        image = cast("SpatialImage", nibabel.load(path))
        shape = tuple(map(int, image.shape))
    except Exception as error:  # a hostile file may fail anywhere in the reader
        raise _damaged(path, error) from error
    if len(shape) not in axes:
        raise ValueError(f"{path} has {len(shape)} axes, {expected}")
    if min(shape) < 1 or math.prod(shape) > MAX_VOXELS:
        raise ValueError(f"{path} says that it has {times(shape)} voxels; 1 to {MAX_VOXELS:,} are read")
    try:
        current = nibabel.orientations.io_orientation(image.affine)
        wanted = nibabel.orientations.axcodes2ornt(("L", "P", "S"))
        turned = image.as_reoriented(nibabel.orientations.ornt_transform(current, wanted))
        with np.errstate(over="ignore"):  # what overflows is infinite, and told later
            return np.ascontiguousarray(turned.get_fdata(dtype=np.float32).T)
    except Exception as error:
        raise _damaged(path, error) from error


def _checked(voxels: np.ndarray, path: Path) -> np.ndarray:
    """The voxels, once all of them can be computed with."""
    if not np.isfinite(voxels).all():
        bad = int((~np.isfinite(voxels)).sum())
        raise ValueError(f"{path} has {bad} voxels that are nan or infinite; replace them by 0 or leave the case out")
    largest = float(np.abs(voxels).max())
    if largest and not LEAST <= largest <= MOST:
        raise ValueError(
            f"{path} has intensities up to {largest:.3g}, where {LEAST:g} to {MOST:g} can be told apart; its header "
            "scales them (scl_slope): export the case again"
        )
    return voxels


def _damaged(path: Path, error: Exception) -> ValueError:
    return ValueError(f"{path} is not a whole NIfTI file ({one_line(error)}); copy or unpack it again")
