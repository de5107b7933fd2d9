"""MONAI's networks, small, with what of each can be pruned at least."""

from collections.abc import Callable

from monai.networks import nets
from torch import nn

Maker = tuple[Callable[[], nn.Module], tuple[int, ...], float]
VOLUME, SMALL, IMAGE = (2, 1, 32, 32, 32), (2, 1, 16, 16, 16), (2, 3, 64, 64)
NETWORKS: dict[str, Maker] = {  # name -> (network, input shape, the least share of neurons that can be pruned)
    "BasicUNet": (lambda: nets.BasicUNet(3, 1, 5, features=(8, 8, 16, 16, 32, 8)), VOLUME, 0.9),
    "UNet": (lambda: nets.UNet(3, 1, 5, (8, 16, 32, 64), (2, 2, 2), num_res_units=2), VOLUME, 0.9),
    "SegResNet": (lambda: nets.SegResNet(3, 8, 1, 3), VOLUME, 0.9),
    "DynUNet": (
        lambda: nets.DynUNet(
            3, 1, 3, [3] * 4, [1, 2, 2, 2], [2, 2, 2], filters=[8, 16, 24, 32], deep_supervision=True, deep_supr_num=1
        ),
        VOLUME,
        0.9,
    ),
    "AttentionUnet": (lambda: nets.AttentionUnet(3, 1, 3, (8, 16, 32), (2, 2)), VOLUME, 0.9),
    "RegUNet": (lambda: nets.RegUNet(3, 1, 8, 2, out_channels=3), VOLUME, 0.9),
    "BasicUNetPlusPlus": (lambda: nets.BasicUNetPlusPlus(3, 1, 3, features=(8, 8, 16, 16, 32, 8)), VOLUME, 0.9),
    "HighResNet": (lambda: nets.HighResNet(3, 1, 3), (2, 1, 16, 16, 16), 0.7),
    "ResNet18": (lambda: nets.resnet18(spatial_dims=2, n_input_channels=3, num_classes=5), IMAGE, 0.9),
    "EfficientNet-B0": (
        lambda: nets.EfficientNetBN("efficientnet-b0", pretrained=False, spatial_dims=2, in_channels=3, num_classes=5),
        IMAGE,
        0.9,
    ),
    "SegResNetDS": (lambda: nets.SegResNetDS(3, 8, 1, 3, blocks_down=(1, 1, 2), dsdepth=3), VOLUME, 0.9),
    "FlexibleUNet": (lambda: nets.FlexibleUNet(3, 3, "efficientnet-b0", pretrained=False, spatial_dims=2), IMAGE, 0.9),
    "VarAutoEncoder": (lambda: nets.VarAutoEncoder(3, (1, 16, 16, 16), 1, 2, (4, 8), (2, 2)), SMALL, 0.9),
    "Generator": (lambda: nets.Generator(8, (8, 4, 4, 4), (8, 4, 1), (2, 2, 1)), (2, 8), 0.9),
    "SegResNetVAE": (
        lambda: nets.SegResNetVAE(SMALL[2:], vae_nz=8, init_filters=8, blocks_down=(1, 1), blocks_up=(1,)),
        SMALL,
        0.9,
    ),
}
SLOW: dict[str, Maker] = {
    "MedNeXt": (
        lambda: nets.MedNeXt(
            *(3, 8, 1, 3, 2, 2, 2),
            deep_supervision=True,
            blocks_down=(1, 1, 1, 1),
            blocks_bottleneck=1,
            blocks_up=(1, 1, 1, 1),
        ),
        VOLUME,
        0.9,
    ),
    "VNet": (lambda: nets.VNet(3, 1, 3), VOLUME, 0.9),
    "DenseNet121": (lambda: nets.DenseNet121(3, 1, 5, init_features=16, growth_rate=8), VOLUME, 0.9),
    "SEResNet50": (lambda: nets.SEResNet50(spatial_dims=2, in_channels=3, num_classes=5), IMAGE, 0.9),
    "SEResNext50": (lambda: nets.SEResNext50(spatial_dims=2, in_channels=3, num_classes=5), IMAGE, 0.9),
    "UNETR": (
        lambda: nets.UNETR(1, 3, (32, 32, 32), feature_size=8, hidden_size=48, mlp_dim=96, num_heads=4),
        VOLUME,
        0.3,
    ),
    "SwinUNETR": (lambda: nets.SwinUNETR(1, 3, feature_size=12, spatial_dims=3), (1, 1, 64, 64, 64), 0.3),
}
