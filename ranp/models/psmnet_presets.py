"""PSMNet's sizes: the paper's, and a classroom's."""

from ranp.models.preset import PAPER_RECIPE, Architecture, Preset
from ranp.models.psmnet import PSMNet
from ranp.models.recipe import Recipe

PSMNET = Architecture(
    name="psmnet",
    title="PSMNet",
    build=PSMNet,
    source="Chang and Chen, CVPR 2018, arXiv 1803.08669",
    presets={
        "sceneflow": Preset(
            arguments={"in_channels": 3, "classes": 192, "base_channels": 32},
            input_shapes=((1, 3, 256, 512), (1, 3, 256, 512)),
            task="stereo",
            lam=100.0,
            sparsity=0.462,
            description="SceneFlow stereo matching at the paper's size: 192 disparities in pairs of 256 x 512",
            recipe=PAPER_RECIPE,
        ),
        "classroom": Preset(
            arguments={
                "in_channels": 3,
                "classes": 32,
                "base_channels": 12,
                "blocks": [1, 2, 1, 1],
                "pools": [2, 4, 8, 16],
            },
            input_shapes=((1, 3, 64, 128), (1, 3, 64, 128)),
            task="stereo",
            lam=11.0,  # with the paper's 100, a layer empties between sparsity 0.3 and 0.5
            sparsity=0.5,
            description="32 disparities in pairs of 64 x 128: trains in half a minute on one processor core",
            recipe=Recipe(steps=200, batch_size=2, learning_rate=1e-3, train_examples=96, test_examples=16),
            converging=Recipe(steps=800, batch_size=2, learning_rate=1e-3, train_examples=96, test_examples=16),
        ),
    },
)
