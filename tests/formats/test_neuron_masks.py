"""Masks by neuron come back as they were exported, and nothing that a stranger writes is believed."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ranp.formats import FORMATS, read_masks
from ranp.formats.neuron_masks import read_numpy_archive
from ranp.graph import ChannelGraph, trace
from ranp.plan import plan_from_masks


@pytest.fixture(scope="module")
def network() -> nn.Module:
    return nn.Sequential(nn.Conv3d(1, 6, 3), nn.ReLU(), nn.Conv3d(6, 4, 1), nn.ReLU(), nn.Conv3d(4, 2, 1))


@pytest.fixture(scope="module")
def graph(network: nn.Module) -> ChannelGraph:
    return trace(network, (torch.empty(1, 1, 5, 5, 5),))


@pytest.mark.parametrize("name", ["masks", "numpy"])
def test_what_is_exported_is_read_again(name: str, network: nn.Module, graph: ChannelGraph, tmp_path: Path) -> None:
    masks = {"0": torch.tensor([True, False, True, True, False, False]), "2": torch.tensor([False, True, True, False])}
    plan = plan_from_masks(graph, masks)
    path = tmp_path / f"masks{FORMATS[name].suffix}"
    path.write_bytes(FORMATS[name].encode(plan, None))
    found = read_masks(path, network, graph)
    assert found.keys() == plan.kept.keys()
    assert all(torch.equal(found[layer], plan.kept[layer]) for layer in found)


def archive(**arrays: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in arrays.items():
            zipped.writestr(f"{name.removeprefix('layer')}.npy", content)
    return file.getvalue()


def array(values: np.ndarray, allow_pickle: bool = False) -> bytes:
    file = io.BytesIO()
    np.save(file, values, allow_pickle=allow_pickle)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archive(elsewhere=array(np.ones(6, bool))), "no layer of the network"),
        (archive(layer0=array(np.ones(5, bool))), "must be 6 bools"),
        (archive(layer0=array(np.ones(6))), "must be 6 bools"),
        (archive(layer0=array(np.array([print] * 6), allow_pickle=True)), "must be 6 bools"),
        (archive(layer0=array(np.ones(6, bool)).replace(b"(6,)", b"(9999999999999,)")), "numpy array|must be 6"),
        (archive(layer0=array(np.ones(50_000_000, bool))), "must be 6 bools"),
        (archive(layer0=b"nothing"), "is no numpy array"),
        (archive(layer0=array(np.ones(6, bool)))[:80], "numpy archive is not a whole"),
    ],
    ids=["unknown", "short", "floats", "pickled", "huge claim", "huge", "no array", "cut"],
)
def test_what_is_no_mask_is_told(content: bytes, message: str, graph: ChannelGraph) -> None:
    with pytest.raises(ValueError, match=message):
        read_numpy_archive(content, graph)
