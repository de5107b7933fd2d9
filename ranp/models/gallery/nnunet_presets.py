"""Sizes of nnU-Net's networks: as its planner makes them for BraTS, and a classroom's."""

from ranp.models.gallery.nnunet import plain_conv_unet, residual_encoder_unet
from ranp.models.preset import PAPER_RECIPE, Architecture, Preset
from ranp.models.recipe import Recipe

NNUNET_PLAIN = Architecture(
    name="nnunet-plain",
    title="nnU-Net PlainConvUNet",
    build=plain_conv_unet,
    needs=("dynamic_network_architectures",),
    source="Isensee et al., Nature Methods 2021, arXiv 1809.10486; for BraTS'20 in arXiv 2011.00848",
    presets={
        "published": Preset(
            arguments={"in_channels": 4, "classes": 4, "features": [32, 64, 128, 256, 320, 320]},
            input_shapes=((1, 4, 128, 128, 128),),
            task="brain",
            lam=5.0,
            sparsity=0.5,
            description="As planned for BraTS: six stages of 32 to 320 channels, patches of 128³",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={"in_channels": 4, "classes": 4, "features": [8, 16, 32]},
            input_shapes=((1, 4, 24, 24, 24),),
            task="brain",
            lam=5.0,
            sparsity=0.5,
            description="Brain tumours in small volumes of 24³: trains in half a minute on one processor core",
            recipe=Recipe(steps=80, batch_size=4, learning_rate=1e-2, train_examples=96, test_examples=24),
        ),
    },
)

NNUNET_RESENC = Architecture(
    name="nnunet-resenc",
    title="nnU-Net ResidualEncoderUNet",
    build=residual_encoder_unet,
    needs=("dynamic_network_architectures",),
    source="Isensee et al., MICCAI 2024, arXiv 2404.09556",
    presets={
        "published": Preset(
            arguments={
                "in_channels": 4,
                "classes": 4,
                "features": [32, 64, 128, 256, 320, 320],
                "blocks": [1, 3, 4, 6, 6, 6],
            },
            input_shapes=((1, 4, 128, 128, 128),),
            task="brain",
            lam=5.0,
            sparsity=0.5,
            description="ResEnc M as planned for BraTS: six stages of 32 to 320 channels, 26 residual blocks, 128³",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={"in_channels": 4, "classes": 4, "features": [8, 16, 32], "blocks": [1, 2, 2]},
            input_shapes=((1, 4, 24, 24, 24),),
            task="brain",
            lam=5.0,
            sparsity=0.5,
            description="Brain tumours in small volumes of 24³: trains in half a minute on one processor core. With a "
            "quarter of its MACs it has three channels at full resolution for its four outputs, and learns little",
            recipe=Recipe(steps=120, batch_size=4, learning_rate=2e-2, train_examples=96, test_examples=24),
        ),
    },
)
