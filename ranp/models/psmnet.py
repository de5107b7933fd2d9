"""PSMNet: how far away everything is, from the pictures of two cameras side by side.

Chang and Chen, "Pyramid Stereo Matching Network", CVPR 2018 (arXiv 1803.08669), with three stacked hourglasses:

    left  ─ features ┐                               ┌ head1 ┐ + ┌ head2 ┐ + ┌ head3 ┐  scores of each disparity
                     ├ cost volume ─ match ─ hourglass1 ─ hourglass2 ─ hourglass3
    right ─ features ┘

One feature extractor, with a pyramid of pooled features at its end, reads both pictures at a quarter of their size. The
cost volume puts the left features beside the right ones moved by every disparity in question; from there on all is 3D.
Each hourglass refines the volume, and its head adds to the scores of the one before. The disparity of a pixel is the
expected one under the softmax of its scores ("soft argmin"). A picture is ``(batch, channel, height, width)``, a volume
``(batch, channel, disparity, height, width)``; the output is a disparity map ``(batch, height, width)`` in pixels, in
training a list of three, from coarse to fine.
"""

from collections import OrderedDict
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

DIVISOR = 16
"""Pictures and disparities are divided by four before the volume is made, and by four again within an hourglass."""


class PSMNet(nn.Module):
    """PSMNet that tells `classes` disparities apart, 0 to ``classes - 1`` pixels (the paper's maximum disparity).

    `base_channels` is the width of the first features and of the volume, `blocks` the number of residual blocks in the
    extractor's four stages, and `pools` the sides of the pyramid's pools, in positions of a quarter of the picture.
    `classes` and the pictures' sides are multiples of 16, and the sides at least four times the largest pool.

    `upsampling` says what is enlarged from a quarter to the picture's size: the ``"scores"`` of all disparities (the
    paper's), or the finished ``"disparity"`` map, which is another network, and cheaper by most of what a pruned one
    spends there.

    >>> network = PSMNet(classes=16, base_channels=4, blocks=(1, 1, 1, 1), pools=(2, 4))
    >>> pictures = torch.zeros(2, 2, 3, 32, 64)
    >>> [tuple(disparity.shape) for disparity in network(*pictures)], network.eval()(*pictures).shape
    ([(2, 32, 64), (2, 32, 64), (2, 32, 64)], torch.Size([2, 32, 64]))
    """

    def __init__(
        self,
        classes: int,
        in_channels: int = 3,
        base_channels: int = 32,
        blocks: Sequence[int] = (3, 16, 3, 3),
        pools: Sequence[int] = (8, 16, 32, 64),
        upsampling: str = "scores",
    ) -> None:
        super().__init__()
        if upsampling not in UPSAMPLINGS:
            raise ValueError(f"upsampling must be one of {', '.join(UPSAMPLINGS)}, not {upsampling!r}")
        if classes < DIVISOR or classes % DIVISOR:
            raise ValueError(f"classes, the number of disparities, must be a multiple of {DIVISOR}, not {classes}")
        if len(blocks) != 4 or min(blocks) < 1:
            raise ValueError(f"blocks must be four numbers of at least 1, one for each stage, not {tuple(blocks)}")
        self.classes = classes
        self.upsampling = upsampling
        self.features = FeatureExtractor(in_channels, base_channels, blocks, pools)
        self.match1 = nn.Sequential(
            OrderedDict(
                first=volume_convolution(2 * base_channels, base_channels),
                second=volume_convolution(base_channels, base_channels),
            )
        )
        self.match2 = nn.Sequential(
            OrderedDict(
                first=volume_convolution(base_channels, base_channels),
                second=volume_convolution(base_channels, base_channels, activation=False),
            )
        )
        self.hourglass1 = Hourglass(base_channels)
        self.hourglass2 = Hourglass(base_channels)
        self.hourglass3 = Hourglass(base_channels)
        self.head1 = head(base_channels)
        self.head2 = head(base_channels)
        self.head3 = head(base_channels)

    def forward(self, left: Tensor, right: Tensor) -> Tensor | list[Tensor]:
        check_pictures(left, right, self.classes)
        volume = cost_volume(self.features(left), self.features(right), self.classes // 4)
        volume = self.match1(volume)
        volume = self.match2(volume) + volume

        out1, encoded1, decoded1 = self.hourglass1(volume)
        out1 = out1 + volume
        out2, _, decoded2 = self.hourglass2(out1, encoded1, decoded1)
        out2 = out2 + volume
        out3, _, _ = self.hourglass3(out2, encoded1, decoded2)
        out3 = out3 + volume

        scores1 = self.head1(out1)
        scores2 = self.head2(out2) + scores1
        scores3 = self.head3(out3) + scores2
        outputs = [scores1, scores2, scores3] if self.training else [scores3]
        answer = UPSAMPLINGS[self.upsampling]
        disparities = [answer(scores, self.classes, left.shape[2:]) for scores in outputs]
        return disparities if self.training else disparities[0]


class FeatureExtractor(nn.Module):
    """Features of a picture at a quarter of its size: what is there, and what surrounds it."""

    def __init__(self, in_channels: int, base_channels: int, blocks: Sequence[int], pools: Sequence[int]) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            convolution(in_channels, base_channels, stride=2),
            convolution(base_channels, base_channels),
            convolution(base_channels, base_channels),
        )
        count1, count2, count3, count4 = blocks
        self.stage1 = stage(base_channels, base_channels, count1)
        self.stage2 = stage(base_channels, 2 * base_channels, count2, stride=2)
        self.stage3 = stage(2 * base_channels, 4 * base_channels, count3)
        self.stage4 = stage(4 * base_channels, 4 * base_channels, count4, dilation=2)
        self.pyramid = nn.ModuleList(
            nn.Sequential(nn.AvgPool2d(side), convolution(4 * base_channels, base_channels, kernel_size=1))
            for side in pools
        )
        self.fuse = convolution((2 + 4 + len(pools)) * base_channels, 4 * base_channels)
        self.last = nn.Conv2d(4 * base_channels, base_channels, kernel_size=1, bias=False)

    def forward(self, picture: Tensor) -> Tensor:
        fine = self.stage2(self.stage1(self.stem(picture)))
        deep = self.stage4(self.stage3(fine))
        surroundings = [
            F.interpolate(branch(deep), size=deep.shape[2:], mode="bilinear", align_corners=True)
            for branch in self.pyramid
        ]
        features: Tensor = self.last(self.fuse(torch.cat([fine, deep, *surroundings], dim=1)))
        return features


