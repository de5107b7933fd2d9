"""Files in the formats of the real data sets, by the formats' definitions: for the tests and the paper's table."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import av
import nibabel
import numpy as np
import torch
from PIL import Image


def write_case(root: Path, case: str, volumes: Mapping[str, np.ndarray], affine: np.ndarray, suffix: str) -> Path:
    """A BraTS case: ``volumes`` name -> voxels along the axes that ``affine`` states, ``seg`` among them."""
    folder = root / case
    folder.mkdir(parents=True)
    for name, voxels in volumes.items():
        nibabel.Nifti1Image(voxels, affine).to_filename(folder / f"{case}_{name}{suffix}")
    return folder


def write_dataset(
    root: Path,
    cases: Mapping[str, tuple[Sequence[np.ndarray], np.ndarray]],
    description: Mapping[str, Any],
    affine: np.ndarray | None = None,
    joined: bool = False,
) -> Path:
    """nnU-Net's raw data, case -> channels and labels; ``joined``: the channels in one file, as in the Decathlon."""
    ending = description.get("file_ending", ".nii.gz")
    for name in ("imagesTr", "labelsTr"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for case, (channels, label) in cases.items():
        volumes = {case: np.stack(channels, axis=-1)} if joined else {}
        volumes = volumes or {f"{case}_{number:04}": channel for number, channel in enumerate(channels)}
        for name, volume in volumes.items():
            nibabel.Nifti1Image(volume, np.eye(4) if affine is None else affine).to_filename(
                root / "imagesTr" / f"{name}{ending}"
            )
        nibabel.Nifti1Image(label.astype(np.uint8), np.eye(4) if affine is None else affine).to_filename(
            root / "labelsTr" / f"{case}{ending}"
        )
    (root / "dataset.json").write_text(json.dumps({"numTraining": len(cases), **description}), encoding="utf-8")
    return root


def write_cloud(folder: Path, name: str, points: np.ndarray, parts: np.ndarray, labels: Path | None = None) -> None:
    """A ShapeNet shape: ``points (count, 3)`` as x, y, z and ``parts (count,)`` counted from 1 in the category."""
    folder.mkdir(parents=True, exist_ok=True)
    (labels or folder).mkdir(parents=True, exist_ok=True)
    np.savetxt(folder / f"{name}.pts", points, fmt="%.5f")
    np.savetxt((labels or folder) / f"{name}.seg", parts, fmt="%d")


def write_video(path: Path, pictures: np.ndarray, codec: str = "mpeg4") -> Path:
    """``pictures (frames, height, width, 3)``; UCF101's files are AVI with MPEG-4 part 2, as DivX wrote it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options={"qscale": "2", "flags": "+qscale"})
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def write_pfm(path: Path, values: np.ndarray) -> None:
    """A text header, then rows from the bottom up; a negative scale is little-endian."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = f"Pf\n{values.shape[1]} {values.shape[0]}\n-1.0\n".encode()
    path.write_bytes(header + values[::-1].astype("<f4").tobytes())


def write_picture(path: Path, picture: torch.Tensor) -> None:
    """``picture (3, height, width)`` in [-1, 1] as 8-bit colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(picture)).save(path)


def pixels(picture: torch.Tensor) -> np.ndarray:
    """``(3, ..., height, width)`` in [-1, 1] as 8-bit colours ``(..., height, width, 3)``."""
    return ((picture + 1) * 127.5).round().clamp(0, 255).byte().movedim(0, -1).numpy()


def write_pair(
    root: Path, scene: str, number: str, left: torch.Tensor, right: torch.Tensor, disparity: torch.Tensor
) -> None:
    """A SceneFlow moment: two pictures and the disparity of the left one."""
    write_picture(root / "frames_finalpass" / scene / "left" / f"{number}.png", left)
    write_picture(root / "frames_finalpass" / scene / "right" / f"{number}.png", right)
    write_pfm(root / "disparity" / scene / "left" / f"{number}.pfm", disparity.numpy())
