"""How the papers' networks were trained: literal values, as the original code has them.

Sources: configs.py, train.py, train_brats.py, train_ucf101.py and train_stereo.py of github.com/zwxu064/RANP; PSMNet's
batch of 12 is that of Chang and Chen, CVPR 2018. The numbers of examples are those of the data sets' own splits; of
BraTS'18, whose test labels are not published, every fifth case is kept back to be tested on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ranp.models import Preset, find_preset

Optimizer = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]


@dataclass(frozen=True)
class Setting:
    """One network: for how long, in which batches, by which optimizer, and how its learning rate falls.

    ``rate(epoch)`` is the share of the first learning rate in an epoch, counted from 1. ``examples`` says how many the
    data set has to learn from; ``narrow`` and ``small`` are arguments and the size of an input with which everything
    can be tried out on the real files before days are spent.
    """

    architecture: str
    preset: str
    epochs: int
    batch_size: int
    examples: int
    optimizer: Optimizer
    rate: Callable[[int], float]
    narrow: Mapping[str, Any]
    small: tuple[int, ...]

    @property
    def known(self) -> Preset:
        """What the library knows of the size."""
        return find_preset(self.architecture, self.preset)


def _falling(epoch: int) -> float:
    return math.exp((1 - epoch) * 0.04)


def _dropping(*epochs: int) -> Callable[[int], float]:
    """A tenth from each of these epochs on."""
    return lambda epoch: 0.1 ** sum(epoch >= each for each in epochs)


def _sgd(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=1e-4, nesterov=True)


def _damped(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9, dampening=0.9, weight_decay=1e-3)


def _amsgrad(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=1e-3, weight_decay=1e-4, amsgrad=True)


def _adam(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=1e-3)


_WIDTH = {"width": 0.25}
_STEREO = {"base_channels": 4, "classes": 32, "blocks": [1, 1, 1, 1], "pools": [2, 4, 8, 16]}

SETTINGS = {
    f"{setting.architecture}/{setting.preset}": setting
    for setting in (
        Setting("unet3d", "shapenet", 200, 4, 12_137, _sgd, _falling, {"base_channels": 4}, (16, 16, 16)),
        Setting("unet3d", "brats", 200, 1, 228, _amsgrad, _dropping(150), {"base_channels": 4}, (24, 24, 24)),
        Setting("mobilenetv2", "ucf101", 250, 8, 9_537, _damped, _dropping(40, 55, 65, 70, 200), _WIDTH, (8, 48, 48)),
        Setting("i3d", "ucf101", 250, 8, 9_537, _damped, _dropping(50, 100, 150, 200), _WIDTH, (8, 48, 48)),
        Setting("psmnet", "sceneflow", 15, 12, 35_454, _adam, _dropping(), _STEREO, (64, 128)),
    )
}
CONTESTANTS = ("full", "ranp-f")
