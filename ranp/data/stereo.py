"""Stereo pairs: procedural scenes with the tensor layout of SceneFlow.

Inputs ``left`` and ``right`` ``(3, height, width)`` in about [-1, 1]; target: the disparity of the left picture
``(height, width)`` in pixels, 0 where it is not known. A point that the left camera sees in column x lies in column
x - disparity of the right picture.

A scene is a background and six ellipses or rectangles, each a slanted plane with disparity ``d(x, y) = d0 + sx * x +
sy * y`` over the columns x and rows y of the left picture. Where planes overlap the larger disparity, the nearer plane,
is seen. The right picture solves ``x_right = x - d(x, y)`` for x plane by plane, so its occlusions are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ranp.data.fields import smooth_noise, uniform
from ranp.data.task import Example, Shape

OBJECTS = 6
GAIN = 0.1
NOISE = 0.08
OUTPUT_WEIGHTS = (0.5, 0.7, 1.0)
"""Of PSMNet's three training outputs, the last one the most refined (Chang and Chen, CVPR 2018, section 3.5)."""


class Scene(NamedTuple):
    """Planes ``(1 + OBJECTS,)``, the background first; lengths in pixels of the left picture."""

    plane: Tensor
    """Disparity of each plane: rows of d0, sx, sy."""
    outline: Tensor
    """Row and column of the centre, half height, half width, cosine and sine of the angle."""
    ellipse: Tensor
    """True for an ellipse, False for a rectangle."""
    texture: Tensor
    """What is painted on each plane, ``(1 + OBJECTS, 3, height, wider than the picture)``, in [-1, 1]."""


def example(input_shape: Shape, classes: int, generator: torch.Generator) -> Example:
    """One pair of pictures, ``input_shape`` being that of either, and the left disparity below ``classes`` pixels.

    >>> (left, right), disparity = example((1, 3, 32, 64), classes=16, generator=torch.Generator().manual_seed(0))
    >>> left.shape, right.shape, disparity.shape, bool((disparity > 0).all() and (disparity < 16).all())
    (torch.Size([3, 32, 64]), torch.Size([3, 32, 64]), torch.Size([32, 64]), True)
    """
    check_shape(input_shape, classes)
    height, width = input_shape[-2:]
    scene = draw_scene(height, width, classes, generator)
    row = torch.arange(float(height))[:, None]
    column = torch.arange(float(width))[None, :]
    left, disparity = see(scene, row, column)
    right, _ = see(scene, row, column, right_camera=True)
    return (_expose(left, generator), _expose(right, generator)), disparity


def loss(output: Tensor | Sequence[Tensor], target: Tensor) -> Tensor:
    """Smooth L1 over the pixels whose disparity is known; several outputs are added with ``OUTPUT_WEIGHTS``.

    ``output`` is a disparity map ``(batch, height, width)`` or, in training, a sequence of them from coarse to fine.

    >>> target = torch.tensor([[[0.0, 4.0]]])
    >>> loss(torch.tensor([[[9.0, 2.0]]]), target).item()
    1.5
    >>> round(loss([target, target, torch.tensor([[[9.0, 2.0]]])], target).item(), 3)
    1.5
    """
    outputs = [output] if isinstance(output, Tensor) else list(output)
    if len(outputs) > len(OUTPUT_WEIGHTS):
        raise ValueError(f"the stereo loss weighs up to {len(OUTPUT_WEIGHTS)} outputs, the network gave {len(outputs)}")
    known = target > 0
    total = target.new_zeros(())
    for weight, disparity in zip(OUTPUT_WEIGHTS[-len(outputs) :], outputs, strict=True):
        apart = F.smooth_l1_loss(disparity, target, reduction="none") * known
        total = total + weight * apart.sum() / known.sum().clamp_min(1)
    return total


def check_shape(input_shape: Shape, classes: int) -> None:
    """Refuse a network that does not read colour pictures or has no room for a disparity."""
    if len(input_shape) != 4 or input_shape[1] != 3 or min(input_shape[2:]) < 8:
        raise ValueError(
            f"stereo pictures are (batch, 3, height, width) with 8 pixels a side or more, got {tuple(input_shape)}; "
            "give the network 3 input channels and a larger picture"
        )
    if classes < 8:
        raise ValueError(f"stereo needs a largest disparity of 8 pixels or more, the network has {classes}")


