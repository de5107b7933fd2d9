"""UCF101 as it is distributed: one folder a class, one video a file, and lists that tell training from test.

``<Class>/<video>.avi``, or ``<Class>/<video>/<frame>.jpg`` where the videos were unpacked to frames, in the folder
itself or in ``UCF-101`` below it. The lists ``trainlist01.txt``, ``testlist01.txt`` and ``classInd.txt`` lie beside the
classes or in ``ucfTrainTestlist``; without them all videos are for training and classes are numbered by name, which is
the official order. ``classInd.txt`` counts from 1, and may count from 0. Source: Soomro, Zamir and Shah, "UCF101",
CRCV-TR-12-01, 2012.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ranp.data.class_index import ClassIndex, named_classes, read_index
from ranp.data.images import MAX_PIXELS, read_colour, standardise
from ranp.data.listing import check_sample, in_order, lines
from ranp.data.motion import check_shape
from ranp.data.task import Example, Shape, one_line
from ranp.extras import extra

LAYOUT = "<Class>/<video>.avi or <Class>/<video>/<frame>.jpg, and ucfTrainTestlist/{train,test}list01.txt"
VIDEOS, LISTS = "UCF-101", "ucfTrainTestlist"
FRAME_SUFFIXES = (".jpg", ".jpeg", ".png")

_CONTAINERS = {"format_whitelist": "avi,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"}
"""Files of moving pictures, whatever they are called: playlists would have FFmpeg open what they name."""


class Video(NamedTuple):
    """A video file or folder of frames, and the number of its class."""

    path: Path
    label: int


def find(folder: Path, split: str) -> list[Video]:
    """The videos that the split's list names, or without lists all videos there are, sorted."""
    root = folder / VIDEOS if (folder / VIDEOS).is_dir() else folder
    listing = _beside(folder, f"{split}list01.txt")
    if listing is None and split != "train":
        raise ValueError(f"{folder} has no {split}list01.txt, which says which videos are for '{split}'; add {LISTS}/")
    classes = _classes(folder, root)
    if listing is None:
        return [Video(path, number) for name, number in classes.numbers.items() for path in _videos(root / name)]
    return [_listed(line, listing, root, classes) for line in lines(listing)]


def read(video: Video, input_shape: Shape, classes: int, generator: torch.Generator) -> Example:
    """A clip ``(3, frames, height, width)`` in [-1, 1] and the video's class.

    The frames follow each other from a random start; each is cut around its middle to the input's proportions and then
    resized.
    """
    check_shape(input_shape, classes)
    if video.label >= classes:
        raise ValueError(
            f"{video.path} is of class {video.label} counted from 0, the network has {classes} classes; give it more"
        )
    length, height, width = input_shape[-3:]
    frames = _frames_of_folder if video.path.is_dir() else _frames_of_file
    clip = frames(video.path, length, generator)
    return standardise(_fit(clip, height, width)).transpose(0, 1), torch.tensor(video.label)


def _classes(folder: Path, root: Path) -> ClassIndex:
    index = _beside(folder, "classInd.txt")
    if index is not None:
        return read_index(index)
    return named_classes(
        entry.name for entry in root.iterdir() if entry.is_dir() and entry.name != LISTS and entry.name[:1] != "."
    )


def _listed(line: str, listing: Path, root: Path, classes: ClassIndex) -> Video:
    """The video that a line such as ``ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1`` names."""
    place, *stated = line.split()
    name, *rest = place.split("/")
    if ".." in rest:
        raise ValueError(f"{listing} names '{place}', which may lie outside of the folder; remove it")
    if name not in classes.numbers:
        raise ValueError(f"{listing} names the class '{name}', of which there is no folder or number; add it")
    classes.check_stated(name, stated[0] if stated else None, listing)
    path = root / place
    unpacked = path.with_suffix("")
    return Video(unpacked if unpacked.is_dir() and not path.exists() else path, classes.numbers[name])


def _videos(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return in_order(entry for entry in folder.iterdir() if entry.is_dir() or entry.suffix.lower() == ".avi")


def _beside(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / LISTS / name) if path.exists()), None)


def _frames_of_folder(folder: Path, length: int, generator: torch.Generator) -> Tensor:
    """Frames ``uint8`` ``(length, 3, height, width)`` from a folder of pictures, in the order of their numbers."""
    paths = in_order(path for path in folder.iterdir() if path.suffix.lower() in FRAME_SUFFIXES)
    start = _start(folder, len(paths), length, generator)
    frames = [(path, read_colour(path)) for path in paths[start : start + length]]
    for path, frame in frames:
        if frame.shape != frames[0][1].shape:
            raise ValueError(f"{path} has another size than {frames[0][0].name}; unpack the video again")
    return torch.stack([frame for _, frame in frames])


def _frames_of_file(path: Path, length: int, generator: torch.Generator) -> Tensor:
    """Frames ``uint8`` ``(length, 3, height, width)`` of a video file."""
    with extra("data", "reading videos"):
        import av

    check_sample(path, "add it or leave the video out")
    try:
        with av.open(str(path), container_options=_CONTAINERS) as container:
            if not container.streams.video:
                raise ValueError(f"{path} has no pictures in it; leave the video out")
            stream = container.streams.video[0]
            if stream.width * stream.height > MAX_PIXELS:
                raise ValueError(f"{path} says that its frames have {stream.width} x {stream.height} pixels")
            # An AVI file says how many frames it has; others are counted.
            total = stream.frames or _count(container.decode(video=0))
        start = _start(path, total, length, generator)
        with av.open(str(path), container_options=_CONTAINERS) as container:
            wanted = islice(container.decode(video=0), start, start + length)
            frames = [torch.from_numpy(frame.to_ndarray(format="rgb24")).movedim(-1, 0) for frame in wanted]
    except av.FFmpegError as error:
        raise _undecodable(path, error) from error
    except ValueError:
        raise
    except Exception as error:  # a hostile file may fail anywhere in the reader
        raise _undecodable(path, error) from error
    if len(frames) < length:
        raise ValueError(f"{path} ends before the {total} frames that it announces; copy or unpack it again")
    return torch.stack(frames)


def _undecodable(path: Path, error: Exception) -> ValueError:
    return ValueError(f"{path} cannot be decoded ({one_line(error)}); copy or unpack it again")


def _count(items: Iterable[object]) -> int:
    return sum(1 for _ in items)


def _start(path: Path, available: int, length: int, generator: torch.Generator) -> int:
    if available < length:
        raise ValueError(f"{path} has {available} frames, the network reads {length}; leave the video out")
    return int(torch.randint(available - length + 1, (), generator=generator))


def _fit(clip: Tensor, height: int, width: int) -> Tensor:
    """The largest middle part of the frames that has the proportions asked for, resized to them."""
    scale = max(height / clip.shape[-2], width / clip.shape[-1])
    rows, columns = round(height / scale), round(width / scale)
    top, first = (clip.shape[-2] - rows) // 2, (clip.shape[-1] - columns) // 2
    part = clip[..., top : top + rows, first : first + columns].float()
    return F.interpolate(part, (height, width), mode="bilinear", align_corners=False, antialias=True)
