"""Batches for every task: drawn by default, read from the real data set's folder on request.

>>> [(inputs, target)] = batches("voxel-parts", (1, 1, 16, 16, 16), classes=12, batch_size=2, count=1, seed=0)
>>> inputs.shape, target.shape
(torch.Size([2, 1, 16, 16, 16]), torch.Size([2, 16, 16, 16]))
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import Tensor

from ranp.data import brain, brats, motion, raw, sceneflow, shapenet, stereo, tissue, ucf101, voxel_parts
from ranp.data.task import Batch, Inputs, Loaded, RealData, Shape, Task

__all__ = ["TASKS", "Batch", "Inputs", "Loaded", "RealData", "Task", "batches", "load", "loss", "task"]

TASKS: dict[str, Task] = {
    "tissue": Task(
        name="tissue",
        title="Grey and white matter in patches of an MR scan",
        source="MNI152, an average of 152 adults at 1 mm, symmetric: Fonov et al., NeuroImage 2011",
        example=tissue.example,
        loss=tissue.loss,
        real=RealData("a Decathlon or nnU-Net data set", raw.LAYOUT, raw.find, raw.read),
        about="Patches of a real MR scan with grey and white matter: the MNI152 average of 152 adults at 1 mm, which "
        "is smoother than a person's, and symmetric. So what is learnt from lies in its front and what is tested on in "
        "its back; other people's scans are not tested.",
        drawn="patches of the MNI152 average",
        held_out=tissue.held_out,
        needs=("nilearn", "nibabel"),
        labels=tissue.LABELS,
    ),
    "brain": Task(
        name="brain",
        title="Brain tumours in MR volumes",
        source="BraTS'18: Menze et al., IEEE TMI 2015",
        example=brain.example,
        loss=brain.loss,
        real=RealData("BraTS'18", brats.LAYOUT, brats.find, brats.read),
        about="Procedural brains with tumours, in four MR contrasts: no patient's.",
        labels=brain.LABELS,
    ),
    "voxel-parts": Task(
        name="voxel-parts",
        title="Parts of voxel shapes",
        source="ShapeNet part segmentation: Yi et al., SIGGRAPH Asia 2016",
        example=voxel_parts.example,
        loss=voxel_parts.loss,
        real=RealData("ShapeNet part segmentation", shapenet.LAYOUT, shapenet.find, shapenet.read),
        about="Procedural tables, chairs, lamps and planes, each voxel of a surface with its part.",
    ),
    "motion": Task(
        name="motion",
        title="Motions in videos",
        source="UCF101: Soomro, Zamir and Shah, CRCV-TR-12-01, 2012",
        example=motion.example,
        loss=motion.loss,
        real=RealData("UCF101", ucf101.LAYOUT, ucf101.find, ucf101.read),
        about="Procedural videos of a shape that moves in one of eight ways.",
        labels=tuple(motion.MOTIONS),
    ),
    "stereo": Task(
        name="stereo",
        title="Depth from stereo pairs",
        source="SceneFlow: Mayer et al., CVPR 2016",
        example=stereo.example,
        loss=stereo.loss,
        real=RealData("SceneFlow", sceneflow.LAYOUT, sceneflow.find, sceneflow.read),
        about="Procedural pairs of views, each pixel with its disparity.",
    ),
}


def task(name: str) -> Task:
    """The task of that name; ``ValueError`` lists the names there are."""
    if name not in TASKS:
        raise ValueError(f"there is no task {name!r}; choose one of {', '.join(TASKS)}")
    return TASKS[name]


def batches(
    name: str, input_shape: Shape, classes: int, batch_size: int, count: int, seed: int, split: str = "train"
) -> list[Batch]:
    """Draw ``count`` batches of ``batch_size`` examples for a network that reads ``input_shape``.

    ``input_shape`` is that of the network's first input with the batch first (its batch size is not used), ``classes``
    the number of its outputs. The same seed gives the same examples at every batch size, and procedural ones show the
    same scenes at every spatial size. ``split`` matters to the task tissue alone, whose one scan has a part to test on;
    others are tested on examples of another seed. Raises ``ValueError`` where the task does not fit the network.

    >>> volume, label = batches("brain", (1, 4, 16, 16, 16), classes=5, batch_size=1, count=3, seed=7)[2]
    >>> volume.dtype, label.dtype
    (torch.float32, torch.int64)
    """
    return task(name).batches(input_shape, classes, batch_size, count, seed, split)


def load(
    name: str,
    folder: str | Path,
    input_shape: Shape,
    classes: int,
    batch_size: int,
    count: int | None,
    seed: int,
    split: str = "train",
    skip_bad: bool = False,
) -> Loaded:
    """Read up to ``count`` batches (``None``: all) of the task's real data set; see `Task.load`."""
    return task(name).load(folder, input_shape, classes, batch_size, count, seed, split, skip_bad)


def loss(name: str) -> Callable[[Any, Tensor], Tensor]:
    """The task's loss: ``loss(output, target)`` is the scalar that importance and training differentiate."""
    return task(name).loss
