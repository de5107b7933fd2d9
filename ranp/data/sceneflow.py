"""SceneFlow as it is distributed: rendered stereo frames and, in the same tree, the disparity of each.

``frames_finalpass/.../left/<n>.png`` and ``.../right/<n>.png`` with ``disparity/.../left/<n>.pfm``, in the folder
itself or in one folder for each of FlyingThings3D, Monkaa and Driving. FlyingThings3D has ``TRAIN`` and ``TEST`` on
top; the other two belong to training. Source: Mayer et al., "A Large Dataset to Train Convolutional Networks for
Disparity, Optical Flow, and Scene Flow Estimation", CVPR 2016.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch

from ranp.data.images import read_colour, read_map, standardise
from ranp.data.stereo import check_shape
from ranp.data.task import Example, Shape

LAYOUT = "frames_finalpass/.../{left,right}/<n>.png and disparity/.../left/<n>.pfm"
FRAMES, DISPARITY = "frames_finalpass", "disparity"
SUFFIXES = (".png", ".webp")


class Pair(NamedTuple):
    """Where the two pictures of one moment lie, and the disparity of the left one."""

    left: Path
    right: Path
    disparity: Path


def find(folder: Path, split: str) -> list[Pair]:
    """All left pictures of the split with the places where their partners should be, sorted by name."""
    pairs = []
    for frames in [folder / FRAMES, *sorted(folder.glob(f"*/{FRAMES}"))]:
        splits = [part for part in ("TRAIN", "TEST") if (frames / part).is_dir()]
        if splits:
            scenes = frames / split.upper()
        elif split == "train":
            scenes = frames
        else:
            continue
        found = (path for path in scenes.glob("**/left/*") if path.suffix in SUFFIXES and path.name[:1] != ".")
        for left in sorted(found):
            place = left.relative_to(frames).with_suffix(".pfm")
            right = left.parent.with_name("right") / left.name
            pairs.append(Pair(left, right, frames.with_name(DISPARITY) / place))
    return pairs


def read(pair: Pair, input_shape: Shape, classes: int, generator: torch.Generator) -> Example:
    """A random window of both pictures, each ``(3, height, width)`` in [-1, 1], and the left disparity in pixels.

    Disparities that are not above 0 or reach ``classes`` become 0, not known: the network cannot answer with them. A
    map that is mostly negative is refused, since it is the right picture's, or its sign is turned.
    """
    check_shape(input_shape, classes)
    left, right, disparity = read_colour(pair.left), read_colour(pair.right), read_map(pair.disparity)
    for path, picture in ((pair.right, right), (pair.disparity, disparity)):
        if picture.shape[-2:] != left.shape[-2:]:
            raise ValueError(
                f"{path} is {_size(picture)} pixels, {pair.left.name} on the left is {_size(left)}; "
                "the pictures of a pair must have one size"
            )
    height, width = input_shape[-2:]
    if left.shape[-2] < height or left.shape[-1] < width:
        raise ValueError(
            f"{pair.left} is {_size(left)} pixels, the network reads {height} x {width} (height x width); "
            "use larger pictures or a smaller input"
        )
    _check_sign(pair.disparity, disparity)
    top = int(torch.randint(left.shape[-2] - height + 1, (), generator=generator))
    first = int(torch.randint(left.shape[-1] - width + 1, (), generator=generator))
    window = (..., slice(top, top + height), slice(first, first + width))
    found = disparity[window]
    target = torch.where((found > 0) & (found < classes), found, 0.0)
    if not target.any():
        remedy = "give more classes" if (found > 0).any() else "nothing is known there; leave the sample out"
        raise ValueError(f"{pair.disparity} has no disparity between 0 and {classes} in the window; {remedy}")
    return (standardise(left[window]), standardise(right[window])), target


def _check_sign(path: Path, disparity: torch.Tensor) -> None:
    negative, positive = int((disparity < 0).sum()), int((disparity > 0).sum())
    if negative > positive:
        raise ValueError(
            f"{path} has {negative:,} disparities below 0 and {positive:,} above; those of a left picture are above 0: "
            "turn their sign, and write 0 where nothing is known"
        )


def _size(picture: torch.Tensor) -> str:
    return f"{picture.shape[-2]} x {picture.shape[-1]}"
