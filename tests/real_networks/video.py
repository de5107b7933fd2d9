"""Video networks of `pytorchvideo`: SlowFast, X3D, CSN, R(2+1)D and what they are made of.

`pytorchvideo.models.head` imports torchvision's `RoIAlign`, for detection; none of these networks has such a head. As
torchvision must match the very build of torch, a class that refuses to be made stands in where it is not installed.
"""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import Any

from torch import nn

from .network import RealNetwork, Shape


class RoIAlign:
    """In the place of torchvision's, which is not installed."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise ImportError("a detection head needs torchvision; install the build that belongs to this torch")


@contextmanager
def detection_left_out() -> Iterator[None]:
    """Let ``from torchvision.ops import RoIAlign`` succeed meanwhile, and leave no trace of it in `sys.modules`."""
    if importlib.util.find_spec("torchvision") is not None:
        yield
        return
    operators = ModuleType("torchvision.ops")
    setattr(operators, "RoIAlign", RoIAlign)  # noqa: B010 - a module of no known attributes
    sys.modules.update({"torchvision": ModuleType("torchvision"), "torchvision.ops": operators})
    try:
        yield
    finally:
        del sys.modules["torchvision"], sys.modules["torchvision.ops"]


with detection_left_out():
    from pytorchvideo.models import (
        create_csn,
        create_multiscale_vision_transformers,
        create_resnet,
        create_slowfast,
    )
    from pytorchvideo.models.r2plus1d import create_r2plus1d
    from pytorchvideo.models.x3d import create_x3d

CLIP: Shape = (2, 3, 8, 32, 32)
CLASSES = 5


def slowfast() -> nn.Module:
    """Two pathways at two frame rates, joined by convolutions; the fast one has an eighth of the channels."""
    return create_slowfast(
        model_depth=18,
        model_num_class=CLASSES,
        stem_dim_outs=(16, 8),
        slowfast_channel_reduction_ratio=(2,),
        head_pool_kernel_sizes=((2, 1, 1), (8, 1, 1)),
        dropout_rate=0,
    )


def x3d() -> nn.Module:
    return create_x3d(
        input_clip_length=4,
        input_crop_size=32,
        model_num_class=CLASSES,
        width_factor=1.0,
        depth_factor=1.0,
        head_dim_out=64,
        dropout_rate=0,
    )


NETWORKS = {
    f"pytorchvideo {name}": RealNetwork("pytorchvideo", make, shapes, listed)
    for name, make, shapes, listed in (
        ("SlowFast", slowfast, ((2, 3, 2, 32, 32), (2, 3, 8, 32, 32)), True),
        ("X3D", x3d, ((2, 3, 4, 32, 32),), False),
        (
            "CSN",
            partial(
                create_csn,
                model_depth=50,
                model_num_class=CLASSES,
                stem_dim_out=16,
                head_pool_kernel_size=(1, 1, 1),
            ),
            (CLIP,),
            False,
        ),
        (
            "R(2+1)D",
            partial(
                create_r2plus1d,
                model_depth=50,
                model_num_class=CLASSES,
                stem_dim_out=8,
                head_pool_kernel_size=(1, 1, 1),
            ),
            (CLIP,),
            False,
        ),
        (
            "Slow",
            partial(
                create_resnet,
                model_depth=50,
                model_num_class=CLASSES,
                stem_dim_out=8,
                head_pool_kernel_size=(8, 1, 1),
                dropout_rate=0,
            ),
            (CLIP,),
            False,
        ),
        (
            "MViT",
            partial(
                create_multiscale_vision_transformers,
                spatial_size=32,
                temporal_size=8,
                depth=4,
                head_num_classes=CLASSES,
                dropout_rate_block=0.0,
                patch_embed_dim=24,
            ),
            (CLIP,),
            False,
        ),
    )
}
