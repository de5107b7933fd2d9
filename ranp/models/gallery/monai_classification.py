"""Networks of MONAI's that tell what is in a volume or a video, built by the package `monai`.

All tensors are laid out ``(batch, channel, frame, height, width)``; the output holds logits ``(batch, class)``. The
papers are named at each.
"""

from collections.abc import Sequence

from torch import nn


def densenet121(
    in_channels: int,
    classes: int,
    base_channels: int = 64,
    growth: int = 32,
    blocks: Sequence[int] = (6, 12, 24, 16),
) -> nn.Module:
    """DenseNet121: every layer reads all that came before it in its block, and adds ``growth`` channels.

    Huang et al., "Densely Connected Convolutional Networks", CVPR 2017 (arXiv 1608.06993), in 3D. The size is halved
    twice at the start and after each of the ``blocks`` but the last, in time as well.
    """
    from monai.networks.nets.densenet import DenseNet121

    network: nn.Module = DenseNet121(
        spatial_dims=3,
        in_channels=in_channels,
        out_channels=classes,
        init_features=base_channels,
        growth_rate=growth,
        block_config=tuple(blocks),
    )
    return network


def resnet18(in_channels: int, classes: int, width: float = 1.0, stem_stride: Sequence[int] = (1, 2, 2)) -> nn.Module:
    """ResNet-18 in 3D: residual blocks of two convolutions.

    Hara, Kataoka and Satoh, "Can Spatiotemporal 3D CNNs Retrace the History of 2D CNNs and ImageNet?", CVPR 2018 (arXiv
    1711.09577). ``width`` multiplies all channels; ``stem_stride`` is of the first convolution, over 7x7x7.
    """
    from monai.networks.nets.resnet import resnet18 as of_monai

    network: nn.Module = of_monai(
        spatial_dims=3,
        n_input_channels=in_channels,
        num_classes=classes,
        widen_factor=width,
        conv1_t_stride=tuple(stem_stride),
        bias_downsample=False,
    )
    return network


def resnet50(in_channels: int, classes: int, width: float = 1.0, stem_stride: Sequence[int] = (1, 2, 2)) -> nn.Module:
    """ResNet-50 in 3D: residual blocks that narrow to a quarter, convolve and widen again; otherwise as `resnet18`."""
    from monai.networks.nets.resnet import resnet50 as of_monai

    network: nn.Module = of_monai(
        spatial_dims=3,
        n_input_channels=in_channels,
        num_classes=classes,
        widen_factor=width,
        conv1_t_stride=tuple(stem_stride),
        bias_downsample=False,
    )
    return network
