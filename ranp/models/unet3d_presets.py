"""3D-UNet's sizes: the paper's, and a classroom's."""

from ranp.models.preset import PAPER_RECIPE, Architecture, Preset
from ranp.models.recipe import Recipe
from ranp.models.unet3d import UNet3d

UNET3D = Architecture(
    name="unet3d",
    title="3D-UNet",
    build=UNet3d,
    source="Çiçek et al., MICCAI 2016, arXiv 1606.06650; the variant pruned in arXiv 2010.02488",
    presets={
        "shapenet": Preset(
            arguments={"in_channels": 1, "classes": 50, "base_channels": 64},
            input_shapes=((1, 1, 64, 64, 64),),
            task="voxel-parts",
            lam=11.0,
            sparsity=0.7824,
            description="ShapeNet part segmentation at the paper's size: 50 parts in a grid of 64³",
            recipe=PAPER_RECIPE,
        ),
        "brats": Preset(
            arguments={"in_channels": 4, "classes": 5, "base_channels": 64},
            input_shapes=((1, 4, 128, 128, 128),),
            task="brain",
            lam=15.0,
            sparsity=0.7817,
            description="BraTS'18 tumour segmentation at the paper's size: four MR modalities of 128³",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={"in_channels": 4, "classes": 4, "base_channels": 16},
            input_shapes=((1, 4, 24, 24, 24),),
            task="brain",
            lam=11.0,  # with BraTS's 15, RANP-m empties a layer below sparsity 0.5 on three seeds of five
            sparsity=0.5,
            description="Brain tumours in small volumes of 24³: trains in half a minute on one processor core",
            recipe=Recipe(steps=100, batch_size=4, learning_rate=1.5e-2, train_examples=96, test_examples=24),
            converging=Recipe(steps=400, batch_size=4, learning_rate=1.5e-2, train_examples=96, test_examples=24),
        ),
        "classroom-shapes": Preset(
            arguments={"in_channels": 1, "classes": 12, "base_channels": 32},
            input_shapes=((1, 1, 16, 16, 16),),
            task="voxel-parts",
            lam=11.0,
            sparsity=0.5,
            description="Parts of tables, chairs, lamps and planes in small grids of 16³",
            recipe=Recipe(steps=100, batch_size=6, learning_rate=4e-3, train_examples=96, test_examples=24),
            converging=Recipe(steps=400, batch_size=6, learning_rate=4e-3, train_examples=96, test_examples=24),
        ),
        "classroom-tissue": Preset(
            arguments={"in_channels": 1, "classes": 3, "base_channels": 16},
            input_shapes=((1, 1, 24, 24, 24),),
            task="tissue",
            lam=11.0,
            sparsity=0.5,
            description="Grey and white matter in patches of 24³ of a real MR scan: the average of 152 adults at 1 mm, "
            "symmetric",
            recipe=Recipe(steps=100, batch_size=4, learning_rate=1.5e-2, train_examples=240, test_examples=24),
            converging=Recipe(steps=400, batch_size=4, learning_rate=1.5e-2, train_examples=240, test_examples=24),
        ),
    },
)
