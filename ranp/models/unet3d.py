"""3D-UNet: labels every voxel of a volume.

Çiçek et al., "3D U-Net: Learning Dense Volumetric Segmentation from Sparse Annotation", MICCAI 2016
(arXiv 1606.06650), in the variant that RANP prunes (arXiv 2010.02488, section 5.1):

    volume ─ encoder1 ───────────── skip ──────────── decoder1 ─ final ─ logits      base x 1 channels, full size
               └ encoder2 ───────── skip ──────── decoder2 ┘                         base x 2 channels, half size
                   └ encoder3 ───── skip ──── decoder3 ┘                             base x 4 channels, a quarter
                       └ encoder4 ──────────────┘                                    base x 8 channels, an eighth

Every encoder and decoder is two times convolution - norm - ReLU. An encoder first halves the volume by max-pooling; a
decoder first enlarges its input to the skip's size and puts it behind the skip. All tensors are laid out
``(batch, channel, depth, height, width)``; the output holds logits, one channel a class.
"""

import math
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class UNet3d(nn.Module):
    """3D-UNet with `levels` resolutions and `base_channels` channels at the finest one.

    `in_channels` counts the volume's modalities, `classes` the labels. `norm` is ``"batch"`` (the paper's) or
    ``"group"`` (groups of channels, for batches too small to have statistics). Any volume whose sides are at least
    ``2 ** (levels - 1)`` voxels long fits; the logits have the volume's size.

    >>> network = UNet3d(in_channels=1, classes=3, base_channels=4, levels=2)
    >>> network(torch.zeros(2, 1, 9, 8, 8)).shape
    torch.Size([2, 3, 9, 8, 8])
    """

    def __init__(
        self, in_channels: int, classes: int, base_channels: int = 64, levels: int = 4, norm: str = "batch"
    ) -> None:
        super().__init__()
        self.levels = levels
        widths = [base_channels * 2**level for level in range(levels)]

        incoming = in_channels
        for level, width in enumerate(widths, start=1):
            # The first convolution does half of the widening, and never narrows what comes in.
            layers = double_conv(incoming, max(width // 2, incoming), width, norm)
            if level > 1:
                layers = OrderedDict(pool=nn.MaxPool3d(2), **layers)
            self.add_module(f"encoder{level}", nn.Sequential(layers))
            incoming = width

        for level in range(levels - 1, 0, -1):
            width = widths[level - 1]
            self.add_module(f"decoder{level}", nn.Sequential(double_conv(width + incoming, width, width, norm)))
            incoming = width

        self.final = nn.Conv3d(incoming, classes, kernel_size=1)

    def forward(self, volume: Tensor) -> Tensor:
        skips = []
        for level in range(1, self.levels + 1):
            volume = self.get_submodule(f"encoder{level}")(volume)
            skips.append(volume)

        for level in range(self.levels - 1, 0, -1):
            skip = skips[level - 1]
            volume = F.interpolate(volume, size=skip.shape[2:], mode="nearest")
            volume = self.get_submodule(f"decoder{level}")(torch.cat([skip, volume], dim=1))

        logits: Tensor = self.final(volume)
        return logits


def double_conv(in_channels: int, mid_channels: int, out_channels: int, norm: str) -> OrderedDict[str, nn.Module]:
    """Twice convolution - norm - ReLU, by name. The norm has its own shift, so the convolutions need no bias."""
    return OrderedDict(
        conv1=nn.Conv3d(in_channels, mid_channels, kernel_size=3, padding=1, bias=False),
        norm1=normalisation(norm, mid_channels),
        relu1=nn.ReLU(inplace=True),
        conv2=nn.Conv3d(mid_channels, out_channels, kernel_size=3, padding=1, bias=False),
        norm2=normalisation(norm, out_channels),
        relu2=nn.ReLU(inplace=True),
    )


def normalisation(norm: str, channels: int) -> nn.Module:
    """Batch norm, or group norm with eight groups (fewer where eight do not divide the channels)."""
    if norm == "batch":
        return nn.BatchNorm3d(channels)
    if norm == "group":
        return nn.GroupNorm(math.gcd(8, channels), channels)
    raise ValueError(f"norm must be 'batch' or 'group', not {norm!r}")
