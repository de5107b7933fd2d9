"""What comes out of each layer, followed through what stands right behind it: its norms and its activation function.

A neuron's activation is its channel of what its layer puts out, once the norm layer and the activation function have
had their say that follow with nothing in between but copies and dropout (which scoring leaves out). Where an addition,
a join or a pooling comes first, the activation is what goes into that. A layer is known by its weight, so one that is
called twice has two activations, and so has a weight that is masked or standardised on its way: whatever has the shape
of a layer's weight and is made of it counts as that weight.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

from ranp.importance.signals import Subject

SPACE: Mapping[Callable[..., Any], int] = {
    F.conv1d: 1,
    F.conv2d: 2,
    F.conv3d: 3,
    F.conv_transpose1d: 1,
    F.conv_transpose2d: 2,
    F.conv_transpose3d: 3,
    F.linear: 0,
}
"""What a layer calls, and how many dimensions of space follow that of its neurons."""

_OF_CHANNELS: set[Callable[..., Any]] = {F.batch_norm, F.instance_norm, F.group_norm}
_OF_LAST: set[Callable[..., Any]] = {F.layer_norm, F.rms_norm}
"""Norms by where their scale lies: along the channels, dimension 1, or along the last dimension."""

_ACTIVATIONS: set[Callable[..., Any]] = {
    F.relu, F.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_, F.relu6, F.leaky_relu, F.leaky_relu_, F.prelu,
    F.elu, F.elu_, F.selu, F.selu_, F.celu, F.celu_, F.gelu, F.silu, F.mish, F.softplus, F.hardswish, F.hardsigmoid,
    F.hardtanh, F.hardtanh_, F.sigmoid, torch.sigmoid, Tensor.sigmoid, F.tanh, torch.tanh, Tensor.tanh,
}  # fmt: skip

_COPIES: set[Callable[..., Any]] = {torch.clone, Tensor.clone, Tensor.contiguous, Tensor.float, Tensor.to}


@dataclass(frozen=True)
class Place:
    """Whose output a tensor is: of the layer in the so-many-th call of any, its neurons along ``dim``.

    ``acted`` says that an activation function is behind it.
    """

    layer: str
    call: int
    dim: int
    acted: bool = False


class Following(TorchFunctionMode, ABC):
    """Watches a forward pass of the layers of ``subject``.

    `output` is told every tensor that may be a layer's activation: what the layer puts out, then what its norm makes of
    that, then what the activation function does. The last one of a `Place.call` is the activation. What it returns goes
    on in the network. `scale` is told the scales of norms, one a neuron.
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._weights, self._places = WeakTensorKeyDictionary(), WeakTensorKeyDictionary()
        self._calls = 0
        for layer in subject.layers:
            self._weights[subject.parameters[layer.weight]] = layer.name

    @abstractmethod
    def output(self, place: Place, output: Tensor) -> Tensor:
        """What goes on in the place of ``output``."""

    def scale(self, place: Place, scale: Tensor) -> None:
        """A norm scales this layer's neurons by ``scale``, ``(neurons,)``."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        given = args[0] if args else kwargs.get("input")
        place = self._places.get(given) if isinstance(given, Tensor) else None
        found = func(*args, **kwargs)
        if not isinstance(found, Tensor):
            return found
        if func in SPACE:
            return self._called(found, args[1] if len(args) > 1 else kwargs.get("weight"), SPACE[func])
        if place is not None:
            return self._behind(func, place, found, kwargs.get("weight"))
        self._made((*args, *kwargs.values()), found)
        return found

    def _called(self, found: Tensor, weight: Any, space: int) -> Tensor:
        layer = self._weights.get(weight) if isinstance(weight, Tensor) else None
        if layer is None:
            return found
        self._calls += 1
        return self._at(Place(layer, self._calls, found.ndim - 1 - space), found)

    def _behind(self, func: Callable[..., Any], place: Place, found: Tensor, scale: Any) -> Tensor:
        """What comes right behind a layer's output."""
        if func in _OF_CHANNELS | _OF_LAST:
            along = 1 if func in _OF_CHANNELS else found.ndim - 1
            if isinstance(scale, Tensor) and scale.ndim == 1 and along == place.dim:
                self.scale(place, scale)
            return found if place.acted else self._at(place, found)
        if func in _ACTIVATIONS and not place.acted:
            return self._at(replace(place, acted=True), found)
        if func in _COPIES:
            self._places[found] = place
        return found

    def _at(self, place: Place, found: Tensor) -> Tensor:
        going_on = self.output(place, found)
        self._places[going_on] = place
        return going_on

    def _made(self, given: tuple[Any, ...], found: Tensor) -> None:
        """A weight that was masked, or changed in another way that keeps its shape, is still that weight."""
        for one in given:
            layer = self._weights.get(one) if isinstance(one, Tensor) else None
            if layer is not None and found.shape == one.shape:
                self._weights[found] = layer
