"""Parts of furniture and planes: procedural voxel shapes with the tensor layout of ShapeNet part segmentation.

Input ``(1, depth, height, width)``: 1 where the surface of the shape passes, else 0; height grows upwards. Target
``(depth, height, width)``: the part that an occupied voxel belongs to, 255 where it is empty.

Each part is a union of solids given by their signed distance (negative inside). A voxel belongs to the surface when its
distance d to the whole shape, in voxels, satisfies -1.5 < d <= 0, and to the first part that holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ranp.data.fields import axes, uniform
from ranp.data.task import Example, Shape

EMPTY = 255
SHELL = 1.5
"""Thickness of the surface in voxels."""


class Space(NamedTuple):
    """Where distances are measured: coordinates that turn with the shape, and the length of a voxel in them."""

    depth: Tensor
    height: Tensor
    width: Tensor
    voxel: float


Parts = list[Tensor]
Draw = Callable[[float, float], float]
"""A number drawn evenly from a range."""


def example(input_shape: Shape, classes: int, generator: torch.Generator) -> Example:
    """One shape: occupancy ``(1, depth, height, width)`` and parts ``(depth, height, width)``.

    With 50 classes or more the parts carry the numbers they have in ShapeNet; with fewer they are numbered from 0 and
    the categories that fit are used, three parts each.

    >>> occupancy, part = example((1, 1, 16, 16, 16), classes=12, generator=torch.Generator().manual_seed(0))
    >>> occupancy.shape, part.shape, bool(((part == 255) == (occupancy[0] == 0)).all())
    (torch.Size([1, 16, 16, 16]), torch.Size([16, 16, 16]), True)
    """
    check_shape(input_shape)
    available = list(CATEGORIES)[: classes // 3]
    if not available:
        raise ValueError(f"a voxel shape has 3 parts, the network has {classes} classes; give it 3 or more")
    name = available[int(torch.randint(len(available), (), generator=generator))]
    numbers = SHAPENET_PARTS[name] if classes >= 50 else [3 * available.index(name) + k for k in range(3)]

    def draw(low: float, high: float) -> float:
        return uniform(low, high, generator).item()

    space = _posed(input_shape, draw)
    distances = torch.stack(CATEGORIES[name](space, draw))
    nearest = distances.amin(dim=0) / space.voxel
    surface = (nearest <= 0) & (nearest > -SHELL)
    first = (distances <= 0).to(torch.uint8).argmax(dim=0)
    part = torch.where(surface, torch.tensor(numbers)[first], EMPTY)
    return surface[None].float(), part


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy averaged over occupied voxels; ``output (batch, classes, depth, height, width)`` are logits.

    >>> target = torch.full((1, 2, 2, 2), EMPTY)
    >>> target[0, 0, 0, 0] = 3
    >>> round(loss(torch.zeros(1, 4, 2, 2, 2), target).item(), 4)  # log 4
    1.3863
    """
    return F.cross_entropy(output, target, ignore_index=EMPTY)


def check_shape(input_shape: Shape) -> None:
    """Refuse a network that does not read one channel of occupancy."""
    if len(input_shape) != 5 or input_shape[1] != 1 or min(input_shape[2:]) < 8:
        raise ValueError(
            "voxel shapes are (batch, 1, depth, height, width) with 8 voxels a side or more, got "
            f"{tuple(input_shape)}; give the network 1 input channel and a larger volume"
        )


def _posed(input_shape: Shape, draw: Draw) -> Space:
    """Coordinates of a shape that is turned about the vertical axis, scaled and shifted a little."""
    yaw, scale = draw(-0.25, 0.25), draw(0.8, 1.1)
    depth, height, width = (axis - draw(-0.12, 0.12) for axis in axes(input_shape[-3:]))
    cos, sin = torch.cos(torch.tensor(yaw)).item(), torch.sin(torch.tensor(yaw)).item()
    voxel = 2 / min(input_shape[-3:]) / scale
    return Space((cos * depth - sin * width) / scale, height / scale, (sin * depth + cos * width) / scale, voxel)


def _table(space: Space, draw: Draw) -> Parts:
    length, breadth, top, thick = draw(0.55, 0.8), draw(0.4, 0.65), draw(0.3, 0.55), draw(0.06, 0.1)
    round_top = draw(0, 1) < 0.35
    floor = -0.75
    if round_top:
        radius = (length + breadth) / 2
        plate = cylinder(space, (0, top, 0), radius, thick)
        legs = cylinder(space, (0, (floor + top) / 2, 0), draw(0.1, 0.16), (top - floor) / 2)
        foot = cylinder(space, (0, floor + 0.06, 0), 0.55 * radius, 0.06)
        legs = torch.minimum(legs, foot)
        shelf = cylinder(space, (0, draw(-0.35, -0.1), 0), 0.6 * radius, 0.06)
    else:
        plate = box(space, (0, top, 0), (breadth, thick, length))
        legs = _legs(space, breadth - 0.09, length - 0.09, floor, top, draw(0.06, 0.1))
        shelf = box(space, (0, draw(-0.4, -0.1), 0), (breadth - 0.08, 0.05, length - 0.08))
    return [plate, legs, shelf]


