"""The layers whose output channels are neurons, and which of their weights produce which neuron."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvTransposeNd

NEURON_MODULES = (
    nn.Conv1d,
    nn.Conv2d,
    nn.Conv3d,
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
    nn.Linear,
)


class NeuronLayer(Protocol):
    """What scoring needs to know of a layer; the channel graph's layers and `ModuleLayer` both fit."""

    @property
    def name(self) -> str: ...
    @property
    def weight(self) -> str:
        """Qualified name of the weight parameter."""

    @property
    def bias(self) -> str | None:
        """Qualified name of the bias parameter."""

    @property
    def out_dim(self) -> int:
        """The weight's dimension of output channels: 0, or 1 (within each group) for a transposed convolution."""

    @property
    def groups(self) -> int: ...


@dataclass(frozen=True)
class ModuleLayer:
    """A convolution, transposed convolution or linear layer as its module declares it."""

    name: str
    weight: str
    bias: str | None
    out_dim: int
    groups: int


def find_layers(model: nn.Module) -> list[ModuleLayer]:
    """The model's convolutions, transposed convolutions and linear layers, in the order of their registration.

    A weight that several modules share belongs to the first of them. A weight that is computed from other parameters
    (weight norm, spectral norm) is left out: it has no value of its own to score.

    >>> find_layers(nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.ConvTranspose3d(4, 2, 2, bias=False)))
    [ModuleLayer(name='0', weight='0.weight', bias='0.bias', out_dim=0, groups=1),
     ModuleLayer(name='2', weight='2.weight', bias=None, out_dim=1, groups=1)]
    """
    layers, seen = [], set()
    for name, module in model.named_modules():
        weight = module._parameters.get("weight")
        if not isinstance(module, NEURON_MODULES) or weight is None or id(weight) in seen:
            continue
        seen.add(id(weight))
        prefix = f"{name}." if name else ""
        layers.append(
            ModuleLayer(
                name=name,
                weight=f"{prefix}weight",
                bias=f"{prefix}bias" if module._parameters.get("bias") is not None else None,
                out_dim=1 if isinstance(module, _ConvTransposeNd) else 0,
                groups=getattr(module, "groups", 1),
            )
        )
    return layers


def layer_parameters(model: nn.Module, layers: Sequence[NeuronLayer]) -> dict[str, nn.Parameter]:
    """The weights and biases of the layers, by qualified name; `ValueError` where the model has none of that name."""
    parameters = dict(model.named_parameters(remove_duplicate=False))
    chosen = {}
    for layer in layers:
        for name in (layer.weight, layer.bias):
            if name is None:
                continue
            if name not in parameters:
                raise ValueError(f"layer {layer.name!r} names the parameter {name!r}, which the model does not have")
            chosen[name] = parameters[name]
    return chosen


def weights_by_neuron(layer: NeuronLayer, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Rearrange a layer's weights to ``(neurons, weights that produce the neuron)``, the bias last.

    The values may be anything of the parameters' shapes, such as gradients. A transposed convolution with g groups has
    the weight ``(in, out / g, ...)``: its output channel ``u = i * out / g + j`` comes from the j-th slice of the i-th
    group of input channels.

    >>> layer = ModuleLayer("up", "up.weight", None, out_dim=1, groups=1)
    >>> weights_by_neuron(layer, torch.arange(6).reshape(3, 2), None)
    tensor([[0, 2, 4],
            [1, 3, 5]])
    """
    if layer.out_dim == 1:
        incoming, outgoing = weight.shape[:2]
        weight = weight.reshape(layer.groups, incoming // layer.groups, outgoing, -1).transpose(1, 2)
        rows = weight.reshape(layer.groups * outgoing, -1)
    else:
        rows = weight.flatten(1)
    return rows if bias is None else torch.cat([rows, bias[:, None]], dim=1)
