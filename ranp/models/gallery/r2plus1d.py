"""R(2+1)D: tells what happens in a video, looking at space and at time in turn.

Tran et al., "A Closer Look at Spatiotemporal Convolutions for Action Recognition", CVPR 2018 (arXiv 1711.11248), as
torchvision builds its `r2plus1d_18`:

    video ─ stem ─ four stages of residual blocks ─ mean over all positions ─ classifier ─ logits

Each 3x3x3 convolution of a residual network is a 1x3x3 convolution over space, norm and ReLU, and a 3x1x1 convolution
over time; the channels between the two are as many as give the pair the parameters of the one. A block is two such
pairs with the input added; a stage's first block halves the size, in time as well, and doubles the channels, from the
second stage on. All tensors are laid out ``(batch, channel, frame, height, width)``; the output holds logits ``(batch,
class)``.
"""

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn


class R2Plus1d(nn.Module):
    """R(2+1)D for videos with `in_channels` colours and `classes` labels.

    `base_channels` are those of the first stage, `stem_channels` those between the stem's two convolutions, and
    `blocks` the number of residual blocks in each stage: two in each of four make the 18 layers. A video of any size
    fits.

    >>> import torch
    >>> network = R2Plus1d(classes=8, base_channels=8, stem_channels=6, blocks=(1, 1))
    >>> network(torch.zeros(2, 3, 4, 16, 16)).shape
    torch.Size([2, 8])
    """

    def __init__(
        self,
        classes: int,
        in_channels: int = 3,
        base_channels: int = 64,
        stem_channels: int = 45,
        blocks: Sequence[int] = (2, 2, 2, 2),
    ) -> None:
        super().__init__()
        if not blocks or min(blocks) < 1:
            raise ValueError(f"blocks must be numbers of at least 1, one a stage, not {tuple(blocks)}")
        self.stem = nn.Sequential(
            OrderedDict(
                space=nn.Conv3d(in_channels, stem_channels, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
                norm1=nn.BatchNorm3d(stem_channels),
                relu1=nn.ReLU(inplace=True),
                time=nn.Conv3d(stem_channels, base_channels, (3, 1, 1), padding=(1, 0, 0), bias=False),
                norm2=nn.BatchNorm3d(base_channels),
                relu2=nn.ReLU(inplace=True),
            )
        )

        self.stages = nn.Sequential()
        incoming = base_channels
        for index, count in enumerate(blocks):
            outgoing = base_channels * 2**index
            stage = nn.Sequential()
            for position in range(count):
                stage.append(Block(incoming, outgoing, stride=2 if index > 0 and position == 0 else 1))
                incoming = outgoing
            self.stages.append(stage)

        self.classifier = nn.Linear(incoming, classes)

    def forward(self, video: Tensor) -> Tensor:
        features = self.stages(self.stem(video))
        logits: Tensor = self.classifier(features.mean(dim=(2, 3, 4)))
        return logits


class Block(nn.Module):
    """Two factored convolutions, and the input, brought to their shape where they change it."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        # Both pairs of a block have the width of the first, as in the authors' code.
        between = in_channels * out_channels * 27 // (in_channels * 9 + out_channels * 3)
        self.first = pair(in_channels, between, out_channels, stride)
        self.second = pair(out_channels, between, out_channels, 1)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.shortcut.append(nn.Conv3d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False))
            self.shortcut.append(nn.BatchNorm3d(out_channels))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, video: Tensor) -> Tensor:
        out: Tensor = self.relu(self.second(self.relu(self.first(video))) + self.shortcut(video))
        return out


def pair(in_channels: int, between: int, out_channels: int, stride: int) -> nn.Sequential:
    """A convolution over space and one over time, by name, with norm and ReLU between and a norm behind them."""
    return nn.Sequential(
        OrderedDict(
            space=nn.Conv3d(in_channels, between, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
            norm1=nn.BatchNorm3d(between),
            relu=nn.ReLU(inplace=True),
            time=nn.Conv3d(between, out_channels, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
            norm2=nn.BatchNorm3d(out_channels),
        )
    )
