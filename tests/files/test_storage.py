"""Tensor files: whole or absent, in network order, and never trusted."""

import copy
import errno
import hashlib
import json
import pickle
from pathlib import Path

import pytest
import torch
from torch import nn

from ranp.files import decode_tensors, encode_tensors, read_tensors, write_atomically, write_files, write_tensors
from ranp.files.tensors import MAX_HEADER_BYTES
from ranp.fingerprint import fingerprint, weights_sha256

TENSORS = {
    "z.last": torch.rand(5),
    "a": torch.tensor([True, False]),
    "scalar": torch.tensor(3),
    "empty": torch.empty(0),
    "half": torch.ones(2, 3, dtype=torch.bfloat16),
}


def test_round_trip_keeps_order_values_and_metadata(tmp_path: Path) -> None:
    write_tensors(tmp_path / "t.safetensors", TENSORS, {"seed": "7"})
    tensors, metadata = read_tensors(tmp_path / "t.safetensors")
    assert list(tensors) == list(TENSORS)
    assert metadata["seed"] == "7"
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype == tensor.dtype
        assert torch.equal(tensors[name], tensor)


def test_views_of_one_tensor_are_stored_apart() -> None:
    both = torch.arange(6.0)
    tensors, _ = decode_tensors(encode_tensors({"left": both[:3], "right": both[3:], "all": both}))
    assert tensors["right"].tolist() == [3, 4, 5]


def test_other_tools_files_are_read() -> None:
    from safetensors.torch import save

    assert decode_tensors(save({"a": torch.ones(2)}))[0]["a"].tolist() == [1, 1]


def test_every_cut_is_noticed() -> None:
    content = encode_tensors({"a": torch.ones(4), "b": torch.zeros(2)})
    for length in range(len(content)):
        with pytest.raises(ValueError, match="safetensors"):
            decode_tensors(content[:length])


def test_every_changed_byte_of_the_values_is_noticed() -> None:
    content = encode_tensors({"a": torch.ones(4)})
    for position in range(len(content) - 16, len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        with pytest.raises(ValueError, match="altered"):
            decode_tensors(bytes(changed))


def _with_header(header: bytes) -> bytes:
    return len(header).to_bytes(8, "little") + header


def _record(**changed: object) -> bytes:
    record = {"order": [], "sha256": hashlib.sha256().hexdigest(), "about": {}, **changed}
    return _with_header(json.dumps({"__metadata__": {"ranp": json.dumps(record)}}).encode())


def _entry(dtype: str, shape: list[int], end: int) -> bytes:
    return _with_header(json.dumps({"a": {"dtype": dtype, "shape": shape, "data_offsets": [0, end]}}).encode())


HOSTILE = {
    "empty": b"",
    "text": b"not a tensor file at all",
    "huge header": (MAX_HEADER_BYTES + 1).to_bytes(8, "little") + b" " * (MAX_HEADER_BYTES + 1),
    "header past the end": (2**62).to_bytes(8, "little") + b"{}",
    "header not JSON": _with_header(b"{nonsense"),
    "header too deep": _with_header(b"[" * 100_000),
    "header a list": _with_header(b"[]"),
    "metadata a list": _with_header(b'{"__metadata__": ["ranp"]}'),
    "metadata a number": _with_header(b'{"__metadata__": {"seed": 1}}'),
    "record a number": _with_header(b'{"__metadata__": {"ranp": 1}}'),
    "record not JSON": _with_header(b'{"__metadata__": {"ranp": "["}}'),
    "record a list": _with_header(b'{"__metadata__": {"ranp": "[]"}}'),
    "record of others": _record(order=["a"]),
    "record of no names": _record(order=[["a"]]),
    "record without order": _record(order=None),
    "record of numbers": _record(about={"seed": 1}),
    "record of another hash": _record(sha256="0"),
    "unknown dtype": _entry("X9", [0], 0),
    "offsets outside": _entry("F32", [9], 36),
    "overflowing shape": _entry("F32", [2**40, 2**40], 0),
    "pickle": pickle.dumps({"a": [1.0, 2.0]}),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_one_sentence(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^the upload ") as caught:
        decode_tensors(content, "the upload")
    assert "\n" not in str(caught.value)


def test_the_same_tensors_are_the_same_bytes() -> None:
    assert len({encode_tensors(TENSORS, {"seed": "7", "data": "noise"}) for _ in range(10)}) == 1


def test_the_record_alone_is_no_reason_to_refuse() -> None:
    assert decode_tensors(_record(about={"seed": "1"})) == ({}, {"seed": "1"})


def test_size_limit(tmp_path: Path) -> None:
    write_tensors(tmp_path / "t.safetensors", TENSORS)
    with pytest.raises(ValueError, match="more than the 10 that such a file may have"):
        read_tensors(tmp_path / "t.safetensors", max_bytes=10)


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "value"
    write_atomically(path, b"old")

    def full_disk(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["plan.zip", "plan"])
def test_a_full_disk_is_told_with_the_name_that_was_asked_for(tmp_path: Path, monkeypatch, name) -> None:
    def full_disk(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left on device") as raised:
        write_files(tmp_path / name, {"plan.json": b"{}"}, {"plan.json": 10})
    assert (raised.value.errno, raised.value.filename) == (errno.ENOSPC, str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


def test_weights_hash_sees_values_names_shapes_and_types() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(2, 2)
    variants = [layer, nn.Sequential(layer), nn.Linear(2, 2), nn.Linear(1, 4), copy.deepcopy(layer).double()]
    assert len({weights_sha256(variant) for variant in variants}) == len(variants)
    assert weights_sha256(nn.BatchNorm1d(2)) == weights_sha256(nn.BatchNorm1d(2))
    with pytest.raises(ValueError, match="meta device"):
        weights_sha256(nn.Linear(1, 1, device="meta"))


def test_fingerprint_is_canonical() -> None:
    assert fingerprint(a=1, b=[1, 2]) == fingerprint(b=(1, 2), a=1)
    assert fingerprint(a=1) != fingerprint(a="1")
    with pytest.raises(ValueError, match="not JSON compliant"):
        fingerprint(a=float("nan"))
