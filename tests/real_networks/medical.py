"""MONAI's networks: those that other tests prune as well, and more, in three dimensions where they come in both."""

from functools import partial

from monai.networks import nets
from torch import nn

from tests.monai_networks import NETWORKS as QUICK
from tests.monai_networks import SLOW

from .network import RealNetwork, Shape

VOLUME: Shape = (2, 1, 32, 32, 32)


def dints() -> nn.Module:
    """The search space with one choice of cells at every place, in small."""
    return nets.DiNTS(nets.TopologyInstance(channel_mul=0.25, num_blocks=6, num_depths=3), 1, 3)


MORE = {  # name -> (maker, input shapes)
    "DiNTS": (dints, (VOLUME,)),
    "AHNet": (partial(nets.AHNet, layers=(1, 1, 1, 1), in_channels=1, out_channels=3, psp_block_num=0), (VOLUME,)),
    "AutoEncoder": (partial(nets.AutoEncoder, 3, 1, 1, (8, 16, 32), (2, 2, 2), num_res_units=2), (VOLUME,)),
    "VarAutoEncoder": (
        partial(nets.VarAutoEncoder, 3, (1, 32, 32, 32), 1, 16, (8, 16, 32), (2, 2, 2)),
        (VOLUME,),
    ),
    "AutoencoderKL": (
        partial(
            nets.AutoencoderKL,
            *(3, 1, 1, 1, (8, 16, 16), (False, False, False), 3, 4),
            with_encoder_nonlocal_attn=False,
            with_decoder_nonlocal_attn=False,
        ),
        ((2, 1, 16, 16, 16),),
    ),
    "VQVAE": (
        partial(nets.VQVAE, 3, 1, 1, (8, 16), 1, (8, 16), ((2, 4, 1, 1),) * 2, ((2, 4, 1, 1, 0),) * 2, 16, 8),
        ((2, 1, 16, 16, 16),),
    ),
    "GlobalNet": (partial(nets.GlobalNet, [16, 16, 16], 3, 1, 8, 2), ((2, 1, 16, 16, 16),)),
    "LocalNet": (partial(nets.LocalNet, 3, 1, 8, (0, 1, 2)), ((2, 1, 16, 16, 16),)),
    "VoxelMorph": (
        partial(nets.VoxelMorphUNet, 3, 2, 16, (8, 8, 8, 8, 8, 8), (8, 8)),
        ((2, 2, 32, 32, 32),),
    ),
    "SegResNetVAE": (
        partial(nets.SegResNetVAE, (32, 32, 32), vae_nz=16, out_channels=3, blocks_down=(1, 2, 2), blocks_up=(1, 1)),
        (VOLUME,),
    ),
    "SegResNetDS2": (partial(nets.SegResNetDS2, 3, 8, 1, 3, blocks_down=(1, 1, 2)), (VOLUME,)),
    "ResNet10 3D": (partial(nets.resnet10, n_input_channels=1, num_classes=5), (VOLUME,)),
    "ResNet50 3D, shortcut A": (
        partial(nets.resnet50, n_input_channels=1, num_classes=5, shortcut_type="A", widen_factor=0.25),
        (VOLUME,),
    ),
    "Classifier": (partial(nets.Classifier, (1, 32, 32, 32), 5, (8, 16), (2, 2)), (VOLUME,)),
    "Regressor": (partial(nets.Regressor, (1, 32, 32, 32), (4,), (8, 16), (2, 2)), (VOLUME,)),
    "Generator": (partial(nets.Generator, (16,), (8, 4, 4, 4), (8, 4), (2, 2)), ((2, 16),)),
    "FullyConnectedNet": (partial(nets.FullyConnectedNet, 16, 4, (32, 16)), ((2, 16),)),
    "ViT": (
        partial(
            nets.ViT, 1, (16, 16, 16), (8, 8, 8), hidden_size=48, mlp_dim=96, num_layers=2, num_heads=4,
            classification=True, num_classes=5,
        ),
        ((2, 1, 16, 16, 16),),
    ),
    "DiffusionModelUNet": (
        partial(
            nets.DiffusionModelUNet, 3, 1, 1, 1, (8, 16), (False, False), 4, num_head_channels=8,
        ),
        ((2, 1, 16, 16, 16), (2,)),
    ),
    "SPADENet": (
        partial(nets.SPADENet, 3, 1, 1, 3, [16, 16, 16], [16, 32], is_vae=False),
        ((2, 3, 16, 16, 16),),
    ),
    "EfficientNet-B0 3D": (
        partial(nets.EfficientNetBN, "efficientnet-b0", pretrained=False, spatial_dims=3, in_channels=1, num_classes=5),
        (VOLUME,),
    ),
    "Quicknat": (partial(nets.Quicknat, num_classes=3, num_channels=1, num_filters=16), ((2, 1, 32, 32),)),
}  # fmt: skip
NETWORKS = {
    **{f"MONAI {name}": RealNetwork("MONAI", make, (shape,)) for name, (make, shape, _) in {**QUICK, **SLOW}.items()},
    **{f"MONAI {name}": RealNetwork("MONAI", make, shapes) for name, (make, shapes) in MORE.items()},
}
