"""Masks that another tool made, read from its file without trust: nothing in the file is run.

Three forms are read, from a ``.safetensors`` file or from one that ``torch.save`` wrote:

``{"encoder.conv.weight_mask": tensor, ...}``           a state dict after ``torch.nn.utils.prune``
``{"encoder.conv": {"weight": tensor, ...}, ...}``      masks of NNI's pruners (``torch.save`` only)
``{"encoder.conv": vector of bools, ...}``              our own masks by neuron (numpy's ``.npz``, too)

Those of the first two have the shape of their parameter and hold 0 (pruned) and 1 (kept). A neuron goes if all weights
that produce it are masked, and its bias too where the file has a mask for that: with a bias left it would still say
something. Masks of other parameters, such as those of norms, follow the neurons and decide nothing.
"""

import io
import pickle
import zipfile
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ranp.files import check_regular, decode_tensors, read_regular
from ranp.formats.neuron_masks import checked_masks, holds_neuron_masks, is_numpy_archive, read_numpy_archive
from ranp.graph import ChannelGraph, Made, as_computed, made_tensors, named_as_written, weights_by_neuron
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
    """The masks in the file at ``path``, as `decode_masks` finds them in its bytes.

    Raises ``FileNotFoundError`` where there is nothing, and ``ValueError`` for what is no file or too large a one.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}; give the file of masks that the other tool saved")
    check_regular(path)
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"{path} has {size:,} bytes; files of masks are read up to {MAX_BYTES:,}")
    return decode_masks(read_regular(path, MAX_BYTES), model, graph, str(path))


def decode_masks(content: bytes, model: nn.Module, graph: ChannelGraph, source: str = "the file") -> Masks:
    """Which neurons the masks in a file's bytes keep: layer -> bool ``(neurons,)``, for layers whose weight is masked.

    ``model`` is the full network, on any device (``meta`` will do), ``graph`` its channel graph, and ``source`` names
    the file in messages. Raises ``ValueError`` with one sentence for a file that is damaged, that would run code, that
    holds no masks, or whose masks are of another network.
    """
    if len(content) <= MAX_ARCHIVE_BYTES and is_numpy_archive(content):
        return read_numpy_archive(content, graph)
    found = _decoded(content, source)
    if isinstance(found, Mapping) and holds_neuron_masks(found):
        return checked_masks(named_as_written(found), graph)
    places = _places(model)
    masks: dict[Hashable, Tensor] = {}
    for name, mask in named_as_written(_named_masks(found, source)).items():
        if name not in places:
            raise ValueError(
                f"{source} masks '{name}', which the network does not have; name the network it was made for"
            )
        identity, shape = places[name]
        mask = _checked(mask, name, shape, source)
        masks[identity] = mask | masks[identity] if identity in masks else mask
    kept = {}
    layers, made = as_computed(model, list(graph.layers.values()))
    for layer in layers:
        weight, bias = (_mask_of(name, masks, places, made) for name in (layer.weight, layer.bias))
        if weight is not None:
            kept[layer.name] = weights_by_neuron(layer, weight, bias).any(dim=1)
    if not kept:
        raise ValueError(f"{source} masks no weight of a layer of this network, so there is nothing to prune by it")
    return kept


def _places(model: nn.Module) -> dict[str, tuple[Hashable, torch.Size]]:
    """What can be masked, parameters and weights made of them: which tensor each name means, and its shape."""
    parameters = named_as_written(dict(model.named_parameters(remove_duplicate=False)))
    found: dict[str, tuple[Hashable, torch.Size]] = {
        name: (id(parameter), parameter.shape) for name, parameter in parameters.items()
    }
    for name, made in made_tensors(model).items():
        found[name] = (id(made.module), made.name), made.value().shape
    return found


def _mask_of(
    name: str | None,
    masks: Mapping[Hashable, Tensor],
    places: Mapping[str, tuple[Hashable, torch.Size]],
    made: Mapping[str, Made],
) -> Tensor | None:
    """The mask of a weight: its own, and those of the parameters whose zeros make it zero; ``None``: there is none."""
    if name is None:
        return None
    shape = places[name][1]
    identities = [places[each][0] for each in (name, *(made[name].factors if name in made else ()))]
    found = [masks[identity] for identity in identities if identity in masks]
    along = [mask for mask in found if all(size in (1, whole) for size, whole in zip(mask.shape, shape, strict=False))]
    return torch.stack([mask.expand(shape) for mask in along]).all(dim=0) if along else None


def _named_masks(content: Any, source: str) -> dict[str, Any]:
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
        f"{source} holds no masks; expected a state dict with weight_mask entries, or NNI's masks per module"
    )


def _checked(mask: Any, name: str, shape: torch.Size, source: str) -> Tensor:
    """The mask as bools. Its shape is looked at first: a few bytes can claim to be a tensor of any size."""
    if type(mask) not in (Tensor, nn.Parameter) or mask.layout != torch.strided or mask.device.type != "cpu":
        raise ValueError(f"the mask of '{name}' in {source} must be a plain tensor, not {type(mask).__name__}")
    if mask.shape != shape:
        raise ValueError(
            f"the mask of '{name}' in {source} has the shape {list(mask.shape)}, the parameter {list(shape)}; "
            "name the network, at the width, that it was made for"
        )
    if mask.dtype not in _KINDS:
        raise ValueError(f"the mask of '{name}' in {source} is of {mask.dtype}; save it as bools or float32")
    kept: Tensor = mask.detach() == 1
    if not bool((kept | (mask.detach() == 0)).all()):
        raise ValueError(f"the mask of '{name}' in {source} holds other numbers than 0 and 1, so it is no mask")
    return kept


def _decoded(content: bytes, source: str) -> Any:
    if content[8:9] != b"{":  # Where a safetensors file, whose first eight bytes may be anything, has its header.
        if content[:2] == b"PK":
            return _saved_by_torch(content, source)
        if content[:1] == b"\x80":
            raise ValueError(
                f"{source} is a plain pickle, which could run code and is not read; save it with torch.save of today's "
                "PyTorch, or as safetensors"
            )
    return decode_tensors(content, source)[0]


def _saved_by_torch(content: bytes, source: str) -> Any:
    """What ``torch.save`` wrote, by the reader that knows tensors and plain containers and calls nothing else."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
        # torch.save compresses nothing, so a file that unpacks to more than itself is none of its.
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("it is compressed")
        if sum(entry.file_size for entry in entries) > len(content):
            raise ValueError("its parts overlap")
        with torch.serialization.safe_globals(_PLAIN):
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(f"{source} is damaged, or holds more than tensors and may run code; it is not read") from error
    except Exception as error:  # A hostile file may fail anywhere in the reader.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(f"{source} is not a whole file of tensors that torch.save wrote ({reason})") from error


def _plain_dict(_: type) -> dict[str, Any]:
    """What a ``collections.defaultdict`` is read as."""
    return {}


# NNI's masks are a defaultdict of dicts, which the reader of tensors has no place for.
_PLAIN: list[Any] = [(_plain_dict, "collections.defaultdict"), (dict, "builtins.dict")]
