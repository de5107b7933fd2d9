"""Pictures from files: colour frames and PFM maps, by Pillow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ranp.data.task import one_line

FORMATS = ("PNG", "WEBP", "JPEG", "PPM")
"""Those of the data sets, whatever a file is called: for others Pillow may start programs. PFM is one of PPM's."""

MAX_PIXELS = 2**26


def read_colour(path: Path) -> Tensor:
    """A picture as ``uint8`` ``(3, height, width)``; ``ValueError`` names a file that is missing or damaged."""
    return torch.from_numpy(_pixels(path, "RGB")).movedim(-1, 0)


def read_map(path: Path) -> Tensor:
    """A PFM map of one number a pixel as ``float32`` ``(height, width)``, the top row first."""
    values = _pixels(path, None)
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


def _pixels(path: Path, mode: str | None) -> np.ndarray:
    from PIL import Image

    if not path.is_file():
        raise ValueError(f"{path} is missing; add it or leave the sample out")
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError(f"it has {image.width} x {image.height} pixels")
            return np.array(image.convert(mode) if mode else image)
    except Exception as error:  # a hostile file may fail anywhere in the reader; a broken PNG is a SyntaxError
        raise ValueError(f"{path} is not a whole picture ({one_line(error)}); copy or unpack it again") from error
