"""Pictures of every depth: white stays white, and what cannot be read as a picture is told."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ranp.data.images import read_colour, read_map
from tests.real_formats import write_pfm


@pytest.mark.parametrize("suffix", ["png", "pgm"])
def test_sixteen_bits_are_scaled_to_eight(suffix: str, tmp_path: Path) -> None:
    values = np.linspace(0, 65535, 40 * 48).reshape(40, 48)
    Image.fromarray(values.astype(np.uint16)).save(tmp_path / f"ramp.{suffix}")
    picture = read_colour(tmp_path / f"ramp.{suffix}")
    assert picture.dtype == torch.uint8
    assert torch.equal(picture, torch.from_numpy(np.rint(values.astype(np.uint16) / 257)).byte().expand(3, -1, -1))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_other_depths_keep_black_and_white(mode: str, tmp_path: Path) -> None:
    Image.fromarray(np.uint8([[0, 255], [255, 0]])).convert(mode).save(tmp_path / "picture.png")
    assert read_colour(tmp_path / "picture.png")[1].tolist() == [[0, 255], [255, 0]]


def test_numbers_without_a_white_are_no_picture(tmp_path: Path) -> None:
    write_pfm(tmp_path / "0001.pfm", np.ones((2, 3), np.float32))
    with pytest.raises(ValueError, match=r"0001\.pfm holds floating-point numbers.*; save it with 8 bits$"):
        read_colour(tmp_path / "0001.pfm")


def test_a_map_has_as_many_numbers_as_its_header_says(tmp_path: Path) -> None:
    path, values = tmp_path / "map.pfm", np.arange(6, dtype=np.float32).reshape(2, 3)
    write_pfm(path, values)
    whole = path.read_bytes()
    assert torch.equal(read_map(path), torch.from_numpy(values))
    path.write_bytes(whole + bytes(4))
    with pytest.raises(ValueError, match=r"map\.pfm has 4 bytes more than the 24 that its header says; copy it again$"):
        read_map(path)
    path.write_bytes(whole[:-4])
    with pytest.raises(ValueError, match=r"map\.pfm is not a whole picture"):
        read_map(path)
