"""Masks that another tool made, read from its file without trust: nothing in the file is run.

Three forms are read, from a ``.safetensors`` file or from one that ``torch.save`` wrote:

``{"encoder.conv.weight_mask": tensor, ...}``           a state dict after ``torch.nn.utils.prune``
``{"encoder.conv": {"weight": tensor, ...}, ...}``      masks of NNI's pruners (``torch.save`` only)
``{"encoder.conv": vector of bools, ...}``              our own masks by neuron (numpy's ``.npz``, too)

Those of the first two have the shape of their parameter and hold 0 (pruned) and 1 (kept). A neuron goes if all weights
that produce it are masked, and its bias too where the file has a mask for that: with a bias left it would still say
something. Masks of other parameters, such as those of norms, follow the neurons and decide nothing.
"""

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ranp.graph import ChannelGraph
from ranp.layers import weights_by_neuron
from ranp.neuron_masks import checked_masks, holds_neuron_masks, is_numpy_archive, read_numpy_archive
from ranp.storage import read_tensors
from ranp.types import Masks

MAX_BYTES = 4 * 2**30
MAX_ARCHIVE_BYTES = 64 * 2**20
_SUFFIX = "_mask"
_KINDS = (
    *(torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
)
"""The kinds of number that masks come in; others cannot all be compared."""


def read_masks(path: Path, model: nn.Module, graph: ChannelGraph) -> Masks:
    """Which neurons the masks in a file keep: layer -> bool ``(neurons,)``, for the layers whose weight is masked.

    ``model`` is the full network, on any device (``meta`` will do), and ``graph`` its channel graph. Raises
    ``FileNotFoundError`` where there is no file, and ``ValueError`` with one sentence for one that is damaged, that
    would run code, that holds no masks, or whose masks are of another network.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}; give the file of masks that the other tool saved")
    if path.stat().st_size <= MAX_ARCHIVE_BYTES and is_numpy_archive(path.read_bytes()):
        return read_numpy_archive(path.read_bytes(), graph)
    content = _content(path)
    if isinstance(content, Mapping) and holds_neuron_masks(content):
        return checked_masks(content, graph)
    parameters = dict(model.named_parameters(remove_duplicate=False))
    masks: dict[int, Tensor] = {}
    for name, mask in _named_masks(content, path).items():
        if name not in parameters:
            raise ValueError(
                f"{path} masks '{name}', which the network does not have; name the network it was made for"
            )
        mask = _checked(mask, name, parameters[name].shape, path)
        shared = masks.get(id(parameters[name]))
        masks[id(parameters[name])] = mask if shared is None else mask | shared
    kept = {}
    for layer in graph.layers.values():
        weight = masks.get(id(parameters[layer.weight]))
        bias = None if layer.bias is None else masks.get(id(parameters[layer.bias]))
        if weight is not None:
            kept[layer.name] = weights_by_neuron(layer, weight, bias).any(dim=1)
    if not kept:
        raise ValueError(f"{path} masks no weight of a layer of this network, so there is nothing to prune by it")
    return kept


def _named_masks(content: Any, path: Path) -> dict[str, Any]:
    """Parameter -> mask, of either form."""
    if isinstance(content, Mapping) and all(isinstance(name, str) for name in content):
        if content and all(isinstance(value, Mapping) for value in content.values()):
            return {
                f"{module}.{name}" if module else str(name): mask
                for module, masks in content.items()
                for name, mask in masks.items()
                if mask is not None  # NNI has None for a parameter that a module lacks.
            }
        found = {name.removesuffix(_SUFFIX): mask for name, mask in content.items() if name.endswith(_SUFFIX)}
        if found:
            return found
    raise ValueError(
        f"{path} holds no masks; expected a state dict with weight_mask entries, or NNI's masks per module"
    )


def _checked(mask: Any, name: str, shape: torch.Size, path: Path) -> Tensor:
    """The mask as bools. Its shape is looked at first: a few bytes can claim to be a tensor of any size."""
    if type(mask) not in (Tensor, nn.Parameter) or mask.layout != torch.strided or mask.device.type != "cpu":
        raise ValueError(f"the mask of '{name}' in {path} must be a plain tensor, not {type(mask).__name__}")
    if mask.shape != shape:
        raise ValueError(
            f"the mask of '{name}' in {path} has the shape {list(mask.shape)}, the parameter {list(shape)}; "
            "name the network, at the width, that it was made for"
        )
    if mask.dtype not in _KINDS:
        raise ValueError(f"the mask of '{name}' in {path} is of {mask.dtype}; save it as bools or float32")
    kept = mask.detach() == 1
    if not bool((kept | (mask.detach() == 0)).all()):
        raise ValueError(f"the mask of '{name}' in {path} holds other numbers than 0 and 1, so it is no mask")
    return kept


def _content(path: Path) -> Any:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"{path} has {size:,} bytes; files of masks are read up to {MAX_BYTES:,}")
    with path.open("rb") as file:
        start = file.read(9)
    if start[8:] != b"{":  # Where a safetensors file, whose first eight bytes may be anything, has its header.
        if start[:2] == b"PK":
            return _saved_by_torch(path, size)
        if start[:1] == b"\x80":
            raise ValueError(
                f"{path} is a plain pickle, which could run code and is not read; save it with torch.save of today's "
                "PyTorch, or as safetensors"
            )
    return read_tensors(path, MAX_BYTES)[0]


def _saved_by_torch(path: Path, size: int) -> Any:
    """What ``torch.save`` wrote, by the reader that knows tensors and plain containers and calls nothing else."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
        # torch.save compresses nothing, so a file that unpacks to more than itself is none of its.
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("it is compressed")
        if sum(entry.file_size for entry in entries) > size:
            raise ValueError("its parts overlap")
        with torch.serialization.safe_globals(_PLAIN):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(f"{path} is damaged, or holds more than tensors and may run code; it is not read") from error
    except Exception as error:  # A hostile file may fail anywhere in the reader.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(f"{path} is not a whole file of tensors that torch.save wrote ({reason})") from error


def _plain_dict(_: type) -> dict[str, Any]:
    """What a ``collections.defaultdict`` is read as."""
    return {}


# NNI's masks are a defaultdict of dicts, which the reader of tensors has no place for.
_PLAIN: list[Any] = [(_plain_dict, "collections.defaultdict"), (dict, "builtins.dict")]
