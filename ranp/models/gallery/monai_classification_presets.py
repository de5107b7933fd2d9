"""Sizes of MONAI's classification networks: published ones, and a classroom's."""

from ranp.models.gallery.monai_classification import densenet121, resnet18, resnet50
from ranp.models.preset import PAPER_RECIPE, Architecture, Preset
from ranp.models.recipe import Recipe

DENSENET121 = Architecture(
    name="densenet121",
    title="MONAI DenseNet121",
    build=densenet121,
    needs=("monai",),
    source="Huang et al., CVPR 2017, arXiv 1608.06993; in 3D by Hara et al., arXiv 1711.09577",
    presets={
        "published": Preset(
            arguments={"in_channels": 3, "classes": 101, "base_channels": 64, "growth": 32, "blocks": [6, 12, 24, 16]},
            input_shapes=((1, 3, 32, 112, 112),),
            task="motion",
            lam=11.0,
            sparsity=0.5,
            description="The paper's 121 layers, for UCF101: 32 frames of 112², since MONAI's halves time five times",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={"in_channels": 3, "classes": 8, "base_channels": 16, "growth": 8, "blocks": [3, 6, 6]},
            input_shapes=((1, 3, 16, 32, 32),),
            task="motion",
            lam=11.0,
            sparsity=0.5,
            description="Eight motions in clips of 16 frames of 32²: trains in a minute on one processor core",
            recipe=Recipe(steps=200, batch_size=16, learning_rate=3e-3, train_examples=480, test_examples=240),
        ),
    },
)

RESNET18 = Architecture(
    name="resnet18",
    title="MONAI ResNet18",
    build=resnet18,
    needs=("monai",),
    source="He et al., CVPR 2016; in 3D by Hara et al., CVPR 2018, arXiv 1711.09577",
    presets={
        "published": Preset(
            arguments={"in_channels": 3, "classes": 101, "width": 1.0},
            input_shapes=((1, 3, 16, 112, 112),),
            task="motion",
            lam=30.0,
            sparsity=0.5,
            description="As Hara et al. train it on UCF101: 64 to 512 channels, 16 frames of 112²",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={"in_channels": 3, "classes": 8, "width": 0.25},
            input_shapes=((1, 3, 8, 48, 48),),
            task="motion",
            lam=30.0,
            sparsity=0.5,
            description="Eight motions in clips of 8 frames of 48²: trains in a minute on one processor core",
            recipe=Recipe(steps=200, batch_size=8, learning_rate=2e-3, train_examples=480, test_examples=240),
        ),
    },
)

RESNET50 = Architecture(
    name="resnet50",
    title="MONAI ResNet50",
    build=resnet50,
    needs=("monai",),
    source="He et al., CVPR 2016; in 3D by Hara et al., CVPR 2018, arXiv 1711.09577",
    presets={
        "published": Preset(
            arguments={"in_channels": 3, "classes": 101, "width": 1.0},
            input_shapes=((1, 3, 16, 112, 112),),
            task="motion",
            lam=30.0,
            sparsity=0.5,
            description="As Hara et al. train it on UCF101: 256 to 2,048 channels, 16 frames of 112²",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={"in_channels": 3, "classes": 8, "width": 0.25},
            input_shapes=((1, 3, 8, 48, 48),),
            task="motion",
            lam=30.0,
            sparsity=0.5,
            description="Eight motions in clips of 8 frames of 48²: trains in a minute on one processor core, in "
            "which its fifty layers learn little: of four clips it tells one",
            recipe=Recipe(steps=200, batch_size=8, learning_rate=2e-3, train_examples=480, test_examples=240),
        ),
    },
)
