"""A folder of one's own volumes, as the Medical Segmentation Decathlon or nnU-Net's raw data lie on disk.

``dataset.json``, ``labelsTr/<case>.nii.gz`` and the images: ``imagesTr/<case>.nii.gz``, with its channels along the
fourth axis where there are several, or ``imagesTr/<case>_0000.nii.gz``, ``<case>_0001.nii.gz``, ..., a file a channel.
``imagesTs`` has no labels and is not read. Axes are turned as `ranp.data.nifti` says; nothing is resampled.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ranp.data.brain import standardise
from ranp.data.listing import check_sample, in_order
from ranp.data.nifti import numbered, read_channels, read_volume, times
from ranp.data.raw.description import Description, read_description
from ranp.data.task import Example, Shape, check_split
from ranp.data.tissue import IGNORED
from ranp.data.window import around, crop_or_pad

LAYOUT = "dataset.json, labelsTr/<case>.nii.gz, and imagesTr/<case>.nii.gz or imagesTr/<case>_0000.nii.gz, ..."
IMAGES, LABELS = "imagesTr", "labelsTr"
TESTED = 5
"""Every fifth case is tested on."""

_CHANNEL = re.compile(r"(.+)_\d{4}")


class Case(NamedTuple):
    """The files of one patient, and what is known of all."""

    images: tuple[Path, ...]
    label: Path
    description: Description


def find(folder: Path, split: str) -> list[Case]:
    """The labelled cases of a split, in the order of their names.

    Every fifth case is tested on, or the last where there are fewer than five, and no case is in both parts: the folder
    itself does not say who is for what. ``ValueError`` where ``dataset.json`` counts other cases than there are.
    """
    check_split(split)
    description = read_description(folder)
    cases = _cases(folder, description)
    if description.cases not in (None, len(cases)):
        raise ValueError(
            f"{description.path} says numTraining {description.cases}, and there are {len(cases)} cases in {IMAGES} "
            f"and {LABELS}; correct the number, or add what is missing"
        )
    tested = set(range(len(cases))[TESTED - 1 :: TESTED] or range(1, len(cases))[-1:])
    if split == "test" and len(cases) == 1:
        raise ValueError(f"{folder} has one labelled case, and another is needed to test on; add one")
    return [case for place, case in enumerate(cases) if (place in tested) is (split == "test")]


def read(case: Case, input_shape: Shape, classes: int, generator: torch.Generator) -> Example:
    """One window of a case: image ``(channels, depth, height, width)`` and label ``(depth, height, width)``.

    Each channel is scaled to mean 0 and deviation 1 over the voxels where any channel is not 0. The window is drawn so
    that it holds a voxel, drawn as well, of what is labelled; a smaller volume is padded with background. Labels are
    numbered from 0 in the order of their numbers in the files, `IGNORED` where nobody labelled.
    """
    _check_fits(case.description, input_shape, classes)
    image, label = _image(case), _label(case)
    if image.shape[1:] != label.shape:
        raise _other_size(case.label, tuple(label.shape), case.images[0], tuple(image.shape[1:]))
    inside = (image != 0).any(dim=0)
    if not inside.any():
        raise ValueError(f"{case.images[0]} is 0 everywhere, in all of its channels; export the case again")
    size = input_shape[-3:]
    start = around(_voxel(label, case.label, generator), size, label.shape, generator)
    return crop_or_pad(standardise(image, inside), start, size), crop_or_pad(label, start, size)


def _cases(folder: Path, description: Description) -> list[Case]:
    """Those that the description lists, or all that have an image or a label."""
    ending = description.ending
    if description.listed is not None:
        image_of = {label: image for image, label in description.listed}
        return [Case(_parts(image_of[label], description), label, description) for label in in_order(image_of)]
    labels, images = (
        {path.name.removesuffix(ending) for path in in_order((folder / name).glob(f"*{ending}"))}
        for name in (LABELS, IMAGES)
    )
    names = labels | {_case_of(name, labels) for name in images}
    paths = in_order(folder / LABELS / f"{name}{ending}" for name in names)
    return [Case(_parts(folder / IMAGES / path.name, description), path, description) for path in paths]


def _case_of(image: str, labels: set[str]) -> str:
    """The case that an image without its ending belongs to: a case's name may end in digits as well."""
    match = _CHANNEL.fullmatch(image)
    return image if match is None or image in labels else match[1]


def _parts(image: Path, description: Description) -> tuple[Path, ...]:
    """The file of all channels where it is there, otherwise one for each."""
    if image.exists():
        return (image,)
    name = image.name.removesuffix(description.ending)
    return tuple(
        image.with_name(f"{name}_{number:04}{description.ending}") for number in range(len(description.channels))
    )


def _check_fits(description: Description, input_shape: Shape, classes: int) -> None:
    channels, labels = len(description.channels), len(description.labels)
    if len(input_shape) != 5 or input_shape[1] != channels:
        raise ValueError(
            f"{description.path} has {channels} channels ({', '.join(description.channels)}), the network reads "
            f"{tuple(input_shape)} with {input_shape[1]}; give it in_channels={channels}"
        )
    if classes < labels:
        raise ValueError(f"{description.path} has {labels} labels, the network has {classes} classes; give it more")


def _image(case: Case) -> Tensor:
    """All channels ``(channels, depth, height, width)``, as the files have them."""
    names = case.description.channels
    for path, name in zip(case.images, names, strict=False):
        check_sample(path, f"every case needs the channel '{name}': add it, or remove the case")
    volumes = [read_channels(path) for path in case.images]
    expected = volumes[0].shape[1:]
    for path, volume in zip(case.images, volumes, strict=True):
        if volume.shape[1:] != expected:
            raise _other_size(path, volume.shape[1:], case.images[0], expected)
    image = torch.from_numpy(np.concatenate(volumes))
    if len(image) != len(names):
        raise ValueError(
            f"{case.images[0]} has {len(image)} channels, {case.description.path} names {len(names)}; correct either"
        )
    return image


def _label(case: Case) -> Tensor:
    """Labels ``(depth, height, width)``, numbered as ours."""
    check_sample(case.label, "every case needs its labels: add them, or remove the case")
    labels, ignored = case.description.labels, case.description.ignored
    known = labels if ignored is None else (*labels, ignored)
    label = numbered(torch.from_numpy(read_volume(case.label)), known, case.label)
    return label.masked_fill(label == len(labels), IGNORED)


def _voxel(label: Tensor, path: Path, generator: torch.Generator) -> list[int]:
    """One of the voxels of what is labelled; of the background where there is nothing else."""
    for wanted in ((label > 0) & (label != IGNORED), label == 0):
        places = wanted.flatten().nonzero()
        if len(places):
            drawn = places[torch.randint(len(places), (), generator=generator)]
            return [int(axis) for axis in torch.unravel_index(drawn, label.shape)]
    raise ValueError(f"{path} has no voxel whose label is known; remove the case")


def _other_size(path: Path, size: tuple[int, ...], first: Path, expected: tuple[int, ...]) -> ValueError:
    return ValueError(f"{path} has {times(size)} voxels, {first.name} has {times(expected)}; resample them to one grid")