def draw_scene(height: int, width: int, disparities: int, generator: torch.Generator) -> Scene:
    """A background and objects that lie in front of it, all disparities above 0 and below ``disparities``."""
    background = uniform(0.03, 0.12, generator, (1,)) * disparities
    objects = uniform(0.12, 0.85, generator, (OBJECTS,)) * (disparities - 2)
    middle = torch.cat([background, objects])
    half = uniform(0.12, 0.32, generator, (1 + OBJECTS, 2)) * height
    half[0] = torch.tensor([height / 2, width / 2])
    centre = uniform(0.08, 0.92, generator, (1 + OBJECTS, 2)) * torch.tensor([float(height), float(width)])
    centre[0] = torch.tensor([height / 2, width / 2])
    angle = uniform(-0.6, 0.6, generator, (1 + OBJECTS,))
    ellipse = uniform(0, 1, generator, (1 + OBJECTS,)) < 0.5

    # A plane may tilt by 0.02 pixels a pixel, but by no more than keeps all its disparities near the middle one.
    room = torch.minimum(middle, disparities - 1 - middle)
    steepest = (0.3 * room / half.amax(dim=1)).clamp_max(0.02)
    slant_x, slant_y = uniform(-1, 1, generator, (2, 1 + OBJECTS)) * steepest
    at_origin = middle - slant_y * centre[:, 0] - slant_x * centre[:, 1]

    # The right camera looks past the right border of the left picture, by a disparity at most.
    texture = torch.stack([_paint(height, width + disparities, generator) for _ in range(1 + OBJECTS)])
    outline = torch.cat([centre, half, angle.cos()[:, None], angle.sin()[:, None]], dim=1)
    return Scene(torch.stack([at_origin, slant_x, slant_y], dim=1), outline, ellipse, texture)


def see(scene: Scene, row: Tensor, column: Tensor, right_camera: bool = False) -> tuple[Tensor, Tensor]:
    """Colour ``(3, height, width)`` and disparity ``(height, width)`` at rows and columns of one camera's picture.

    Positions broadcast against each other and may lie between pixels.
    """
    at_origin, slant_x, slant_y = (part[:, None, None] for part in scene.plane.T)
    row, column = torch.broadcast_tensors(row, column)
    x = (column + at_origin + slant_y * row) / (1 - slant_x) if right_camera else column.expand(len(at_origin), -1, -1)
    disparity = at_origin + slant_x * x + slant_y * row
    nearest = disparity.masked_fill(~_covers(scene, row, x), -torch.inf).argmax(dim=0, keepdim=True)
    height, width = scene.texture.shape[-2:]
    place = torch.stack([(2 * x + 1) / width - 1, ((2 * row + 1) / height - 1).expand_as(x)], dim=-1)
    painted = F.grid_sample(scene.texture, place, padding_mode="border", align_corners=False)
    colour = painted.gather(0, nearest[:, None].expand(-1, 3, -1, -1))
    return colour[0], disparity.gather(0, nearest)[0]


def _covers(scene: Scene, row: Tensor, x: Tensor) -> Tensor:
    """Whether each plane's outline holds the points, bool ``(planes, height, width)``; the background holds all."""
    centre_row, centre_column, half_height, half_width, cos, sin = (part[:, None, None] for part in scene.outline.T)
    down, right = row - centre_row, x - centre_column
    along = ((cos * right + sin * down) / half_width).abs()
    across = ((cos * down - sin * right) / half_height).abs()
    inside = torch.where(scene.ellipse[:, None, None], torch.hypot(along, across), torch.maximum(along, across)) <= 1
    inside[0] = True
    return inside


def _paint(height: int, width: int, generator: torch.Generator) -> Tensor:
    """A texture ``(3, height, width)`` in [-1, 1]: one main colour, patches of light and shade from large to fine."""
    colour = uniform(-0.6, 0.6, generator, (3, 1, 1))

    def patches(across: int, channels: int) -> Tensor:
        return smooth_noise((height, width), (across, max(1, across * width // height)), generator, channels)

    shade = 0.2 * patches(4, 1) + 0.25 * patches(12, 1) + 0.3 * patches(32, 1)
    return (colour + shade + 0.15 * patches(6, 3)).tanh()


def _expose(picture: Tensor, generator: torch.Generator) -> Tensor:
    """What a camera makes of it: a gain of its own for each colour, and noise."""
    gain = 1 + uniform(-GAIN, GAIN, generator, (3, 1, 1))
    return gain * picture + NOISE * torch.randn(picture.shape, generator=generator)
