"""Masks by neuron, as `ranp.formats.export` writes them: layer -> one bool a neuron, from safetensors or a numpy
archive.

A numpy archive is a zip of ``.npy`` files. Each is read by its header first, since a few bytes can claim to be an array
of any size, and never with pickle.
"""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ranp.files import open_zip
from ranp.graph import ChannelGraph, name_as_written
from ranp.types import Masks

_HEADER_ROOM = 4096
"""Bytes that the header of a ``.npy`` file may have; numpy's own are 128."""


def is_numpy_archive(content: bytes) -> bool:
    """Whether it is a zip of ``.npy`` files and nothing else."""
    try:
        with open_zip(content) as archive:
            names = archive.namelist()
    except ValueError:
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)


def read_numpy_archive(content: bytes, graph: ChannelGraph) -> Masks:
    """The masks in the bytes of an ``.npz`` file; ``ValueError`` with one sentence where they are not those of `graph`.

    >>> from torch import nn
    >>> from ranp.graph import trace
    >>> graph = trace(nn.Sequential(nn.Conv3d(1, 2, 1), nn.Conv3d(2, 1, 1)), (torch.empty(1, 1, 2, 2, 2),))
    >>> file = io.BytesIO()
    >>> np.savez(file, **{"0": np.array([True, False])})
    >>> read_numpy_archive(file.getvalue(), graph)
    {'0': tensor([ True, False])}
    """
    found: dict[str, Tensor] = {}
    with open_zip(content, "the numpy archive") as archive:
        for entry in archive.infolist():
            name = name_as_written(entry.filename.removesuffix(".npy"))
            neurons = _neurons(name, graph)
            with archive.open(entry) as file:
                found[name] = _array(file.read(_HEADER_ROOM + neurons), neurons, name)
    return checked_masks(found, graph)


def holds_neuron_masks(tensors: Mapping[str, Any]) -> bool:
    """Whether every entry is a vector of bools: then it is masks by neuron, whatever their layers are called."""
    return bool(tensors) and all(
        isinstance(name, str) and isinstance(value, Tensor) and value.dtype == torch.bool and value.ndim == 1
        for name, value in tensors.items()
    )


def checked_masks(tensors: Mapping[str, Tensor], graph: ChannelGraph) -> Masks:
    """Vectors of bools in the network's order, once every layer is one of `graph` and has one for each neuron."""
    for name, mask in tensors.items():
        if len(mask) != _neurons(name, graph):
            raise ValueError(
                f"the mask of '{name[:80]}' has {len(mask)} entries, the layer {_neurons(name, graph)} neurons; name "
                "the network, at the width, that it was made for"
            )
    return {name: tensors[name] for name in graph.layers if name in tensors}


def _neurons(name: str, graph: ChannelGraph) -> int:
    if name not in graph.layers:
        raise ValueError(
            f"the file masks '{name[:80]}', which is no layer of the network; name the network it was made for"
        )
    return graph.layers[name].neurons


def _array(content: bytes, neurons: int, name: str) -> Tensor:
    """The vector, once its header says that it is one bool a neuron."""
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(stream)
    except Exception as error:  # a hostile header may fail anywhere in the reader
        raise ValueError(f"the mask of '{name[:80]}' is no numpy array; save it again") from error
    values = stream.read()
    if shape != (neurons,) or dtype != np.bool_ or len(values) != neurons:
        raise ValueError(
            f"the mask of '{name[:80]}' must be {neurons} bools, one a neuron, not {list(shape)} of {dtype}; name the "
            "network, at the width, that it was made for"
        )
    return torch.from_numpy(np.frombuffer(values, np.uint8) != 0)
