"""MobileNetV2-3D: tells what happens in a video, at little cost.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018 (arXiv 1801.04381), with all
convolutions in 3D as in Köpüklü et al., "Resource Efficient 3D Convolutional Neural Networks", ICCV Workshops 2019
(arXiv 1904.02422), whose layer shapes these are:

    video ─ stem ─ seven stages of inverted residuals ─ tail ─ mean over all positions ─ classifier ─ logits

An inverted residual is wide inside and narrow outside: a 1x1x1 convolution expands the channels (by six in all stages
but the first), a depthwise 3x3x3 convolution looks around each channel on its own, and a 1x1x1 convolution without
activation projects back. Where size and channels stay the same, the input is added to the output. All tensors are laid
out ``(batch, channel, frame, height, width)``; the output holds logits ``(batch, class)``.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn


class Stage(NamedTuple):
    """A run of inverted residuals; the first of them changes the channels and, by ``stride``, the size."""

    expansion: int
    channels: int
    stride: int


STAGES = (
    Stage(expansion=1, channels=16, stride=1),
    Stage(expansion=6, channels=24, stride=2),
    Stage(expansion=6, channels=32, stride=2),
    Stage(expansion=6, channels=64, stride=2),
    Stage(expansion=6, channels=96, stride=1),
    Stage(expansion=6, channels=160, stride=2),
    Stage(expansion=6, channels=320, stride=1),
)


class MobileNetV2(nn.Module):
    """MobileNetV2 for videos with `in_channels` colours and `classes` labels.

    `width` multiplies the channels of the stem and the stages, `blocks` is the number of inverted residuals in each
    stage (stages that it has no number for are left out), and `tail_channels` the number of features that the
    classifier reads. A video of any size fits.

    >>> import torch
    >>> network = MobileNetV2(classes=8, width=0.25, blocks=(1, 1, 1), tail_channels=32)
    >>> network(torch.zeros(2, 3, 4, 16, 16)).shape
    torch.Size([2, 8])
    """

    def __init__(
        self,
        classes: int,
        in_channels: int = 3,
        width: float = 1.0,
        blocks: Sequence[int] = (1, 2, 3, 4, 3, 3, 1),
        tail_channels: int = 1280,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        if not 1 <= len(blocks) <= len(STAGES) or min(blocks) < 1:
            raise ValueError(f"blocks must be 1 to {len(STAGES)} numbers of at least 1, not {tuple(blocks)}")
        incoming = int(32 * width)
        self.stem = convolution(in_channels, incoming, kernel_size=3, stride=(1, 2, 2))

        self.stages = nn.Sequential()
        for stage, count in zip(STAGES, blocks, strict=False):
            outgoing = int(stage.channels * width)
            residuals = nn.Sequential()
            for index in range(count):
                stride = stage.stride if index == 0 else 1
                residuals.append(InvertedResidual(incoming, outgoing, stride, stage.expansion))
                incoming = outgoing
            self.stages.append(residuals)

        self.tail = convolution(incoming, tail_channels, kernel_size=1)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(tail_channels, classes)

    def forward(self, video: Tensor) -> Tensor:
        features = self.tail(self.stages(self.stem(video)))
        logits: Tensor = self.classifier(self.dropout(features.mean(dim=(2, 3, 4))))
        return logits


class InvertedResidual(nn.Module):
    """Expand, look around, project; with the input added where it has the output's shape."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = in_channels * expansion
        self.residual = stride == 1 and in_channels == out_channels
        self.expand = convolution(in_channels, hidden, kernel_size=1) if expansion > 1 else nn.Sequential()
        self.depthwise = convolution(hidden, hidden, kernel_size=3, stride=stride, groups=hidden)
        self.project = convolution(hidden, out_channels, kernel_size=1, activation=False)

    def forward(self, video: Tensor) -> Tensor:
        out: Tensor = self.project(self.depthwise(self.expand(video)))
        return video + out if self.residual else out


def convolution(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int | tuple[int, int, int] = 1,
    groups: int = 1,
    activation: bool = True,
) -> nn.Sequential:
    """Convolution - norm - ReLU6, by name; the norm has its own shift, so the convolution needs no bias."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv=nn.Conv3d(
            in_channels, out_channels, kernel_size, stride, padding=kernel_size // 2, groups=groups, bias=False
        ),
        norm=nn.BatchNorm3d(out_channels),
    )
    if activation:
        layers["relu"] = nn.ReLU6(inplace=True)
    return nn.Sequential(layers)
