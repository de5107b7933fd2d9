"""I3D: tells what happens in a video, with an image network whose filters were given a third dimension.

Carreira and Zisserman, "Quo Vadis, Action Recognition? A New Model and the Kinetics Dataset", CVPR 2017
(arXiv 1705.07750): Inception-v1 (Szegedy et al., CVPR 2015), inflated.

    video ─ stem ─ pool ─ mixed 3b, 3c ─ pool ─ mixed 4b to 4f ─ pool ─ mixed 5b, 5c ─ mean ─ logits

A mixed module looks at its input in four ways and puts the answers one behind the other: a 1x1x1 convolution, two
3x3x3 convolutions on reduced channels, and a 1x1x1 convolution of the neighbourhood's maximum. Convolutions and pools
pad as TensorFlow's ``same`` does: as many zeros as give ``ceil(size / stride)`` positions, the odd one at the end. All
tensors are laid out ``(batch, channel, frame, height, width)``; the output holds logits ``(batch, class)``.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Triple = tuple[int, int, int]

NORM_MOMENTUM = 0.01
"""Of the running statistics in the original, which TensorFlow counts the other way round: 0.99."""


class Mix(NamedTuple):
    """Channels of a mixed module's convolutions: each 3x3x3 one reads what a 1x1x1 one has reduced."""

    single: int
    reduced_first: int
    first: int
    reduced_second: int
    second: int
    pooled: int


MIXES = {
    "mixed3b": Mix(single=64, reduced_first=96, first=128, reduced_second=16, second=32, pooled=32),
    "mixed3c": Mix(single=128, reduced_first=128, first=192, reduced_second=32, second=96, pooled=64),
    "mixed4b": Mix(single=192, reduced_first=96, first=208, reduced_second=16, second=48, pooled=64),
    "mixed4c": Mix(single=160, reduced_first=112, first=224, reduced_second=24, second=64, pooled=64),
    "mixed4d": Mix(single=128, reduced_first=128, first=256, reduced_second=24, second=64, pooled=64),
    "mixed4e": Mix(single=112, reduced_first=144, first=288, reduced_second=32, second=64, pooled=64),
    "mixed4f": Mix(single=256, reduced_first=160, first=320, reduced_second=32, second=128, pooled=128),
    "mixed5b": Mix(single=256, reduced_first=160, first=320, reduced_second=32, second=128, pooled=128),
    "mixed5c": Mix(single=384, reduced_first=192, first=384, reduced_second=48, second=128, pooled=128),
}


class I3d(nn.Module):
    """I3D for videos with `in_channels` colours and `classes` labels; `width` multiplies all hidden channels.

    A video of any size fits; the paper's are 16 or more frames of 224 x 224 pixels. Running statistics follow with
    `momentum`: the original's needs several hundred steps.

    >>> network = I3d(classes=8, width=0.125)
    >>> network(torch.zeros(2, 3, 8, 48, 48)).shape
    torch.Size([2, 8])
    """

    def __init__(
        self,
        classes: int,
        in_channels: int = 3,
        width: float = 1.0,
        dropout: float = 0.5,
        momentum: float = NORM_MOMENTUM,
    ) -> None:
        super().__init__()
        stem, features = int(64 * width), int(192 * width)
        body: OrderedDict[str, nn.Module] = OrderedDict(
            stem1=Convolution(in_channels, stem, kernel_size=7, stride=2),
            pool2=SamePool((1, 3, 3), (1, 2, 2)),
            stem2=Convolution(stem, stem, kernel_size=1),
            stem3=Convolution(stem, features, kernel_size=3),
            pool3=SamePool((1, 3, 3), (1, 2, 2)),
        )
        for name, mix in MIXES.items():
            if name == "mixed4b":
                body["pool4"] = SamePool((3, 3, 3), (2, 2, 2))
            if name == "mixed5b":
                body["pool5"] = SamePool((2, 2, 2), (2, 2, 2))
            scaled = Mix(*(int(channels * width) for channels in mix))
            body[name] = Mixed(features, scaled)
            features = scaled.single + scaled.first + scaled.second + scaled.pooled
        self.body = nn.Sequential(body)
        self.pool = nn.AdaptiveAvgPool3d(1)
        self.dropout = nn.Dropout(dropout)
        self.logits = nn.Conv3d(features, classes, kernel_size=1)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm3d):
                module.momentum = momentum

    def forward(self, video: Tensor) -> Tensor:
        logits: Tensor = self.logits(self.dropout(self.pool(self.body(video))))
        return logits.flatten(1)


class Mixed(nn.Module):
    """Four views of one input, side by side along the channels."""

    def __init__(self, in_channels: int, mix: Mix) -> None:
        super().__init__()
        self.single = Convolution(in_channels, mix.single, kernel_size=1)
        self.first = nn.Sequential(
            OrderedDict(
                reduce=Convolution(in_channels, mix.reduced_first, kernel_size=1),
                look=Convolution(mix.reduced_first, mix.first, kernel_size=3),
            )
        )
        self.second = nn.Sequential(
            OrderedDict(
                reduce=Convolution(in_channels, mix.reduced_second, kernel_size=1),
                look=Convolution(mix.reduced_second, mix.second, kernel_size=3),
            )
        )
        self.pooled = nn.Sequential(
            OrderedDict(
                pool=SamePool((3, 3, 3), (1, 1, 1)),
                project=Convolution(in_channels, mix.pooled, kernel_size=1),
            )
        )

    def forward(self, video: Tensor) -> Tensor:
        return torch.cat([self.single(video), self.first(video), self.second(video), self.pooled(video)], dim=1)


class Convolution(nn.Module):
    """Convolution with ``same`` padding - norm - ReLU; the norm has its own shift, so the convolution needs no bias.

    As in the original, ReLU is a function: activations then count what the paper counts as memory.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv3d(in_channels, out_channels, kernel_size, stride, bias=False)
        self.norm = nn.BatchNorm3d(out_channels, eps=0.001, momentum=NORM_MOMENTUM)

    def forward(self, video: Tensor) -> Tensor:
        padded = pad_same(video, self.conv.kernel_size, self.conv.stride)
        return F.relu(self.norm(self.conv(padded)))


class SamePool(nn.Module):
    """The maximum of every neighbourhood, with ``same`` padding: inputs have passed a ReLU, so zeros change nothing."""

    def __init__(self, kernel_size: Triple, stride: Triple) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride
        self.pool = nn.MaxPool3d(kernel_size, stride)

    def forward(self, video: Tensor) -> Tensor:
        pooled: Tensor = self.pool(pad_same(video, self.kernel_size, self.stride))
        return pooled


def pad_same(video: Tensor, kernel_size: Sequence[int], stride: Sequence[int]) -> Tensor:
    """`video` with the zeros around it after which a window gives ``ceil(size / stride)`` positions.

    >>> pad_same(torch.zeros(1, 1, 4, 6, 7), kernel_size=(1, 3, 3), stride=(1, 2, 2)).shape  # one more row, two columns
    torch.Size([1, 1, 4, 7, 9])
    """
    amounts: list[int] = []
    # F.pad wants the last dimension first.
    for size, window, step in reversed(list(zip(video.shape[2:], kernel_size, stride, strict=True))):
        positions = -(-size // step)
        missing = max((positions - 1) * step + window - size, 0)
        amounts += [missing // 2, missing - missing // 2]
    return F.pad(video, amounts) if any(amounts) else video
