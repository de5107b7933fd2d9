"""I3D's sizes: the paper's, and a classroom's."""

from ranp.models.i3d import I3d
from ranp.models.preset import PAPER_RECIPE, Architecture, Preset
from ranp.models.recipe import Recipe

I3D = Architecture(
    name="i3d",
    title="I3D",
    build=I3d,
    source="Carreira and Zisserman, CVPR 2017, arXiv 1705.07750",
    presets={
        "ucf101": Preset(
            arguments={"in_channels": 3, "classes": 101, "width": 1.0},
            input_shapes=((1, 3, 16, 224, 224),),
            task="motion",
            lam=80.0,
            sparsity=0.2532,
            description="UCF101 action recognition at the paper's size: 16 frames of 224²",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={"in_channels": 3, "classes": 8, "width": 0.25, "dropout": 0.0, "momentum": 0.1},
            input_shapes=((1, 3, 8, 48, 48),),
            task="motion",
            lam=30.0,  # with the paper's 80, RANP-m empties a layer at sparsity 0.5 on two seeds of five
            sparsity=0.5,
            description="Eight motions in clips of 8 frames of 48²: learns in a minute, from many clips",
            recipe=Recipe(steps=320, batch_size=16, learning_rate=1e-3, train_examples=1920, test_examples=240),
        ),
    },
)
