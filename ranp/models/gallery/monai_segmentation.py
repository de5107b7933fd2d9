"""Networks of MONAI's that label every voxel of a volume, built by the package `monai`.

All tensors are laid out ``(batch, channel, depth, height, width)``; the logits have the volume's size, which the
halvings on the way down must divide. The papers are named at each.
"""

from collections.abc import Sequence

from torch import nn


def segresnet(
    in_channels: int,
    classes: int,
    base_channels: int = 32,
    blocks_down: Sequence[int] = (1, 2, 2, 4),
    blocks_up: Sequence[int] = (1, 1, 1),
) -> nn.Module:
    """SegResNet: residual blocks with group norm, and a light way up that adds what the way down had.

    Myronenko, "3D MRI brain tumor segmentation using autoencoder regularization", 2018 (arXiv 1810.11654), without the
    autoencoder. ``base_channels``, a multiple of 8, double at each resolution.
    """
    from monai.networks.nets.segresnet import SegResNet

    network: nn.Module = SegResNet(
        init_filters=base_channels,
        in_channels=in_channels,
        out_channels=classes,
        blocks_down=tuple(blocks_down),
        blocks_up=tuple(blocks_up),
    )
    return network


def dynunet(in_channels: int, classes: int, features: Sequence[int] = (64, 96, 128, 192, 256, 384, 512)) -> nn.Module:
    """DynUNet: nnU-Net's network (arXiv 1809.10486) in MONAI's words.

    Wider and deeper as in Futrega et al., "Optimized U-Net for Brain Tumor Segmentation", 2021 (arXiv 2110.03352).
    """
    from monai.networks.nets.dynunet import DynUNet

    halvings = [2] * (len(features) - 1)
    network: nn.Module = DynUNet(
        spatial_dims=3,
        in_channels=in_channels,
        out_channels=classes,
        kernel_size=[3] * len(features),
        strides=[1, *halvings],
        upsample_kernel_size=halvings,
        filters=list(features),
    )
    return network


def basic_unet(in_channels: int, classes: int, features: Sequence[int] = (32, 32, 64, 128, 256, 32)) -> nn.Module:
    """BasicUNet: five resolutions, and the channels of the last block.

    Falk et al., "U-Net: deep learning for cell counting, detection, and morphometry", Nature Methods 16, 2019.
    """
    from monai.networks.nets.basic_unet import BasicUNet

    network: nn.Module = BasicUNet(
        spatial_dims=3, in_channels=in_channels, out_channels=classes, features=tuple(features)
    )
    return network


def attention_unet(in_channels: int, classes: int, features: Sequence[int] = (16, 32, 64, 128, 256)) -> nn.Module:
    """AttentionUnet: what a skip hands over is weighted by gates that the coarser resolution computes.

    Oktay et al., "Attention U-Net: Learning Where to Look for the Pancreas", MIDL 2018 (arXiv 1804.03999).
    """
    from monai.networks.nets.attentionunet import AttentionUnet

    network: nn.Module = AttentionUnet(
        spatial_dims=3,
        in_channels=in_channels,
        out_channels=classes,
        channels=tuple(features),
        strides=(2,) * (len(features) - 1),
    )
    return network


def vnet(in_channels: int, classes: int, base_channels: int = 16, dropout: float = 0.5) -> nn.Module:
    """VNet: residual stages of 5x5x5 convolutions, from ``base_channels`` to 16 times as many.

    Milletari, Navab and Ahmadi, "V-Net", 3DV 2016 (arXiv 1606.04797). MONAI's class has 16 channels at the start and no
    other choice, so its parts are made anew here. ``in_channels`` must divide ``base_channels``, since the input is
    repeated and added; ``dropout`` takes whole channels in the two deepest stages, on each way.
    """
    from monai.networks.nets.vnet import DownTransition, InputTransition, OutputTransition, UpTransition, VNet

    act = ("elu", {"inplace": True})
    one, two, four, eight, sixteen = (base_channels * 2**stage for stage in range(5))
    network: nn.Module = VNet(in_channels=1, out_channels=classes)
    network.in_tr = InputTransition(3, in_channels, one, act)
    network.down_tr32 = DownTransition(3, one, 1, act)
    network.down_tr64 = DownTransition(3, two, 2, act)
    network.down_tr128 = DownTransition(3, four, 3, act, dropout_prob=dropout)
    network.down_tr256 = DownTransition(3, eight, 2, act, dropout_prob=dropout)
    network.up_tr256 = UpTransition(3, sixteen, sixteen, 2, act, dropout_prob=(dropout, dropout))
    network.up_tr128 = UpTransition(3, sixteen, eight, 2, act, dropout_prob=(dropout, dropout))
    network.up_tr64 = UpTransition(3, eight, four, 1, act)
    network.up_tr32 = UpTransition(3, four, two, 1, act)
    network.out_tr = OutputTransition(3, two, classes, act)
    return network


def unetr(
    in_channels: int,
    classes: int,
    size: Sequence[int],
    base_channels: int = 16,
    hidden: int = 768,
    mlp: int = 3072,
    heads: int = 12,
) -> nn.Module:
    """UNETR: a vision transformer of twelve blocks reads patches of 16³, convolutions going up read its states.

    Hatamizadeh et al., "UNETR: Transformers for 3D Medical Image Segmentation", WACV 2022 (arXiv 2103.10504). ``size``
    is the volume's, multiples of 16; ``hidden`` features and ``mlp`` units a token, in ``heads``.
    """
    from monai.networks.nets.unetr import UNETR

    network: nn.Module = UNETR(
        in_channels=in_channels,
        out_channels=classes,
        img_size=tuple(size),
        feature_size=base_channels,
        hidden_size=hidden,
        mlp_dim=mlp,
        num_heads=heads,
    )
    return network
