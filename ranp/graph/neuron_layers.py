"""The layers whose output channels are neurons, and which of their weights produce which neuron."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvTransposeNd

from ranp.graph.made import Made, made_tensors
from ranp.graph.recording.compiled import named_as_written

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
    @property
    def others(self) -> tuple[tuple[str, int], ...]:
        """More parameters that produce the neurons, each with the dim that the neurons lie along."""


@dataclass(frozen=True)
class ModuleLayer:
    """A convolution, transposed convolution or linear layer as its module declares it."""

    name: str
    weight: str
    bias: str | None
    out_dim: int
    groups: int
    others: tuple[tuple[str, int], ...] = ()


def find_layers(model: nn.Module) -> list[ModuleLayer]:
    """The model's convolutions, transposed convolutions and linear layers, in the order of their registration.

    A weight that several modules share belongs to the first of them. Of a weight that is made of other parameters
    (masked, normalised; see `ranp.graph.made`) the parameter of its shape is named, as a channel graph does.

    >>> find_layers(nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.ConvTranspose3d(4, 2, 2, bias=False)))
    [ModuleLayer(name='0', weight='0.weight', bias='0.bias', out_dim=0, groups=1, others=()),
     ModuleLayer(name='2', weight='2.weight', bias=None, out_dim=1, groups=1, others=())]
    """
    parameters = named_as_written(dict(model.named_parameters(remove_duplicate=False)))
    made = made_tensors(model)
    layers, seen = [], set()
    for path, module in named_as_written(dict(model.named_modules())).items():
        if not isinstance(module, NEURON_MODULES):
            continue
        weight, bias = (_parameter_of(f"{path}.{name}" if path else name, made) for name in ("weight", "bias"))
        if weight not in parameters or id(parameters[weight]) in seen:
            continue
        seen.add(id(parameters[weight]))
        out_dim, groups = _declared_out_dim(module), getattr(module, "groups", 1)
        layers.append(ModuleLayer(path, weight, bias if bias in parameters else None, out_dim, groups))
    return layers


def as_computed(model: nn.Module, layers: Sequence[NeuronLayer]) -> tuple[list[NeuronLayer], dict[str, Made]]:
    """The layers with the weights that they compute with in place of the parameters that those are made of, and
    these weights by name. A layer whose weights are parameters stays as it is.

    >>> model = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(2, 3)))
    >>> layers, made = as_computed(model, find_layers(model))
    >>> layers[0].weight, list(made)
    ('0.weight', ['0.weight'])
    """
    maker = {name: made for made in made_tensors(model).values() for name in made.parameters}
    chosen: dict[str, Made] = {}
    found = []
    for layer in layers:
        names = (layer.weight, layer.bias, *(name for name, _ in layer.others))
        used = {name: maker[name] for name in names if name in maker}
        out_dim = _out_dim(layer, used[layer.weight]) if layer.weight in used else layer.out_dim
        if used and out_dim is not None:
            chosen |= {made.full_name: made for made in used.values()}
            layer = _with_made(layer, used, out_dim)
        found.append(layer)
    return found, chosen


def _with_made(layer: NeuronLayer, used: Mapping[str, Made], out_dim: int) -> ModuleLayer:
    def renamed(name: str) -> str:
        return used[name].full_name if name in used else name

    weight, bias = renamed(layer.weight), None if layer.bias is None else renamed(layer.bias)
    others = {renamed(name): dim for name, dim in layer.others if renamed(name) not in (weight, bias)}
    return ModuleLayer(layer.name, weight, bias, out_dim, layer.groups, tuple(others.items()))


def _out_dim(layer: NeuronLayer, made: Made) -> int | None:
    """The dim of neurons of a weight that is made of the layer's; None where nothing says which one it is."""
    if made.value().shape == made.parameter(layer.weight).shape:
        return layer.out_dim
    return _declared_out_dim(made.module) if isinstance(made.module, NEURON_MODULES) else None


def _parameter_of(name: str, made: Mapping[str, Made]) -> str:
    return made[name].parameters[0] if name in made else name


def _declared_out_dim(module: nn.Module) -> int:
    return 1 if isinstance(module, _ConvTransposeNd) else 0


def layer_weights(model: nn.Module, layers: Sequence[NeuronLayer]) -> tuple[list[NeuronLayer], dict[str, Tensor]]:
    """The layers with the weights that they compute with, as by `as_computed`, and the values of these by name."""
    layers, made = as_computed(model, layers)
    values = layer_tensors(model, layers, {name: one.value() for name, one in made.items()})
    return layers, {name: value.detach() for name, value in values.items()}


def layer_tensors(
    model: nn.Module, layers: Sequence[NeuronLayer], made: Mapping[str, Tensor] | None = None
) -> dict[str, Tensor]:
    """The weights and biases of the layers, by qualified name: parameters, or tensors of ``made``.

    Raises `ValueError` where there is none of that name.
    """
    tensors = {**named_as_written(dict(model.named_parameters(remove_duplicate=False))), **(made or {})}
    chosen = {}
    for layer in layers:
        for name in (layer.weight, layer.bias, *(name for name, _ in layer.others)):
            if name is None:
                continue
            if name not in tensors:
                raise ValueError(f"layer {layer.name!r} names the parameter {name!r}, which the model does not have")
            chosen[name] = tensors[name]
    return chosen


def values_by_neuron(layer: NeuronLayer, values: Mapping[str, Tensor]) -> Tensor:
    """`weights_by_neuron` of ``values``, parameter -> tensor of its shape; the layer's other parameters come last.

    >>> layer = ModuleLayer("a", "a.weight_v", None, 0, 1, others=(("a.weight_g", 0),))
    >>> values_by_neuron(layer, {"a.weight_v": torch.tensor([[1, 2], [3, 4]]), "a.weight_g": torch.tensor([[5], [6]])})
    tensor([[1, 2, 5],
            [3, 4, 6]])
    """
    rows = weights_by_neuron(layer, values[layer.weight], None if layer.bias is None else values[layer.bias])
    others = [
        values[name].movedim(dim, 0).flatten(1) if values[name].ndim > 1 else values[name][:, None]
        for name, dim in layer.others
    ]
    return torch.cat([rows, *others], dim=1) if others else rows


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
