"""Sizes of MONAI's segmentation networks: published ones, and a classroom's."""

from ranp.models.gallery.monai_segmentation import attention_unet, basic_unet, dynunet, segresnet, unetr, vnet
from ranp.models.preset import PAPER_RECIPE, Architecture, Preset
from ranp.models.recipe import Recipe

SEGRESNET = Architecture(
    name="segresnet",
    title="MONAI SegResNet",
    build=segresnet,
    needs=("monai",),
    source="Myronenko, BrainLes 2018, arXiv 1810.11654",
    presets={
        "published": Preset(
            arguments={
                "in_channels": 4,
                "classes": 4,
                "base_channels": 32,
                "blocks_down": [1, 2, 2, 4],
                "blocks_up": [1, 1, 1],
            },
            input_shapes=((1, 4, 160, 192, 128),),
            task="brain",
            lam=11.0,
            sparsity=0.5,
            description="The winner of BraTS'18 without its autoencoder: 32 to 256 channels, crops of 160 x 192 x 128",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={
                "in_channels": 4,
                "classes": 4,
                "base_channels": 8,
                "blocks_down": [1, 1, 2],
                "blocks_up": [1, 1],
            },
            input_shapes=((1, 4, 24, 24, 24),),
            task="brain",
            lam=11.0,
            sparsity=0.5,
            description="Brain tumours in small volumes of 24³: trains in half a minute on one processor core",
            recipe=Recipe(steps=80, batch_size=4, learning_rate=1e-2, train_examples=96, test_examples=24),
        ),
    },
)

DYNUNET = Architecture(
    name="dynunet",
    title="MONAI DynUNet",
    build=dynunet,
    needs=("monai",),
    source="Futrega et al., BrainLes 2021, arXiv 2110.03352; after nnU-Net, arXiv 1809.10486",
    presets={
        "published": Preset(
            arguments={"in_channels": 4, "classes": 4, "features": [64, 96, 128, 192, 256, 384, 512]},
            input_shapes=((1, 4, 128, 128, 128),),
            task="brain",
            lam=5.0,
            sparsity=0.5,
            description="First in the validation of BraTS'21: seven stages of 64 to 512 channels, patches of 128³",
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

BASIC_UNET = Architecture(
    name="basicunet",
    title="MONAI BasicUNet",
    build=basic_unet,
    needs=("monai",),
    source="Falk et al., Nature Methods 2019, in MONAI's widths",
    presets={
        "published": Preset(
            arguments={"in_channels": 4, "classes": 4, "features": [32, 32, 64, 128, 256, 32]},
            input_shapes=((1, 4, 96, 96, 96),),
            task="brain",
            lam=11.0,
            sparsity=0.5,
            description="MONAI's widths, 32 to 256 channels, on patches of 96³",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={"in_channels": 1, "classes": 12, "features": [8, 8, 16, 16, 32, 8]},
            input_shapes=((1, 1, 32, 32, 32),),
            task="voxel-parts",
            lam=11.0,
            sparsity=0.5,
            description="Parts of shapes in grids of 32³: trains in half a minute on one processor core",
            recipe=Recipe(steps=60, batch_size=4, learning_rate=1e-2, train_examples=96, test_examples=24),
        ),
    },
)

ATTENTION_UNET = Architecture(
    name="attentionunet",
    title="MONAI AttentionUnet",
    build=attention_unet,
    needs=("monai",),
    source="Oktay et al., MIDL 2018, arXiv 1804.03999",
    presets={
        "published": Preset(
            arguments={"in_channels": 4, "classes": 4, "features": [16, 32, 64, 128, 256]},
            input_shapes=((1, 4, 160, 160, 96),),
            task="brain",
            lam=5.0,
            sparsity=0.5,
            description="The authors' widths, 16 to 256 channels, and their patches of 160 x 160 x 96",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={"in_channels": 1, "classes": 12, "features": [16, 32, 64]},
            input_shapes=((1, 1, 16, 16, 16),),
            task="voxel-parts",
            lam=5.0,
            sparsity=0.5,
            description="Parts of shapes in grids of 16³: trains in half a minute on one processor core",
            recipe=Recipe(steps=80, batch_size=6, learning_rate=1e-2, train_examples=96, test_examples=24),
        ),
    },
)

VNET = Architecture(
    name="vnet",
    title="MONAI VNet",
    build=vnet,
    needs=("monai",),
    source="Milletari, Navab and Ahmadi, 3DV 2016, arXiv 1606.04797",
    presets={
        "published": Preset(
            arguments={"in_channels": 4, "classes": 4, "base_channels": 16},
            input_shapes=((1, 4, 128, 128, 64),),
            task="brain",
            lam=11.0,
            sparsity=0.5,
            description="The paper's widths, 16 to 256 channels, and its volumes of 128 x 128 x 64",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={"in_channels": 1, "classes": 12, "base_channels": 4, "dropout": 0.0},
            input_shapes=((1, 1, 32, 32, 32),),
            task="voxel-parts",
            lam=11.0,
            sparsity=0.5,
            description="Parts of shapes in grids of 32³: trains in half a minute on one processor core",
            recipe=Recipe(steps=60, batch_size=2, learning_rate=1e-2, train_examples=96, test_examples=24),
        ),
    },
)

UNETR = Architecture(
    name="unetr",
    title="MONAI UNETR",
    build=unetr,
    needs=("monai", "einops"),
    source="Hatamizadeh et al., WACV 2022, arXiv 2103.10504",
    presets={
        "published": Preset(
            arguments={
                "in_channels": 4,
                "classes": 4,
                "size": [96, 96, 96],
                "base_channels": 16,
                "hidden": 768,
                "mlp": 3072,
                "heads": 12,
            },
            input_shapes=((1, 4, 96, 96, 96),),
            task="brain",
            lam=11.0,
            sparsity=0.5,
            description="The paper's transformer, 768 features in 12 heads, on patches of 96³",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={
                "in_channels": 4,
                "classes": 4,
                "size": [32, 32, 32],
                "base_channels": 4,
                "hidden": 48,
                "mlp": 96,
                "heads": 4,
            },
            input_shapes=((1, 4, 32, 32, 32),),
            task="brain",
            lam=11.0,
            sparsity=0.5,
            description="Brain tumours in small volumes of 32³: trains in half a minute on one processor core",
            recipe=Recipe(steps=100, batch_size=4, learning_rate=1.2e-2, train_examples=96, test_examples=24),
        ),
    },
)
