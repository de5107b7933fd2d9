"""Cut a module down to the kept units, in place: parameters, buffers and the attributes that state their sizes."""

from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from ranp.graph.channel_graph import ChannelGraph
from ranp.graph.recording.compiled import named_as_written
from ranp.graph.stated import set_size

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


def narrow(model: nn.Module, graph: ChannelGraph, unit_kept: NDArray[np.bool_]) -> None:
    """Slice ``model`` (a copy that nobody else holds) to the kept units; shared tensors stay shared.

    ``model`` may be a part of the network that ``graph`` is of, its parameters under their names in the network.
    """
    replaced: dict[int, Tensor] = {}
    tensors = named_as_written(
        dict((*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)))
    )
    for name, dims in graph.parameter_units.items():
        kept = {dim: np.flatnonzero(unit_kept[units]) for dim, units in dims.items()}
        if name in tensors and any(len(index) < len(dims[dim]) for dim, index in kept.items()):
            replaced[id(tensors[name])] = _sliced(tensors[name], kept)
    for module in model.modules():
        for table in (module._parameters, module._buffers):
            for name, tensor in table.items():
                if id(tensor) in replaced:
                    table[name] = replaced[id(tensor)]  # type: ignore[assignment]
    modules = named_as_written(dict(model.named_modules(remove_duplicate=False)))
    for name, dims in graph.held_units.items():
        path, _, own = name.rpartition(".")
        held = vars(modules[path]).get(own) if path in modules else None
        if isinstance(held, Tensor) and all(held.shape[dim] == len(units) for dim, units in dims.items()):
            modules[path].__dict__[own] = _sliced(
                held, {dim: np.flatnonzero(unit_kept[units]) for dim, units in dims.items()}
            )
    for path, attributes in graph.attribute_units.items():
        if path in modules:
            for name, units in attributes.items():
                set_size(modules[path], name, len(units), int(unit_kept[units].sum()))
    for module in model.modules():
        _update_sizes(module)


def sliced(tensor: Tensor, graph: ChannelGraph, name: str, unit_kept: NDArray[np.bool_]) -> Tensor:
    """``tensor``, which has the shape of the parameter or buffer of that name, cut down as `narrow` cuts that."""
    dims = graph.parameter_units.get(name, {})
    return _sliced(tensor, {dim: np.flatnonzero(unit_kept[units]) for dim, units in dims.items()})


def _sliced(tensor: Tensor, kept: dict[int, NDArray[np.int64]]) -> Tensor:
    if tensor.is_meta:
        shape = [len(kept[dim]) if dim in kept else size for dim, size in enumerate(tensor.shape)]
        sliced: Tensor = tensor.detach().new_empty(shape)
    else:
        sliced = tensor.detach()
        for dim, index in kept.items():
            sliced = sliced.index_select(dim, torch.from_numpy(index).to(tensor.device))
        if prod(tensor.shape) == prod(sliced.shape):
            sliced = sliced.clone()
    return nn.Parameter(sliced, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else sliced


def _update_sizes(module: nn.Module) -> None:
    """Make a standard module say the sizes that its weight has."""
    if is_parametrized(module, "weight"):
        return  # asking for the weight would compute it, with whatever else that does (a power iteration)
    weight = getattr(module, "weight", None)
    if not isinstance(weight, Tensor):
        return
    if isinstance(module, _CONVOLUTIONS):
        module.out_channels, module.in_channels = weight.shape[0], weight.shape[1] * module.groups
    elif isinstance(module, _TRANSPOSED):
        module.in_channels, module.out_channels = weight.shape[0], weight.shape[1] * module.groups
    elif isinstance(module, nn.Linear):
        module.out_features, module.in_features = weight.shape
    elif isinstance(module, nn.PReLU):
        module.num_parameters = weight.numel()
