"""Moving shapes: procedural videos with the tensor layout of UCF101.

Input ``(3, frames, height, width)`` in about [-1, 1]; target: the class, a number. A textured superellipse moves over a
still textured background. Half of the motion lies before the middle of the clip and half after it, so the middle frame
is the same whatever the motion: only a network that looks along time can tell the classes apart.
"""

from __future__ import annotations

import colorsys
import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ranp.data.fields import axes, smooth_noise, uniform
from ranp.data.task import Example, Shape


class Motion(NamedTuple):
    """What one unit of speed does in half a clip: shift down and right, turn clockwise, grow."""

    down: float = 0.0
    right: float = 0.0
    clockwise: float = 0.0
    growth: float = 0.0


MOTIONS: dict[str, Motion] = {
    "left": Motion(right=-1.0),
    "right": Motion(right=1.0),
    "up": Motion(down=-1.0),
    "down": Motion(down=1.0),
    "clockwise": Motion(clockwise=math.pi / 2),
    "counter-clockwise": Motion(clockwise=-math.pi / 2),
    "in": Motion(growth=-0.7),
    "out": Motion(growth=0.7),
}

JITTER = 0.02
NOISE = 0.15
TEXTURE_SIZE = 64


class Scene(NamedTuple):
    """All that a clip shows apart from the motion; lengths in half the height or width of a frame."""

    centre: Tensor
    semi: Tensor
    angle: float
    roundness: float
    texture: Tensor
    background: Tensor
    jitter: Tensor


def example(input_shape: Shape, classes: int, generator: torch.Generator) -> Example:
    """One clip ``(3, frames, height, width)`` and its class.

    Class ``c`` moves like ``MOTIONS[c % 8]``. With more than eight classes each block of eight has a colour of its own,
    so that 101 classes are told apart by motion and looks, as in the real data; with fewer the first motions are used.

    >>> clip, label = example((1, 3, 8, 48, 48), classes=8, generator=torch.Generator().manual_seed(0))
    >>> clip.shape, list(MOTIONS)[label]
    (torch.Size([3, 8, 48, 48]), 'clockwise')
    """
    check_shape(input_shape, classes)
    size = tuple(input_shape[-3:])
    label = torch.randint(classes, (), generator=generator)
    blocks = math.ceil(classes / len(MOTIONS))
    hue = uniform(0, 1, generator).item() if blocks == 1 else int(label) // len(MOTIONS) / blocks
    speed = uniform(0.35, 0.8, generator).item()
    scene = draw_scene(size, hue, generator)
    motion = list(MOTIONS.values())[int(label) % len(MOTIONS)]
    clip = render(scene, Motion(*(speed * part for part in motion)), size)
    return clip.add_(torch.randn(clip.shape, generator=generator), alpha=NOISE), label


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of the logits ``output (batch, classes)``.

    >>> round(loss(torch.zeros(2, 8), torch.tensor([1, 5])).item(), 4)  # log 8
    2.0794
    """
    return F.cross_entropy(output, target)


def check_shape(input_shape: Shape, classes: int) -> None:
    """Refuse a network that does not read colour videos, or has nothing to tell apart."""
    if len(input_shape) != 5 or input_shape[1] != 3 or min(input_shape) < 1:
        raise ValueError(
            f"videos are (batch, 3, frames, height, width), got {tuple(input_shape)}; give the network 3 input channels"
        )
    if classes < 2:
        raise ValueError(f"telling motions apart needs 2 classes or more, the network has {classes}")


def draw_scene(size: Shape, hue: float, generator: torch.Generator) -> Scene:
    """A background, an object of about the given hue (0 to 1) and how the camera shakes."""
    frames, height, width = size
    return Scene(
        centre=uniform(-0.2, 0.2, generator, (2,)),
        semi=uniform(0.32, 0.5, generator) * uniform(0.7, 1.0, generator, (2,)),
        angle=uniform(0, 2 * math.pi, generator).item(),
        roundness=uniform(1.4, 4.0, generator).item(),
        texture=_paint((TEXTURE_SIZE, TEXTURE_SIZE), 4, hue, 0.85, generator),
        background=_paint((height, width), 6, uniform(0, 1, generator).item(), 0.3, generator),
        jitter=JITTER * torch.randn((frames, 2), generator=generator),
    )


def render(scene: Scene, motion: Motion, size: Shape) -> Tensor:
    """The clip ``(3, frames, height, width)`` without noise: values in [-1, 1]."""
    frames, height, width = size
    # From -1 to 1; a single frame is the middle.
    time = torch.linspace(-1, 1, frames) if frames > 1 else torch.zeros(1)
    shift = scene.centre + scene.jitter + time[:, None] * torch.tensor([motion.down, motion.right])
    growth = (motion.growth * time).exp()[:, None, None]
    angle = (scene.angle + motion.clockwise * time)[:, None, None]

    down, right = (grid - shift[:, k, None, None] for k, grid in enumerate(axes((height, width))))
    # Undoing the motion takes a pixel back to the place on the object that it shows.
    along = (angle.cos() * right + angle.sin() * down) / growth / scene.semi[1]
    across = (angle.cos() * down - angle.sin() * right) / growth / scene.semi[0]
    reach = (along.abs() ** scene.roundness + across.abs() ** scene.roundness) ** (1 / scene.roundness)
    edge = 3 / min(height, width) / float(scene.semi.min())
    opacity = ((1 - reach) / edge + 0.5).clamp(0, 1)

    place = torch.stack([along, across], dim=-1)
    painted = F.grid_sample(scene.texture.expand(frames, -1, -1, -1), place, padding_mode="border", align_corners=False)
    return torch.lerp(scene.background[:, None], painted.transpose(0, 1), opacity)


def _paint(size: Shape, cells: int, hue: float, saturation: float, generator: torch.Generator) -> Tensor:
    """A two-tone picture ``(3, height, width)`` in [-1, 1]: a hue and its darker neighbour in smooth patches."""
    bright = torch.tensor(colorsys.hsv_to_rgb(hue, saturation, 0.95))
    dark = torch.tensor(colorsys.hsv_to_rgb((hue + 0.08) % 1, saturation, 0.25))
    mixture = (2.5 * smooth_noise(size, cells, generator)).sigmoid()
    return 2 * torch.lerp(dark[:, None, None], bright[:, None, None], mixture) - 1
