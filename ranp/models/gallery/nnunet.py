"""nnU-Net's networks, as its planner configures them, built by the package `dynamic_network_architectures`.

Isensee et al., "nnU-Net: a self-configuring method for deep learning-based biomedical image segmentation", Nature
Methods 18, 2021 (arXiv 1809.10486), and with residual encoders in "nnU-Net Revisited", MICCAI 2024 (arXiv 2404.09556).
Every stage but the first halves the volume. ``features`` are the channels of the stages; all tensors are laid out
``(batch, channel, depth, height, width)``, and the logits have the volume's size, which its halvings must divide.
"""

from collections.abc import Sequence

from torch import nn


def plain_conv_unet(
    in_channels: int, classes: int, features: Sequence[int] = (32, 64, 128, 256, 320, 320), convolutions: int = 2
) -> nn.Module:
    """PlainConvUNet: ``convolutions`` a stage, on the way down and up, each with instance norm and leaky ReLU."""
    from dynamic_network_architectures.architectures.unet import PlainConvUNet

    network: nn.Module = PlainConvUNet(
        input_channels=in_channels,
        n_stages=len(features),
        features_per_stage=list(features),
        conv_op=nn.Conv3d,
        kernel_sizes=3,
        strides=[1] + [2] * (len(features) - 1),
        n_conv_per_stage=convolutions,
        num_classes=classes,
        n_conv_per_stage_decoder=convolutions,
        conv_bias=True,
        norm_op=nn.InstanceNorm3d,
        norm_op_kwargs={"eps": 1e-5, "affine": True},
        nonlin=nn.LeakyReLU,
        nonlin_kwargs={"inplace": True},
    )
    return network


def residual_encoder_unet(
    in_channels: int,
    classes: int,
    features: Sequence[int] = (32, 64, 128, 256, 320, 320),
    blocks: Sequence[int] = (1, 3, 4, 6, 6, 6),
) -> nn.Module:
    """ResidualEncoderUNet ("ResEnc"): ``blocks`` of residual units a stage going down, one convolution going up."""
    from dynamic_network_architectures.architectures.unet import ResidualEncoderUNet

    network: nn.Module = ResidualEncoderUNet(
        input_channels=in_channels,
        n_stages=len(features),
        features_per_stage=list(features),
        conv_op=nn.Conv3d,
        kernel_sizes=3,
        strides=[1] + [2] * (len(features) - 1),
        n_blocks_per_stage=list(blocks),
        num_classes=classes,
        n_conv_per_stage_decoder=1,
        conv_bias=True,
        norm_op=nn.InstanceNorm3d,
        norm_op_kwargs={"eps": 1e-5, "affine": True},
        nonlin=nn.LeakyReLU,
        nonlin_kwargs={"inplace": True},
    )
    return network
