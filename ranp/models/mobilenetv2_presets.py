"""MobileNetV2-3D's sizes: the paper's, and a classroom's."""

from ranp.models.mobilenetv2 import MobileNetV2
from ranp.models.preset import PAPER_RECIPE, Architecture, Preset
from ranp.models.recipe import Recipe

MOBILENETV2 = Architecture(
    name="mobilenetv2",
    title="MobileNetV2-3D",
    build=MobileNetV2,
    source="Sandler et al., CVPR 2018, arXiv 1801.04381; in 3D by Köpüklü et al., arXiv 1904.02422",
    presets={
        "ucf101": Preset(
            arguments={"in_channels": 3, "classes": 101, "width": 1.0},
            input_shapes=((1, 3, 16, 112, 112),),
            task="motion",
            lam=80.0,
            sparsity=0.3315,
            description="UCF101 action recognition at the paper's size: 16 frames of 112²",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={
                "in_channels": 3,
                "classes": 8,
                "width": 0.5,
                "blocks": [1, 2, 2, 2],
                "tail_channels": 128,
                "dropout": 0.0,
            },
            input_shapes=((1, 3, 8, 48, 48),),
            task="motion",
            lam=80.0,
            sparsity=0.5,
            description="Eight motions in clips of 8 frames of 48²: trains in half a minute on one processor core",
            recipe=Recipe(steps=120, batch_size=16, learning_rate=1e-2, train_examples=480, test_examples=240),
            converging=Recipe(steps=480, batch_size=16, learning_rate=1e-2, train_examples=480, test_examples=240),
        ),
    },
)
