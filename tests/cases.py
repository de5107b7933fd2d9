"""Small seeded networks, each with batches and a loss, that several test modules share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ranp.models import initialise
from ranp.models.unet3d import UNet3d

SMALL = {"preset": "classroom"}
"""The query of the network that is meant by links that name none; an address without any query may mean another."""


@dataclass(frozen=True)
class Case:
    model: nn.Module
    batches: list[tuple[Any, Any]]
    loss: Callable[[Any, Any], Tensor]


class Upsampler(nn.Module):
    """Grouped and transposed convolutions, biases, dropout of both kinds and a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv3d(2, 6, 3, padding=1, groups=2)
        self.drop = nn.Dropout3d(0.5)
        self.up = nn.ConvTranspose3d(6, 4, 2, stride=2, groups=2)
        self.smooth = nn.ConvTranspose3d(4, 3, 3)
        self.head = nn.Linear(3, 5)

    def forward(self, volume: Tensor) -> Tensor:
        features = self.drop(F.elu(self.stem(volume)))
        features = F.dropout(F.elu(self.smooth(F.elu(self.up(features)))), 0.5, self.training)
        return self.head(features.mean(dim=(2, 3, 4)))


class Siamese(nn.Module):
    """One feature extractor for two inputs, and a weight that two modules share."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.first = nn.Conv2d(4, 4, 1, bias=False)
        self.second = nn.Conv2d(4, 4, 1, bias=False)
        self.second.weight = self.first.weight

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return self.first(self.features(left)) * self.second(self.features(right))


def _volumes(channels: int, classes: int, side: int = 6) -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(1)
    shape = (2, side, side, side)
    return [
        (
            torch.randn(2, channels, side, side, side, generator=generator),
            torch.randint(classes, shape, generator=generator),
        )
        for _ in range(2)
    ]


def _unet(norm: str) -> Case:
    model = initialise(UNet3d(in_channels=2, classes=3, base_channels=4, levels=2, norm=norm), seed=0)
    return Case(model, _volumes(channels=2, classes=3), F.cross_entropy)


def _upsampler() -> Case:
    batches = [(volume, target[:, 0, 0, 0]) for volume, target in _volumes(channels=2, classes=5, side=4)]
    return Case(initialise(Upsampler(), seed=0), batches, F.cross_entropy)


def _siamese() -> Case:
    generator = torch.Generator().manual_seed(2)
    pairs = [tuple(torch.randn(2, 2, 1, 7, 7, generator=generator).unbind()) for _ in range(2)]
    batches = [(pair, torch.zeros(2, 4, 5, 5)) for pair in pairs]
    return Case(initialise(Siamese(), seed=0), batches, F.mse_loss)


CASES: dict[str, Callable[[], Case]] = {
    "unet3d": lambda: _unet("batch"),
    "unet3d-group": lambda: _unet("group"),
    "upsampler": _upsampler,
    "siamese": _siamese,
}
