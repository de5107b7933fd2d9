"""R(2+1)D's sizes: the paper's 18 layers, and a classroom's."""

from ranp.models.gallery.r2plus1d import R2Plus1d
from ranp.models.preset import PAPER_RECIPE, Architecture, Preset
from ranp.models.recipe import Recipe

R2PLUS1D18 = Architecture(
    name="r2plus1d18",
    title="R(2+1)D-18",
    build=R2Plus1d,
    source="Tran et al., CVPR 2018, arXiv 1711.11248, as torchvision builds it",
    presets={
        "published": Preset(
            arguments={
                "in_channels": 3,
                "classes": 101,
                "base_channels": 64,
                "stem_channels": 45,
                "blocks": [2, 2, 2, 2],
            },
            input_shapes=((1, 3, 16, 112, 112),),
            task="motion",
            lam=5.0,
            sparsity=0.5,
            description="The paper's 18 layers, for UCF101: 16 frames of 112²",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={
                "in_channels": 3,
                "classes": 8,
                "base_channels": 16,
                "stem_channels": 12,
                "blocks": [1, 1, 1, 1],
            },
            input_shapes=((1, 3, 8, 48, 48),),
            task="motion",
            lam=5.0,
            sparsity=0.5,
            description="Eight motions in clips of 8 frames of 48²: trains in a minute on one processor core",
            recipe=Recipe(steps=80, batch_size=16, learning_rate=5e-3, train_examples=480, test_examples=240),
        ),
    },
)
