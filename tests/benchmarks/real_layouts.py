"""The procedural data of each task as files in the real data set's layout and size, for the real loaders to read.

A BraTS'18 volume has 155 x 240 x 240 voxels, a ShapeNet cloud some 2,600 points, a UCF101 video 240 x 320 pixels at 25
frames a second, a SceneFlow picture 540 x 960 pixels.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ranp.data import brain, brats, motion, shapenet, stereo, stream, tissue, voxel_parts
from ranp.data.task import Shape

from ..real_formats import pixels, write_case, write_cloud, write_dataset, write_pair, write_video

LYING = np.diag([-1.0, -1.0, 1.0, 1.0])
"""BraTS' axes run to the left, to the back and up."""


def brats_cases(root: Path, classes: int, count: int, seed: int, size: Shape = (155, 240, 240)) -> None:
    """Phantoms with whole numbers as intensities, 0 outside the brain."""
    for k in range(count):
        image, label = brain.example((1, 4, *size), classes, stream(seed, k))
        inside = (image != 0).any(dim=0)
        intensities = ((image * 100 + 1000).clamp(1, 4000) * inside).short()
        volumes = {name: volume.numpy().T for name, volume in zip(brain.MODALITIES, intensities, strict=True)}
        volumes["seg"] = np.array(brats.FILE_LABELS, dtype=np.uint8)[label.numpy().T]
        write_case(root / "HGG", f"Brats18_PROCEDURAL_{k}", volumes, LYING, ".nii.gz")


def shapenet_clouds(root: Path, classes: int, count: int, seed: int, size: Shape = (64, 64, 64)) -> None:
    """Points spread evenly over the voxels of a hollow shape on a grid of ``size``."""
    firsts = np.cumsum([0, *(parts for _, parts in shapenet.SYNSETS.values())])
    for k in range(count):
        _, part = voxel_parts.example((1, 1, *size), classes, stream(seed, k))
        draw = np.random.default_rng([seed, k])
        cells = np.argwhere(part.numpy() != voxel_parts.EMPTY)
        chosen = cells[draw.permutation(len(cells))[:2600]]
        category = int(np.searchsorted(firsts, part.numpy()[tuple(chosen[0])], side="right")) - 1
        points = (chosen + draw.uniform(size=chosen.shape))[:, ::-1] / max(
            size
        ) - 0.5  # depth, height, width are z, y, x
        folder = root / "train" / list(shapenet.SYNSETS)[category]
        write_cloud(folder, f"{k:032x}", points, part.numpy()[tuple(chosen.T)] - firsts[category] + 1)


def ucf101_videos(root: Path, classes: int, count: int, seed: int, size: Shape = (50, 240, 320)) -> None:
    """Two seconds each, in folders of their classes, with the list of the training split."""
    names = [f"{list(motion.MOTIONS)[c % len(motion.MOTIONS)]}{c // len(motion.MOTIONS):02}" for c in range(classes)]
    listed = []
    for k in range(count):
        clip, label = motion.example((1, 3, *size), classes, stream(seed, k))
        place = f"{names[label]}/v_{names[label]}_g{k + 1:02}_c01.avi"
        write_video(root / "UCF-101" / place, pixels(clip))
        listed.append(f"{place} {int(label) + 1}\n")
    lists = root / "ucfTrainTestlist"
    lists.mkdir()
    (lists / "classInd.txt").write_text("".join(f"{number} {name}\n" for number, name in enumerate(names, start=1)))
    (lists / "trainlist01.txt").write_text("".join(listed))


def sceneflow_pairs(root: Path, classes: int, count: int, seed: int, size: Shape = (540, 960)) -> None:
    """Pairs of one scene in the training part of FlyingThings3D."""
    for k in range(count):
        (left, right), disparity = stereo.example((1, 3, *size), classes, stream(seed, k))
        write_pair(root, "TRAIN/A/0000", f"{k + 6:04}", left, right, disparity)


def nnunet_cases(root: Path, classes: int, count: int, seed: int, size: Shape = (48, 48, 48)) -> None:
    """Patches of the scan as cases of nnU-Net's, with one more to be tested on."""
    drawn = [tissue.example((1, 1, *size), classes, stream(seed, k)) for k in range(count + 1)]
    cases = {f"tissue_{k:03}": ([image[0].numpy().T], label.numpy().T) for k, (image, label) in enumerate(drawn)}
    labels = {name: number for number, name in enumerate(tissue.LABELS)}
    write_dataset(root, cases, {"channel_names": {"0": "T1"}, "labels": labels, "file_ending": ".nii.gz"}, LYING)


LAYOUTS: dict[str, Callable[[Path, int, int, int], None]] = {
    "brain": brats_cases,
    "voxel-parts": shapenet_clouds,
    "motion": ucf101_videos,
    "stereo": sceneflow_pairs,
    "tissue": nnunet_cases,
}
"""Task -> function that writes ``count`` examples for a network of ``classes`` to an empty folder."""
