"""The networks that come with the explorer, each with presets at the paper's size and for a classroom.

Choices are the literal dict `ARCHITECTURES`; `build` makes a seeded network from a name and a preset. MACs, parameters
and sensible values of lambda and sparsity differ by preset: the paper's are in its table 1 (arXiv 2010.02488).
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import torch
from torch import Tensor, nn

from ranp.initialisation import initialise
from ranp.models.i3d import I3d
from ranp.models.mobilenetv2 import MobileNetV2
from ranp.models.psmnet import PSMNet
from ranp.models.recipe import Recipe
from ranp.models.unet3d import UNet3d

__all__ = ["ARCHITECTURES", "Architecture", "Preset", "Recipe", "build", "example_inputs", "find_preset"]


@dataclass(frozen=True)
class Preset:
    """One size of an architecture, with the task that it is for."""

    arguments: dict[str, Any]
    """What `Architecture.build` is called with."""
    input_shapes: tuple[tuple[int, ...], ...]
    """Shape of each input, one example a batch: ``(1, channel, depth, height, width)``."""
    task: str
    """Key of ``ranp.data.TASKS``."""
    lam: float
    """Lambda of the resource reweighting: the paper's, or one that was tried."""
    sparsity: float
    """Fraction of neurons to remove: the paper's, or one that was tried."""
    description: str
    recipe: Recipe
    """How it is trained in a check."""


@dataclass(frozen=True)
class Architecture:
    """A network family: how to build it, and the presets that it is known to work at."""

    name: str
    title: str
    build: Callable[..., nn.Module]
    presets: dict[str, Preset]
    source: str


PAPER_RECIPE = Recipe(steps=1000, batch_size=2, learning_rate=1e-3, train_examples=96, test_examples=24)
"""For the papers' sizes: enough to see that a network learns, on a machine with an accelerator; not their schedule."""

ARCHITECTURES: dict[str, Architecture] = {
    "unet3d": Architecture(
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
            ),
            "classroom-shapes": Preset(
                arguments={"in_channels": 1, "classes": 12, "base_channels": 32},
                input_shapes=((1, 1, 16, 16, 16),),
                task="voxel-parts",
                lam=11.0,
                sparsity=0.5,
                description="Parts of tables, chairs, lamps and planes in small grids of 16³",
                recipe=Recipe(steps=100, batch_size=6, learning_rate=4e-3, train_examples=96, test_examples=24),
            ),
        },
    ),
    "mobilenetv2": Architecture(
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
            ),
        },
    ),
    "i3d": Architecture(
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
    ),
    "psmnet": Architecture(
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
            ),
        },
    ),
}


def build(
    name: str,
    preset: str = "classroom",
    seed: int = 0,
    init: str = "xavier",
    device: torch.device | str | None = None,
    **overrides: Any,
) -> nn.Module:
    """Build the architecture `name` at `preset`, with the weights that `seed` stands for.

    `overrides` replace single arguments of the preset (``classes=7``). On ``device="meta"`` the network has shapes but
    no values, which is enough to trace and price it. The caller's random state is left alone. Raises `ValueError` for
    an unknown name, preset, argument or initialisation.

    >>> network = build("unet3d", "classroom", base_channels=4)
    >>> network.encoder1.conv1.weight.shape
    torch.Size([4, 4, 3, 3, 3])
    """
    arguments = {**find_preset(name, preset).arguments, **overrides}
    # What a network's own constructor draws must follow the seed, too.
    with torch.random.fork_rng(devices=[]), torch.device("meta" if _is_meta(device) else "cpu"):
        torch.default_generator.manual_seed(seed)
        try:
            model = ARCHITECTURES[name].build(**arguments)
        except TypeError as error:
            raise ValueError(f"{name} cannot be built with {arguments}: {error}") from error
    initialise(model, seed, init)
    return model if device is None else model.to(device)


def example_inputs(
    name: str, preset: str = "classroom", batch: int = 1, device: torch.device | str = "meta"
) -> tuple[Tensor, ...]:
    """Zeros in the shape of the preset's inputs, `batch` examples each.

    >>> [tuple(volume.shape) for volume in example_inputs("unet3d", "classroom", batch=2)]
    [(2, 4, 24, 24, 24)]
    """
    shapes = find_preset(name, preset).input_shapes
    return tuple(torch.zeros(batch, *shape[1:], device=device) for shape in shapes)


def find_preset(name: str, preset: str) -> Preset:
    """The preset of an architecture; a `ValueError` that lists the choices where there is none of that name."""
    if name not in ARCHITECTURES:
        raise ValueError(f"there is no architecture {name!r}{_choices(name, ARCHITECTURES)}")
    presets = ARCHITECTURES[name].presets
    if preset not in presets:
        raise ValueError(f"{name} has no preset {preset!r}{_choices(preset, presets)}")
    return presets[preset]


def _choices(given: str, known: dict[str, Any]) -> str:
    close = get_close_matches(given, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{hint}; choose from {', '.join(known)}"


def _is_meta(device: torch.device | str | None) -> bool:
    return device is not None and torch.device(device).type == "meta"
