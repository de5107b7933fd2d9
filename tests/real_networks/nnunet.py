"""nnU-Net's networks (Isensee et al.), as its planner configures them, from `dynamic-network-architectures`."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from dynamic_network_architectures.architectures.unet import PlainConvUNet, ResidualEncoderUNet
from dynamic_network_architectures.building_blocks.residual import BottleneckD
from torch import nn

from .network import RealNetwork, Shape

SMALL = (8, 16, 32, 32)
FULL = (32, 64, 128, 256, 320, 320)
ISOTROPIC: Shape = (1, 1, 32, 32, 32)
FLAT: Shape = (1, 1, 16, 32, 32)
"""Slices lie far apart: fewer of them, and the first steps leave their number alone."""

Steps = Sequence[int | Sequence[int]]
COMMON: dict[str, Any] = {"conv_bias": True, "norm_op_kwargs": {"eps": 1e-5, "affine": True}, "nonlin": nn.LeakyReLU}


def plain(
    features: Sequence[int] = SMALL,
    kernels: Steps | int = 3,
    strides: Steps | None = None,
    supervised: bool = False,
    dims: int = 3,
    **others: Any,
) -> nn.Module:
    """The standard network: two convolutions a stage; with ``supervised``, a head at every resolution."""
    stages = len(features)
    return PlainConvUNet(
        *(1, stages, features, CONVOLUTIONS[dims], kernels, strides or [1] + [2] * (stages - 1), 2, 3, 2),
        norm_op=NORMS[dims],
        deep_supervision=supervised,
        **{**COMMON, **others},
    )


def residual(
    features: Sequence[int] = SMALL,
    kernels: Steps | int = 3,
    strides: Steps | None = None,
    supervised: bool = False,
    **others: Any,
) -> nn.Module:
    """The residual encoder's network ("ResEnc"): blocks of residual units going down, one convolution going up."""
    stages = len(features)
    blocks = (1, 3, 4, 6, 6, 6)[:stages]
    return ResidualEncoderUNet(
        *(1, stages, features, nn.Conv3d, kernels, strides or [1] + [2] * (stages - 1), blocks, 3, 1),
        norm_op=nn.InstanceNorm3d,
        deep_supervision=supervised,
        **{**COMMON, **others},
    )


CONVOLUTIONS = {2: nn.Conv2d, 3: nn.Conv3d}
NORMS = {2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
ANISOTROPIC: dict[str, Any] = {
    "kernels": [[1, 3, 3], [1, 3, 3], [3, 3, 3], [3, 3, 3]],
    "strides": [1, [1, 2, 2], [1, 2, 2], [2, 2, 2]],
}

MAKERS = {  # name -> (maker, input shape)
    "plain": (plain, ISOTROPIC),
    "plain, deep supervision": (partial(plain, supervised=True), ISOTROPIC),
    "plain, anisotropic": (partial(plain, **ANISOTROPIC), FLAT),
    "plain, anisotropic, deep supervision": (partial(plain, supervised=True, **ANISOTROPIC), FLAT),
    "plain, dropout": (partial(plain, dropout_op=nn.Dropout3d, dropout_op_kwargs={"p": 0.1}), ISOTROPIC),
    "plain, 2D": (partial(plain, dims=2), (1, 1, 32, 32)),
    "residual encoder": (residual, ISOTROPIC),
    "residual encoder, deep supervision": (partial(residual, supervised=True), ISOTROPIC),
    "residual encoder, anisotropic": (partial(residual, **ANISOTROPIC), FLAT),
    "residual encoder, anisotropic, deep supervision": (partial(residual, supervised=True, **ANISOTROPIC), FLAT),
    "residual encoder, bottlenecks": (
        partial(residual, block=BottleneckD, bottleneck_channels=(4, 8, 16, 16)),
        ISOTROPIC,
    ),
    "plain, full size": (partial(plain, FULL, supervised=True), (1, 1, 128, 128, 128)),
}
NETWORKS = {f"nnU-Net {name}": RealNetwork("nnU-Net", maker, (shape,)) for name, (maker, shape) in MAKERS.items()}
