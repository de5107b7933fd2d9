"""The networks that come with the explorer, each with presets at its published size and for a classroom.

A network's file imports torch alone, since exported scripts carry it; its presets stand in the file beside it.
Choices are literal dicts: `PAPER_NETWORKS`, those of RANP's experiments, `GALLERY`, other published ones, most of which
an installed package builds, and `ARCHITECTURES`, both. `build` makes a seeded network from a name and a preset. MACs,
parameters, sensible lambda and sparsity differ by preset: the paper's are in its table 1 (arXiv 2010.02488).
"""

from difflib import get_close_matches
from typing import Any

import torch
from torch import Tensor, nn

from ranp.extras import require
from ranp.models.gallery.monai_classification_presets import DENSENET121, RESNET18, RESNET50
from ranp.models.gallery.monai_segmentation_presets import ATTENTION_UNET, BASIC_UNET, DYNUNET, SEGRESNET, UNETR, VNET
from ranp.models.gallery.nnunet_presets import NNUNET_PLAIN, NNUNET_RESENC
from ranp.models.gallery.r2plus1d_presets import R2PLUS1D18
from ranp.models.i3d_presets import I3D
from ranp.models.initialisation import initialise
from ranp.models.mobilenetv2_presets import MOBILENETV2
from ranp.models.preset import Architecture, Preset
from ranp.models.psmnet_presets import PSMNET
from ranp.models.unet3d_presets import UNET3D

PAPER_NETWORKS: dict[str, Architecture] = {
    "unet3d": UNET3D,
    "mobilenetv2": MOBILENETV2,
    "i3d": I3D,
    "psmnet": PSMNET,
}
GALLERY: dict[str, Architecture] = {
    "nnunet-plain": NNUNET_PLAIN,
    "nnunet-resenc": NNUNET_RESENC,
    "segresnet": SEGRESNET,
    "dynunet": DYNUNET,
    "basicunet": BASIC_UNET,
    "attentionunet": ATTENTION_UNET,
    "vnet": VNET,
    "unetr": UNETR,
    "densenet121": DENSENET121,
    "resnet18": RESNET18,
    "resnet50": RESNET50,
    "r2plus1d18": R2PLUS1D18,
}
ARCHITECTURES: dict[str, Architecture] = {**PAPER_NETWORKS, **GALLERY}


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
    an unknown name, preset, argument or initialisation, and where the package that builds the network is missing.

    >>> network = build("unet3d", "classroom", base_channels=4)
    >>> network.encoder1.conv1.weight.shape
    torch.Size([4, 4, 3, 3, 3])
    """
    arguments = {**find_preset(name, preset).arguments, **overrides}
    architecture = ARCHITECTURES[name]
    require("gallery", architecture.title, architecture.needs)
    # What a network's own constructor draws must follow the seed, too.
    with torch.random.fork_rng(devices=[]), torch.device("meta" if _is_meta(device) else "cpu"):
        torch.default_generator.manual_seed(seed)
        try:
            model = architecture.build(**arguments)
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
