"""Pictures from files: colour frames and PFM maps, by Pillow."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ranp.data.listing import check_sample
from ranp.data.task import one_line
from ranp.extras import extra
from ranp.files import open_regular

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FORMATS = ("PNG", "WEBP", "JPEG", "PPM")
"""Those of the data sets, whatever a file is called: for others Pillow may start programs. PFM is one of PPM's."""

MAX_PIXELS = 2**26
_WHITE = 2**16 - 1


class _UnreadError(ValueError):
    """A whole picture that is not read; says why, and what to do, without the name of the file."""


def read_colour(path: Path) -> Tensor:
    """A picture as ``uint8`` ``(3, height, width)``; ``ValueError`` names a file that is missing or damaged.

    Grey pictures of 16 bits are scaled to 8, so that white stays white. Those of floating-point numbers are refused:
    nothing says which number is white.
    """
    return torch.from_numpy(_pixels(path, _eight_bits)).movedim(-1, 0)


def read_map(path: Path) -> Tensor:
    """A PFM map of one number a pixel as ``float32`` ``(height, width)``, the top row first."""
    values = _pixels(path, _numbers)
    if values.dtype != np.float32 or values.ndim != 2:
        raise ValueError(f"{path} is no PFM map of one number a pixel; convert it to the format that begins with 'Pf'")
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).sum())
        raise ValueError(f"{path} has {bad} pixels that are nan or infinite; write 0 where nothing is known")
    return torch.from_numpy(values)


def standardise(picture: Tensor) -> Tensor:
    """Brightness 0 to 255 as -1 to 1.

    >>> standardise(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([-1.,  1.])
    """
    return picture.float() / 127.5 - 1


def _eight_bits(image: ImageFile, _: int) -> np.ndarray:
    if image.mode == "F":
        raise _UnreadError("holds floating-point numbers, of which none is known to be white; save it with 8 bits")
    if image.mode != "I" and not image.mode.startswith("I;16"):
        return np.array(image.convert("RGB"))
    values = np.array(image)
    if values.min() < 0 or values.max() > _WHITE:
        raise _UnreadError("has more than 16 bits a pixel; save it with 8 bits")
    return np.repeat(np.rint(values / (_WHITE / 255)).astype(np.uint8)[..., None], 3, axis=-1)


def _numbers(image: ImageFile, size: int) -> np.ndarray:
    """As they are in the file, which must have as many of them as its header says: Pillow reads on past a wrong one."""
    if image.mode == "F" and image.tile:
        there, stated = size - image.tile[0].offset, image.width * image.height * 4
        if there > stated:
            raise _UnreadError(
                f"has {there - stated:,} bytes more than the {stated:,} that its header says; copy it again"
            )
    return np.array(image)


def _pixels(path: Path, read: Callable[[ImageFile, int], np.ndarray]) -> np.ndarray:
    """What ``read`` makes of the picture and of the file's number of bytes."""
    with extra("data", "reading pictures"):
        from PIL import Image

    check_sample(path, "add it or leave the sample out")
    try:
        with open_regular(path) as file, Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError(f"it has {image.width} x {image.height} pixels")
            return read(image, os.fstat(file.fileno()).st_size)
    except _UnreadError as error:
        raise ValueError(f"{path} {error}") from error
    except Exception as error:  # a hostile file may fail anywhere in the reader; a broken PNG is a SyntaxError
        raise ValueError(f"{path} is not a whole picture ({one_line(error)}); copy or unpack it again") from error
