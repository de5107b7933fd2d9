"""Brain tumours in four MR contrasts: a procedural phantom with the tensor layout of BraTS'18.

Input ``(4, depth, height, width)``: FLAIR, T1, contrast-enhanced T1 and T2, each with mean 0 and deviation 1 inside the
brain and exactly 0 outside. Depth runs from the neck up, height from the forehead back, width from right to left.
Target ``(depth, height, width)``: 0 everything else, 1 necrotic core, 2 oedema, 3 enhancing ring.

What makes it hard enough to teach: the ring shows in one contrast only, vessels enhance as well, small old lesions are
as bright as oedema, the scanner adds noise and a slow bias field.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ranp.data.fields import axes, smooth_noise, uniform
from ranp.data.task import Example, Shape

MODALITIES = ("flair", "t1", "t1ce", "t2")
LABELS = ("background", "necrotic core", "oedema", "enhancing tumour")
NECROSIS, OEDEMA, ENHANCING = 1, 2, 3

# Rows as in MODALITIES; columns: white matter, grey matter, cerebrospinal fluid.
TISSUE_INTENSITY = torch.tensor([[0.45, 0.58, 0.12], [0.80, 0.58, 0.20], [0.80, 0.60, 0.20], [0.35, 0.52, 0.95]])
# Rows as in MODALITIES; columns as in LABELS: what a tumour of contrast 1 adds to grey or white matter.
TUMOUR_CONTRAST = torch.tensor(
    [[0.0, -0.05, 0.38, 0.22], [0.0, -0.30, -0.12, -0.08], [0.0, -0.32, -0.10, 0.62], [0.0, 0.30, 0.32, 0.15]]
)
VESSEL_CONTRAST = torch.tensor([0.0, 0.0, 0.45, -0.10])
LESION_CONTRAST = torch.tensor([0.35, -0.05, -0.05, 0.35])

CLASS_WEIGHTS = (1.0, 6.0, 3.0, 6.0)
DICE_WEIGHT = 0.25


class Anatomy(NamedTuple):
    """A healthy head: coordinates ``p`` that turn with it, distance from its middle (1 = surface), tissue shares."""

    p: tuple[Tensor, Tensor, Tensor]
    radius: Tensor
    tissue: Tensor


def example(input_shape: Shape, classes: int, generator: torch.Generator) -> Example:
    """One patient: image ``(4, depth, height, width)`` and label ``(depth, height, width)``.

    Random numbers that shape the patient are drawn before those whose number depends on the size, so one seed gives
    one patient at every resolution.

    >>> image, label = example((1, 4, 24, 24, 24), classes=4, generator=torch.Generator().manual_seed(0))
    >>> image.shape, label.shape, label.unique()
    (torch.Size([4, 24, 24, 24]), torch.Size([24, 24, 24]), tensor([0, 1, 2, 3]))
    """
    check_shape(input_shape, classes)
    size = tuple(input_shape[-3:])
    anatomy = _anatomy(size, generator)
    label = _tumour(size, anatomy, generator)
    image = _contrasts(size, anatomy, label, generator)
    bias = smooth_noise(size, 3, generator, channels=len(MODALITIES)).mul_(0.15).exp_()
    image = image.mul_(bias).add_(torch.randn(image.shape, generator=generator), alpha=0.09)
    return standardise(image, anatomy.radius < 1), label


def standardise(image: Tensor, brain: Tensor) -> Tensor:
    """Scale each modality to mean 0 and deviation 1 inside ``brain`` (bool) and set it to 0 outside."""
    inside = image[:, brain]
    centre, spread = inside.mean(dim=1), inside.std(dim=1).clamp_min(1e-6)
    return (image - centre[:, None, None, None]) / spread[:, None, None, None] * brain


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy weighted by class, plus a quarter of the soft Dice loss over the three tumour labels.

    ``output (batch, classes, depth, height, width)`` are logits for four classes or more. The paper's BraTS network has
    five outputs, because the files number their labels 0, 1, 2, 4; here the fifth has no voxel of its own and only
    learns to stay silent. Without class weights narrow networks never leave the background.

    >>> logits, target = torch.zeros(1, 5, 2, 2, 2), torch.ones(1, 2, 2, 2, dtype=torch.long)
    >>> round(loss(logits, target).item(), 3)  # log 5 + (1 - Dice) / 4
    1.76
    """
    classes = output.shape[1]
    weights = output.new_ones(classes)
    weights[: len(CLASS_WEIGHTS)] = output.new_tensor(CLASS_WEIGHTS)
    tumour = slice(1, len(LABELS))
    probability = output.softmax(dim=1)[:, tumour].transpose(0, 1).flatten(1)
    truth = F.one_hot(target, classes)[..., tumour].movedim(-1, 0).flatten(1).to(probability.dtype)
    present = truth.sum(dim=1) > 0
    overlap = (2 * (probability * truth).sum(dim=1) + 1) / (probability.sum(dim=1) + truth.sum(dim=1) + 1)
    dice = (overlap * present).sum() / present.sum().clamp_min(1)
    return F.cross_entropy(output, target, weight=weights) + DICE_WEIGHT * (1 - dice)