def _chair(space: Space, draw: Draw) -> Parts:
    length, breadth, seat, thick = draw(0.4, 0.55), draw(0.4, 0.55), draw(-0.2, 0.0), draw(0.07, 0.11)
    upright, lean = draw(0.35, 0.45), draw(0.0, 0.25)
    plate = box(space, (0, seat, 0), (breadth, thick, length))
    leaning = space._replace(depth=space.depth + lean * (space.height - seat))
    back = box(leaning, (-breadth + 0.08, seat + thick + upright, 0), (0.08, upright, length * draw(0.85, 1.0)))
    legs = _legs(space, breadth - 0.08, length - 0.08, -0.8, seat, draw(0.06, 0.09))
    return [plate, back, legs]


def _lamp(space: Space, draw: Draw) -> Parts:
    floor, top = -0.8, draw(0.25, 0.45)
    foot = cylinder(space, (0, floor + 0.07, 0), draw(0.28, 0.45), draw(0.06, 0.1))
    pole = cylinder(space, (0, (floor + top) / 2, 0), draw(0.06, 0.1), (top - floor) / 2)
    wide = draw(0.4, 0.6)
    shade = cone(space, (0, top + 0.1, 0), wide, wide * draw(0.35, 0.8), draw(0.22, 0.32))
    return [foot, pole, shade]


def _plane(space: Space, draw: Draw) -> Parts:
    length, girth = draw(0.75, 0.9), draw(0.13, 0.19)
    body = ellipsoid(space, (0, 0, 0), (length, girth, girth))
    sweep = draw(0.15, 0.5)
    swept = space._replace(depth=space.depth + sweep * space.width.abs())
    wing = box(swept, (0.1, draw(-0.06, 0.04), 0), (draw(0.15, 0.22), 0.05, draw(0.7, 0.88)))
    stabiliser = box(swept, (-length + 0.12, 0.05, 0), (0.1, 0.05, draw(0.26, 0.38)))
    raked = space._replace(depth=space.depth + 0.5 * space.height)
    fin = box(raked, (-length + 0.2, 0.22, 0), (0.1, draw(0.2, 0.28), 0.05))
    return [body, wing, torch.minimum(stabiliser, fin)]


CATEGORIES: dict[str, Callable[[Space, Draw], Parts]] = {
    "table": _table,
    "chair": _chair,
    "lamp": _lamp,
    "plane": _plane,
}

PART_NAMES: dict[str, tuple[str, str, str]] = {
    "table": ("top", "legs", "shelf"),
    "chair": ("seat", "back", "legs"),
    "lamp": ("base", "pole", "shade"),
    "plane": ("body", "wing", "tail"),
}

SHAPENET_PARTS: dict[str, list[int]] = {
    "table": [47, 48, 49],
    "chair": [13, 12, 14],
    "lamp": [24, 26, 25],
    "plane": [0, 1, 2],
}
"""The numbers, of 0 to 49, that the data set gives to these parts."""


Point = tuple[float, float, float]


def box(space: Space, centre: Point, half: Point) -> Tensor:
    """Signed distance to a box with sides along the axes, half as long as ``half`` says."""
    apart = [p.abs() - h for p, h in zip(_from(space, centre), _at_least_a_voxel(space, half), strict=True)]
    outside = reduce(torch.add, (a.clamp_min(0) ** 2 for a in apart)).sqrt()
    return outside + reduce(torch.maximum, apart).clamp_max(0)


def cylinder(space: Space, centre: Point, radius: float, half_height: float) -> Tensor:
    """Signed distance to an upright cylinder."""
    return cone(space, centre, radius, radius, half_height)


def cone(space: Space, centre: Point, bottom: float, top: float, half_height: float) -> Tensor:
    """Distance to an upright truncated cone: exact at its sides and ends, a bound beyond its edges."""
    depth, height, width = _from(space, centre)
    bottom, top, half_height = _at_least_a_voxel(space, (bottom, top, half_height))
    slope = (top - bottom) / (2 * half_height)
    side = (torch.hypot(depth, width) - (bottom + top) / 2 - slope * height) / (1 + slope**2) ** 0.5
    return torch.maximum(side, height.abs() - half_height)


def ellipsoid(space: Space, centre: Point, semi: Point) -> Tensor:
    """Distance to an ellipsoid to first order: exact on its surface."""
    semi = _at_least_a_voxel(space, semi)
    scaled = [p / s for p, s in zip(_from(space, centre), semi, strict=True)]
    reach = reduce(torch.add, (q**2 for q in scaled)).sqrt()
    gradient = reduce(torch.add, ((q / s) ** 2 for q, s in zip(scaled, semi, strict=True))).sqrt()
    return reach * (reach - 1) / gradient.clamp_min(1e-6)


def _legs(space: Space, depth: float, width: float, floor: float, top: float, thick: float) -> Tensor:
    """Four square legs: two mirror planes fold them into one."""
    folded = space._replace(depth=space.depth.abs(), width=space.width.abs())
    return box(folded, (depth, (floor + top) / 2, width), (thick, (top - floor) / 2, thick))


def _from(space: Space, centre: Point) -> tuple[Tensor, Tensor, Tensor]:
    return space.depth - centre[0], space.height - centre[1], space.width - centre[2]


def _at_least_a_voxel(space: Space, half: Point) -> Point:
    """Half-lengths of a solid thick enough for a layer of voxel centres to fall inside it wherever it lies."""
    depth, height, width = (max(length, 0.51 * space.voxel) for length in half)
    return depth, height, width
