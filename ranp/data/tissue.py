"""Grey and white matter in patches of a real scan: the average of 152 adults' MR scans (`ranp.data.template`).

Input ``(1, depth, height, width)``: a patch of T1 intensities at 1 mm, with a contrast, a brightness, a bias field and
noise of its own. Target ``(depth, height, width)``: 0 neither, 1 grey matter, 2 white matter. A folder of one's own
(`ranp.data.raw`) may have other channels and labels, and 255 where the label is not known.

There is one scan, and it is symmetric from left to right: a network that learnt from one hemisphere would have seen the
other. So patches to learn from lie in the front of the head, patches to be tested on in its back, and between them is a
gap that no patch reaches into. It is a task of patches: whether a network does well on another person's scan is not
tested.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ranp.data.fields import axes, uniform
from ranp.data.nifti import times
from ranp.data.task import Example, Shape
from ranp.data.template import template

LABELS = ("neither", "grey matter", "white matter")
IGNORED = 255
"""Of voxels whose label is not known."""

HEIGHTS = {"train": (0, 113), "test": (121, 233)}
"""From the forehead back, in mm, half-open: which part of the head a split's patches lie in."""

LEAST_BRAIN = 0.4
"""Share of a patch that is brain."""

TRIES = 100
BIAS = 0.4
NOISE = 0.5


def example(input_shape: Shape, classes: int, generator: torch.Generator) -> Example:
    """A patch to learn from: image ``(1, depth, height, width)`` and label ``(depth, height, width)``.

    The image is ``g * (c * image + b) + NOISE * n``: c of U(0.7, 1.3), b of U(-0.3, 0.3), n normal, and g the bias
    field, ``exp(BIAS * d . p)`` with p from -1 to 1 over the patch and d of U(-1, 1) along each axis.
    """
    return _patch(input_shape, classes, generator, "train")


def held_out(input_shape: Shape, classes: int, generator: torch.Generator) -> Example:
    """The same to be tested on, from the back of the head."""
    return _patch(input_shape, classes, generator, "test")


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy over the voxels whose label is known; ``output (batch, classes, depth, height, width)``, logits.

    >>> round(loss(torch.zeros(1, 3, 1, 1, 2), torch.tensor([[[[2, IGNORED]]]])).item(), 4)  # log 3
    1.0986
    """
    return F.cross_entropy(output, target, ignore_index=IGNORED)


def check_shape(input_shape: Shape, classes: int) -> None:
    """Refuse a network that does not read one channel, or answers with fewer than three labels."""
    if len(input_shape) != 5 or input_shape[1] != 1 or min(input_shape) < 1:
        raise ValueError(
            f"patches of the scan are (batch, 1, depth, height, width), got {tuple(input_shape)}; give the network 1 "
            "input channel"
        )
    if classes < len(LABELS):
        raise ValueError(f"the scan has {len(LABELS)} labels, the network has {classes} classes; give it more")


def _patch(input_shape: Shape, classes: int, generator: torch.Generator, split: str) -> Example:
    check_shape(input_shape, classes)
    size = tuple(input_shape[-3:])
    place = _place(size, split, generator)
    scan = template()
    contrast, brightness = uniform(0.7, 1.3, generator), uniform(-0.3, 0.3, generator)
    slopes = uniform(-1, 1, generator, (3,)).tolist()
    depth, height, width = (slope * axis for slope, axis in zip(slopes, axes(size), strict=True))
    bias = torch.exp(BIAS * (depth + height + width))
    noise = torch.randn(size, generator=generator)
    image = bias * (contrast * scan.image[place] + brightness) + NOISE * noise
    return image[None], scan.label[place].long()


def _place(size: Shape, split: str, generator: torch.Generator) -> tuple[slice, ...]:
    """A window of that size in the split's part of the head, with enough brain in it."""
    brain = template().brain
    depth, _, width = brain.shape
    within = ((0, depth), HEIGHTS[split], (0, width))
    largest = tuple(stop - start for start, stop in within)
    if any(length > most for length, most in zip(size, largest, strict=True)):
        raise ValueError(
            f"patches of the scan have at most {times(largest)} voxels, not {times(size)}; take smaller ones"
        )
    for _ in range(TRIES):
        drawn = torch.rand(3, generator=generator).tolist()
        starts = [low + int(u * (high - low - n + 1)) for u, (low, high), n in zip(drawn, within, size, strict=True)]
        place = tuple(slice(start, start + n) for start, n in zip(starts, size, strict=True))
        if brain[place].float().mean() >= LEAST_BRAIN:
            return place
    raise ValueError(f"no patch of {times(size)} voxels with {LEAST_BRAIN:.0%} of brain was found; take smaller ones")