def check_shape(input_shape: Shape, classes: int) -> None:
    """Refuse a network that cannot read four modalities or answer with four labels."""
    if len(input_shape) != 5 or input_shape[1] != len(MODALITIES) or min(input_shape) < 1:
        raise ValueError(
            f"brain volumes are (batch, {len(MODALITIES)}, depth, height, width), got {tuple(input_shape)}; "
            f"give the network {len(MODALITIES)} input channels"
        )
    if classes < len(LABELS):
        raise ValueError(f"brain volumes have {len(LABELS)} labels, the network has {classes} classes; give it more")


def _anatomy(size: Shape, generator: torch.Generator) -> Anatomy:
    p = _tilted(size, generator)
    depth, height, width = p
    semi_depth, semi_height, semi_width = (
        torch.tensor([0.82, 0.92, 0.76]) * uniform(0.93, 1.05, generator, (3,))
    ).tolist()
    broader_at_the_back = semi_width * (1 + 0.12 * height)
    radius = ((depth / semi_depth) ** 2 + (height / semi_height) ** 2 + (width / broader_at_the_back) ** 2).sqrt_()
    radius += 0.03 * smooth_noise(size, 5, generator)[0]

    folds = 0.77 + 0.12 * smooth_noise(size, 18, generator)[0]
    soft = max(0.05, 2.0 / min(size))
    brain = _ramp(0.95 - radius, soft)
    white = _ramp(folds - radius, soft)

    beside = width.abs()
    nuclei = _ellipsoid((depth + 0.05) / 0.17, height / 0.24, (beside - 0.30) / 0.12)
    white *= 1 - _ramp(1 - nuclei, 3 * soft)
    horns = uniform(0.85, 1.25, generator).item()
    ventricles = _ellipsoid((depth - 0.12 + 0.4 * height**2) / 0.17, (height - 0.04) / 0.40, (beside - 0.13) / 0.09)
    fluid = _ramp(horns - ventricles, 3 * soft)
    fissure = _ramp(0.03 - beside, soft) * _ramp(radius - 0.55, 0.1)
    solid = brain * (1 - torch.maximum(fluid, fissure))
    return Anatomy(p, radius, torch.stack([solid * white, solid * (1 - white), 1 - solid]))


def _tumour(size: Shape, anatomy: Anatomy, generator: torch.Generator) -> Tensor:
    direction = torch.randn(3, generator=generator)
    centre = direction / direction.norm() * uniform(0.2, 0.45, generator)
    semi = uniform(0.4, 0.65, generator) * uniform(0.8, 1.15, generator, (3,))
    core = uniform(0.55, 0.8, generator).item()
    necrosis = core * uniform(0.5, 0.75, generator).item()
    depth, height, width = ((c - m) / s for c, m, s in zip(anatomy.p, centre.tolist(), semi.tolist(), strict=True))
    ragged = 0.11 * smooth_noise(size, 6, generator)[0] + 0.05 * smooth_noise(size, 16, generator)[0]
    reach = _ellipsoid(depth, height, width) * (1 + ragged)

    solid = anatomy.tissue[2] < 0.5
    inside = anatomy.radius < 0.93
    label = torch.zeros(size, dtype=torch.long)
    label[(reach < 1) & inside & solid] = OEDEMA
    # A core pushes ventricles and folds aside, oedema only soaks the tissue that is there.
    label[(reach < core) & inside] = ENHANCING
    label[(reach < necrosis) & inside] = NECROSIS
    return label


def _contrasts(size: Shape, anatomy: Anatomy, label: Tensor, generator: torch.Generator) -> Tensor:
    """Intensities ``(4, depth, height, width)`` before bias field and noise."""
    strength = uniform(0.6, 1.1, generator).item()
    one, other = smooth_noise(size, 5, generator, channels=2)
    vessels = _ramp(0.22 - torch.hypot(one, other), 0.1) * (label == 0)
    lesions = _ramp(smooth_noise(size, 9, generator)[0] - 2.2, 0.3) * anatomy.tissue[0] * (label == 0)

    tissue = torch.where((label == NECROSIS) | (label == ENHANCING), _GREY_MATTER, anatomy.tissue)
    image = torch.einsum("mt,tdhw->mdhw", TISSUE_INTENSITY, tissue)
    image += strength * TUMOUR_CONTRAST[:, label]
    image += VESSEL_CONTRAST[:, None, None, None] * vessels
    image += LESION_CONTRAST[:, None, None, None] * lesions
    return image


_GREY_MATTER = torch.tensor([0.0, 1.0, 0.0])[:, None, None, None]


def _tilted(size: Shape, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Coordinates of a head that is turned a little about each axis and lies a little off the centre."""
    angles = uniform(-0.15, 0.15, generator, (3,))
    skew = torch.zeros(3, 3)
    skew[[0, 0, 1], [1, 2, 2]] = angles
    rotation = torch.linalg.matrix_exp(skew - skew.T).tolist()
    offset = uniform(-0.04, 0.04, generator, (3,)).tolist()
    grid = axes(size)
    turned = (sum(r * g for r, g in zip(row, grid, strict=True)) + o for row, o in zip(rotation, offset, strict=True))
    depth, height, width = turned
    return depth, height, width


def _ellipsoid(depth: Tensor, height: Tensor, width: Tensor) -> Tensor:
    """Distance from the middle of an ellipsoid whose axes were divided out: 1 on its surface."""
    return (depth**2 + height**2 + width**2).sqrt_()


def _ramp(value: Tensor, width: float) -> Tensor:
    """0 below -width / 2, 1 above width / 2, straight between: how much of a voxel lies inside."""
    return (value / width + 0.5).clamp_(0, 1)
