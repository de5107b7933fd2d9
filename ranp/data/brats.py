"""BraTS'18 as it is distributed: one folder a case, one NIfTI file a modality.

``<case>/<case>_{flair,t1,t1ce,t2,seg}.nii.gz``, directly in the folder or one level down (``HGG``, ``LGG``). Files are
turned to depth from the neck up, height from the forehead back, width from right to left, which is how the phantom
lies. Source: Menze et al., "The Multimodal Brain Tumor Image Segmentation Benchmark", IEEE TMI 2015.
"""

from __future__ import annotations

import math
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ranp.data.brain import MODALITIES, check_shape, standardise
from ranp.data.listing import check_sample
from ranp.data.task import Example, Shape, one_line
from ranp.extras import extra

if TYPE_CHECKING:
    from nibabel.spatialimages import SpatialImage

LAYOUT = "<case>/<case>_{flair,t1,t1ce,t2,seg}.nii.gz"
SUFFIXES = (".nii.gz", ".nii")
MAX_VOXELS = 2**27
"""Of a volume, 15 times those of BraTS: a few bytes can say that a file has any number."""

LEAST, MOST = 1e-3, 1e12
"""Between these lies the largest intensity of a volume: beyond them float32 has no room for means and deviations."""

LABEL_TOLERANCE = 0.01
"""Labels that a header scales lie beside whole numbers, by half a step of 1/255 of the largest at most."""

FILE_LABELS = (0, 1, 2, 4)
"""Labels as the files write them, in the order of ours: background, necrotic core, oedema, enhancing tumour."""


def find(folder: Path, split: str) -> list[Path]:
    """Case folders, sorted by name. BraTS publishes labels for its training part only, so ``split`` must be train."""
    if split != "train":
        raise ValueError(f"BraTS publishes labels for the split 'train' only, got {split!r}; use split='train'")
    return sorted((case for case in [folder, *folder.glob("*"), *folder.glob("*/*")] if _is_case(case)), key=str)


def read(case: Path, input_shape: Shape, classes: int, generator: torch.Generator) -> Example:
    """One case as ``(4, depth, height, width)`` and ``(depth, height, width)``, cropped or padded to the input size.

    Intensities are scaled to mean 0 and deviation 1 over the voxels of the brain, those where any modality is not 0.
    A crop keeps the tumour in its middle as far as the brain reaches; padding is background. Nothing is random here.
    """
    check_shape(input_shape, classes)
    paths = {name: _path_of(case, name) for name in (*MODALITIES, "seg")}
    volumes = {name: _volume(path) for name, path in paths.items()}
    expected = volumes[MODALITIES[0]].shape
    for name, volume in volumes.items():
        if volume.shape != expected:
            raise ValueError(
                f"{paths[name]} has {_times(volume.shape)} voxels, {paths[MODALITIES[0]].name} has {_times(expected)}; "
                "resample them to one grid"
            )
    image = torch.from_numpy(np.stack([volumes[name] for name in MODALITIES]))
    label = _labels(torch.from_numpy(volumes["seg"]), paths["seg"])
    brain = (image != 0).any(dim=0)
    if not brain.any():
        raise ValueError(f"{paths[MODALITIES[0]]} and its sibling modalities are 0 everywhere; export the case again")
    size = tuple(input_shape[-3:])
    start = _window(label, brain, size)
    return _crop_or_pad(standardise(image, brain), start, size), _crop_or_pad(label, start, size)


def _is_case(folder: Path) -> bool:
    return folder.is_dir() and any(folder.glob(f"{escape(folder.name)}_*.nii*"))


def _path_of(case: Path, name: str) -> Path:
    candidates = [case / f"{case.name}_{name}{suffix}" for suffix in SUFFIXES]
    for path in candidates:
        if path.exists():
            check_sample(path, "add it or remove the case")
            return path
    what = "segmentation" if name == "seg" else "modality"
    raise ValueError(f"{candidates[0]} is missing: every case needs the {what} '{name}'; add it or remove the case")


def _volume(path: Path) -> np.ndarray:
    """Voxels as float32 ``(depth, height, width)``."""
    with extra("data", "reading NIfTI volumes"):
        import nibabel

    try:
        image = cast("SpatialImage", nibabel.load(path))
        shape = tuple(map(int, image.shape))
    except Exception as error:  # a hostile file may fail anywhere in the reader
        raise _damaged(path, error) from error
    if len(shape) != 3:
        raise ValueError(f"{path} has {len(shape)} axes, expected 3; split it into one file a modality")
    if min(shape) < 1 or math.prod(shape) > MAX_VOXELS:
        raise ValueError(f"{path} says that it has {_times(shape)} voxels; 1 to {MAX_VOXELS:,} are read")
    try:
        current = nibabel.orientations.io_orientation(image.affine)
        wanted = nibabel.orientations.axcodes2ornt(("L", "P", "S"))
        turned = image.as_reoriented(nibabel.orientations.ornt_transform(current, wanted))
        with np.errstate(over="ignore"):  # what overflows is infinite, and told below
            voxels = turned.get_fdata(dtype=np.float32)
        voxels = np.ascontiguousarray(voxels.transpose(2, 1, 0))
    except Exception as error:
        raise _damaged(path, error) from error
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


def _labels(seg: Tensor, path: Path) -> Tensor:
    label = torch.full(seg.shape, -1, dtype=torch.long)
    for ours, theirs in enumerate(FILE_LABELS):
        label[(seg - theirs).abs() <= LABEL_TOLERANCE] = ours
    if (label < 0).any():
        strange = seg[label < 0].min().item()
        raise ValueError(f"{path} has the label {strange:.4g}, expected only {FILE_LABELS}; map it to one of them")
    return label


def _window(label: Tensor, brain: Tensor, size: Shape) -> list[int]:
    """First voxel of the crop along each axis; negative where the volume must be padded."""
    start = []
    tumour = label > 0
    for axis, length in enumerate(size):
        low, high = _extent(brain, axis)
        if high - low <= length:
            start.append((low + high - length) // 2)
            continue
        first, last = _extent(tumour if tumour.any() else brain, axis)
        start.append(min(max((first + last - length) // 2, low), high - length))
    return start


def _extent(mask: Tensor, axis: int) -> tuple[int, int]:
    """Half-open range of the indices along ``axis`` at which ``mask`` has a True."""
    others = [other for other in range(mask.ndim) if other != axis]
    used = mask.any(dim=others).nonzero()
    return int(used.min()), int(used.max()) + 1


def _crop_or_pad(volume: Tensor, start: list[int], size: Shape) -> Tensor:
    """The window of ``size`` at ``start`` over the last three axes; 0 where it reaches beyond the volume."""
    margins: list[int] = []
    for first, length, available in zip(start, size, volume.shape[-3:], strict=True):
        margins = [-first, first + length - available, *margins]  # pad wants the last axis first; negative crops
    return F.pad(volume, margins)


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
