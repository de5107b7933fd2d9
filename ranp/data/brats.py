"""BraTS'18 as it is distributed: one folder a case, one NIfTI file a modality.

``<case>/<case>_{flair,t1,t1ce,t2,seg}.nii.gz``, directly in the folder or one level down (``HGG``, ``LGG``). Files are
turned to depth from the neck up, height from the forehead back, width from right to left, which is how the phantom
lies. Source: Menze et al., "The Multimodal Brain Tumor Image Segmentation Benchmark", IEEE TMI 2015.
"""

from __future__ import annotations

from glob import escape
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ranp.data.brain import MODALITIES, check_shape, standardise
from ranp.data.listing import check_sample
from ranp.data.nifti import SUFFIXES, numbered, read_volume, times
from ranp.data.task import Example, Shape
from ranp.data.window import crop_or_pad

LAYOUT = "<case>/<case>_{flair,t1,t1ce,t2,seg}.nii.gz"

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
    volumes = {name: read_volume(path) for name, path in paths.items()}
    expected = volumes[MODALITIES[0]].shape
    for name, volume in volumes.items():
        if volume.shape != expected:
            raise ValueError(
                f"{paths[name]} has {times(volume.shape)} voxels, {paths[MODALITIES[0]].name} has {times(expected)}; "
                "resample them to one grid"
            )
    image = torch.from_numpy(np.stack([volumes[name] for name in MODALITIES]))
    label = numbered(torch.from_numpy(volumes["seg"]), FILE_LABELS, paths["seg"])
    brain = (image != 0).any(dim=0)
    if not brain.any():
        raise ValueError(f"{paths[MODALITIES[0]]} and its sibling modalities are 0 everywhere; export the case again")
    size = tuple(input_shape[-3:])
    start = _window(label, brain, size)
    return crop_or_pad(standardise(image, brain), start, size), crop_or_pad(label, start, size)


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