class Residual(nn.Module):
    """Two 3x3 convolutions whose result is added to the input, or to a projection of it where shapes differ."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, dilation: int) -> None:
        super().__init__()
        self.first = convolution(in_channels, out_channels, stride=stride, dilation=dilation)
        self.second = convolution(out_channels, out_channels, dilation=dilation, activation=False)
        self.shortcut = (
            nn.Sequential()
            if stride == 1 and in_channels == out_channels
            else convolution(in_channels, out_channels, kernel_size=1, stride=stride, activation=False)
        )

    def forward(self, picture: Tensor) -> Tensor:
        out: Tensor = self.second(self.first(picture)) + self.shortcut(picture)
        return out


class Hourglass(nn.Module):
    """Down to a quarter of the volume's size and back up, with what hourglasses before it found added on the way."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.down1 = volume_convolution(channels, 2 * channels, stride=2)
        self.encode = volume_convolution(2 * channels, 2 * channels, activation=False)
        self.down2 = volume_convolution(2 * channels, 2 * channels, stride=2)
        self.bottom = volume_convolution(2 * channels, 2 * channels)
        self.up1 = upsampling(2 * channels, 2 * channels)
        self.up2 = upsampling(2 * channels, channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(
        self, volume: Tensor, first_encoded: Tensor | None = None, last_decoded: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The refined volume, and its halves on the way down and up.

        `first_encoded` is the first hourglass's half on the way down, `last_decoded` the previous one's on the way up.
        """
        encoded = self.encode(self.down1(volume))
        encoded = self.relu(encoded if last_decoded is None else encoded + last_decoded)
        decoded = self.up1(self.bottom(self.down2(encoded)))
        decoded = self.relu(decoded + (encoded if first_encoded is None else first_encoded))
        return self.up2(decoded), encoded, decoded


def cost_volume(left: Tensor, right: Tensor, disparities: int) -> Tensor:
    """All pairs of features that might show one point: ``(batch, 2 x channel, disparity, height, width)``.

    At disparity ``d``, column ``x`` of the left features has column ``x - d`` of the right ones behind it. The ``d``
    first columns have no partner and are zero.
    """
    width = left.shape[-1]
    planes = []
    for disparity in range(disparities):
        pair = torch.cat([left[..., disparity:], right[..., : width - disparity]], dim=1)
        planes.append(F.pad(pair, (disparity, 0)))
    return torch.stack(planes, dim=2)


def expected_disparity(scores: Tensor, classes: int, size: Sequence[int]) -> Tensor:
    """The mean of the disparities 0 to ``classes - 1`` under the softmax of their scores, for each of `size` pixels.

    `scores` is a volume of one channel and any size. The average is differentiable and finer than a pixel.
    """
    scores = F.interpolate(scores, size=(classes, *size), mode="trilinear", align_corners=True).squeeze(1)
    disparities = torch.arange(classes, dtype=scores.dtype, device=scores.device).view(1, classes, 1, 1)
    return (scores.softmax(dim=1) * disparities).sum(dim=1)


def enlarged_disparity(scores: Tensor, classes: int, size: Sequence[int]) -> Tensor:
    """`expected_disparity` at the size of `scores`, enlarged to `size`: at edges it mixes near and far."""
    coarse = expected_disparity(scores, classes, scores.shape[3:])
    return F.interpolate(coarse[:, None], size=tuple(size), mode="bilinear", align_corners=True).squeeze(1)


UPSAMPLINGS = {"scores": expected_disparity, "disparity": enlarged_disparity}


def check_pictures(left: Tensor, right: Tensor, classes: int) -> None:
    """Refuse pictures that cannot be halved four times, or are too narrow to hold the largest disparity."""
    height, width = left.shape[2:]
    if left.shape != right.shape or height % DIVISOR or width % DIVISOR or width <= classes:
        raise ValueError(
            f"expected two pictures of one size, height and width multiples of {DIVISOR} and the width above "
            f"{classes} pixels, got {tuple(left.shape)} and {tuple(right.shape)}; crop or pad them"
        )


def stage(in_channels: int, out_channels: int, blocks: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Residual blocks, the first of which changes channels and size."""
    first = Residual(in_channels, out_channels, stride, dilation)
    return nn.Sequential(first, *(Residual(out_channels, out_channels, 1, dilation) for _ in range(blocks - 1)))


def convolution(
    in_channels: int,
    out_channels: int,
    kernel_size: int = 3,
    stride: int = 1,
    dilation: int = 1,
    activation: bool = True,
) -> nn.Sequential:
    """Convolution - norm - ReLU of a picture; the norm has its own shift, so the convolution needs no bias."""
    padding = dilation * (kernel_size // 2)
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, dilation, bias=False)
    return named(conv, nn.BatchNorm2d(out_channels), activation)


def volume_convolution(in_channels: int, out_channels: int, stride: int = 1, activation: bool = True) -> nn.Sequential:
    """3x3x3 convolution - norm - ReLU of a volume."""
    conv = nn.Conv3d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False)
    return named(conv, nn.BatchNorm3d(out_channels), activation)


def upsampling(in_channels: int, out_channels: int) -> nn.Sequential:
    """Transposed convolution - norm: a volume of twice the size."""
    conv = nn.ConvTranspose3d(
        in_channels, out_channels, kernel_size=3, stride=2, padding=1, output_padding=1, bias=False
    )
    return named(conv, nn.BatchNorm3d(out_channels), activation=False)


def head(channels: int) -> nn.Sequential:
    """From a volume to one score at each of its positions."""
    return nn.Sequential(
        OrderedDict(
            hidden=volume_convolution(channels, channels),
            score=nn.Conv3d(channels, 1, kernel_size=3, padding=1, bias=False),
        )
    )


def named(conv: nn.Module, norm: nn.Module, activation: bool) -> nn.Sequential:
    """The parts in order, by name."""
    layers = OrderedDict(conv=conv, norm=norm)
    if activation:
        layers["relu"] = nn.ReLU(inplace=True)
    return nn.Sequential(layers)
