"""Files of trained weights: read whoever wrote them, and never by unpickling an object."""

import argparse
import copy
import hashlib
import os
import zipfile
from collections import OrderedDict
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from ranp.files import read_saved_weights, write_tensors
from ranp.files.saved_weights import WRAPPERS
from tests.hostile import damaged


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(1, 4, 3), nn.BatchNorm3d(4), nn.Conv3d(4, 2, 1))


STATE = _network().state_dict()


def _same(found: dict[str, torch.Tensor]) -> bool:
    return list(found) == list(STATE) and all(torch.equal(found[name], STATE[name]) for name in STATE)


def test_safetensors_of_ours_and_of_others(tmp_path: Path) -> None:
    write_tensors(tmp_path / "ours", STATE)
    save_file(STATE, tmp_path / "theirs.safetensors")
    assert _same(read_saved_weights(tmp_path / "ours")[0])
    found, sha256 = read_saved_weights(tmp_path / "theirs.safetensors")
    assert sorted(found) == sorted(STATE)
    assert sha256 != read_saved_weights(tmp_path / "ours")[1]


@pytest.mark.parametrize("settings", [{}, {"_use_new_zipfile_serialization": False}], ids=["zip", "before 1.6"])
def test_what_torch_saves(tmp_path: Path, settings: dict[str, Any]) -> None:
    torch.save(STATE, tmp_path / "state.pth", **settings)
    found, sha256 = read_saved_weights(tmp_path / "state.pth")
    assert _same(found)
    assert sha256 == hashlib.sha256((tmp_path / "state.pth").read_bytes()).hexdigest()
    (tmp_path / "state.pth").unlink()
    assert _same(found)  # apart from the file


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_what_training_code_puts_around(tmp_path: Path, wrapper: str) -> None:
    log = {"dice": [np.float64(0.5), np.float32(1), np.bool_(True)], "mirrored": np.arange(3), "epoch": 3}
    optimizer = torch.optim.AdamW(_network().parameters()).state_dict()
    about = {"log": log, "optimizer_state": optimizer, "version": torch.__version__}
    torch.save({**about, wrapper: STATE}, tmp_path / "checkpoint.pt")
    assert _same(read_saved_weights(tmp_path / "checkpoint.pt")[0])
    torch.save({"model": {wrapper: STATE}}, tmp_path / "checkpoint.pt")
    assert _same(read_saved_weights(tmp_path / "checkpoint.pt")[0])


class _Runs:
    """Writes a file when it is unpickled."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.place,)


@pytest.mark.parametrize("settings", [{}, {"_use_new_zipfile_serialization": False}], ids=["zip", "before 1.6"])
@pytest.mark.parametrize(
    ("held", "named"),
    [
        (argparse.Namespace(width=8), "argparse.Namespace"),
        (nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
        (Path("data"), "PosixPath"),
        ("runs", "posix.mkdir"),
    ],
    ids=["arguments", "network", "path", "code"],
)
def test_a_pickled_object_is_refused_by_its_name(
    tmp_path: Path, held: object, named: str, settings: dict[str, Any]
) -> None:
    held = _Runs(str(tmp_path / "ran")) if held == "runs" else held
    torch.save({"state_dict": STATE, "hyper_parameters": held}, tmp_path / "checkpoint.pt", **settings)
    with pytest.raises(ValueError, match=rf"holds a pickled object \(\S*{named}\), which is not unpickled"):
        read_saved_weights(tmp_path / "checkpoint.pt")
    assert not (tmp_path / "ran").exists()


def test_what_is_no_state_dict_is_told_by_its_keys(tmp_path: Path) -> None:
    circle: dict[str, Any] = {"epoch": 3}
    circle["model"] = circle
    for content, told in (
        ({"epoch": 3, "lr": 0.1}, "the keys 'epoch', 'lr'"),
        ([1, 2], "but list"),
        (torch.ones(2), "but Tensor"),
        (circle, "the keys 'epoch', 'model'"),
        ({"model": {}}, "the keys 'model'"),
    ):
        torch.save(content, tmp_path / "none.pt")
        with pytest.raises(ValueError, match=f"no weights by name.*{told}"):
            read_saved_weights(tmp_path / "none.pt")


def test_only_plain_tensors_no_larger_than_the_file(tmp_path: Path) -> None:
    for tensor, told in (
        (torch.eye(3).to_sparse(), "'a' in .* is no plain tensor"),
        (torch.empty(3, device="meta"), "'a' in .* is no plain tensor"),
        (torch.zeros(1).expand(10**12), "larger than the file"),
    ):
        torch.save({"a": tensor}, tmp_path / "odd.pt")
        with pytest.raises(ValueError, match=told):
            read_saved_weights(tmp_path / "odd.pt")


def test_shared_weights_stay_shared(tmp_path: Path) -> None:
    shared = torch.rand(1000)
    torch.save(OrderedDict((f"name{index}", shared) for index in range(8)), tmp_path / "shared.pt")
    found, _ = read_saved_weights(tmp_path / "shared.pt")
    assert len(found) == 8
    assert len({value.data_ptr() for value in found.values()}) == 1


def test_a_compressed_zip_is_not_unpacked(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(100_000)}, tmp_path / "plain.pt")
    packed = zipfile.ZipFile(tmp_path / "packed.pt", "w", zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(tmp_path / "plain.pt") as source, packed:
        for name in source.namelist():
            packed.writestr(name, source.read(name))
    with pytest.raises(ValueError, match="compressed zip"):
        read_saved_weights(tmp_path / "packed.pt")


def test_no_file_folders_and_pipes(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_saved_weights(tmp_path / "none.pt")
    with pytest.raises(ValueError, match="is a folder"):
        read_saved_weights(tmp_path)
    os.mkfifo(tmp_path / "pipe.pt")
    with pytest.raises(ValueError, match="is a FIFO"):
        read_saved_weights(tmp_path / "pipe.pt")
    with pytest.raises(ValueError, match="is a device"):
        read_saved_weights(Path("/dev/zero"))


def test_a_file_that_is_written_meanwhile_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save(STATE, tmp_path / "state.pt")
    load = torch.load

    def slow(path: Path, **settings: Any) -> Any:
        found = load(path, **settings)
        os.utime(path, (1, 1))
        return found

    monkeypatch.setattr(torch, "load", slow)
    with pytest.raises(ValueError, match="was written while it was read"):
        read_saved_weights(tmp_path / "state.pt")


@pytest.mark.parametrize("content", [b"", b"{", b"hello world " * 20, b"PK\3\4", b"\x80\x02}q\x00."], ids=range(5))
def test_no_weights_at_all(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.pt").write_bytes(content)
    with pytest.raises(ValueError, match=r"odd\.pt"):
        read_saved_weights(tmp_path / "odd.pt")


@pytest.mark.parametrize("settings", [{}, {"_use_new_zipfile_serialization": False}], ids=["zip", "before 1.6"])
def test_damaged_files_give_weights_or_one_sentence(tmp_path: Path, settings: dict[str, Any]) -> None:
    """Values may be damaged without a trace: `torch.save` keeps no hash."""
    path = tmp_path / "state.pt"
    torch.save({"state_dict": copy.deepcopy(STATE), "epoch": 1}, path, **settings)
    honest, random = path.read_bytes(), Random(0)
    told = []
    for _ in range(150):
        path.write_bytes(damaged(honest, random))
        try:
            read_saved_weights(path)
        except ValueError as error:
            told.append(str(error))
    assert len(told) > 20
    assert not any("\n" in sentence for sentence in told)
