"""What comes out of each layer, followed through what stands right behind it: its norms and its activation function.

A neuron's activation is its channel of what its layer puts out, once the norm layer and the activation function have
had their say that follow with nothing in between but copies and dropout (which scoring leaves out). Where an addition,
a join or a pooling comes first, also one in place, the activation is what goes into that; and where a tensor goes two
ways, as in ``y * sigmoid(y)``, it is that tensor, since all of the neuron is in it and in nothing later. A layer is
known by its weight, so one that is called twice has two activations, and so has a weight that is masked or standardised
on its way: whatever has the shape of a layer's weight and is made of it counts as that weight.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

from ranp.graph import tensors_in
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

    ``step`` counts the norms and activation functions that it went through since, and ``acted`` says that an activation
    function was among them.
    """

    layer: str
    call: int
    dim: int
    step: int = 0
    acted: bool = False


@dataclass
class _Noted:
    """A tensor's place, while the tensor is of the ``version`` that it had: what is changed in place is another one.

    ``used`` says that something was made of it, in the ``entry`` in which it was noted.
    """

    place: Place
    version: int
    entry: int
    used: bool = False


class Following(TorchFunctionMode, ABC):
    """Watches a forward pass of the layers of ``subject``; entered once more, the pass backward, in which checkpoints
    call the network again.

    `output` is told every tensor that may be a layer's activation: what the layer puts out, then what its norm makes of
    that, then what the activation function does. Which of them it is, `is_activation` says at the end. What `output`
    returns goes on in the network. `scale` is told the scales of norms, one a neuron.
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._weights, self._notes = WeakTensorKeyDictionary(), WeakTensorKeyDictionary()
        self._calls = self._entry = 0
        self._steps: dict[int, int] = {}  # by call: of the activation, as far as is known
        self._parted: set[int] = set()  # the calls of which a tensor went two ways
        for layer in subject.layers:
            self._weights[subject.parameters[layer.weight]] = layer.name

    def __enter__(self) -> Self:
        self._entry += 1
        super().__enter__()  # type: ignore[no-untyped-call]  # torch says no types
        return self

    @abstractmethod
    def output(self, place: Place, output: Tensor) -> Tensor:
        """What goes on in the place of ``output``."""

    def scale(self, place: Place, scale: Tensor) -> None:
        """A norm scales this layer's neurons by ``scale``, ``(neurons,)``."""

    def is_activation(self, place: Place) -> bool:
        """Whether what was told of this place is the activation of the layer in this call."""
        return self._steps[place.call] == place.step

    def is_within(self, place: Place) -> bool:
        """Whether it is the activation, or what that was made of."""
        return place.step <= self._steps[place.call]

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        given = args[0] if args else kwargs.get("input")
        known = [(one, noted) for one in tensors_in((args, kwargs)) if (noted := self._noted(one)) is not None]
        place = next((noted.place for one, noted in known if one is given), None)
        found = func(*args, **kwargs)
        if known:
            self._used(known, found)
        if not isinstance(found, Tensor):
            return found
        if func in SPACE:
            return self._called(found, args[1] if len(args) > 1 else kwargs.get("weight"), SPACE[func])
        if place is not None:
            return self._behind(func, place, found, kwargs.get("weight"))
        self._made((*args, *kwargs.values()), found)
        return found

    def _noted(self, tensor: Tensor) -> _Noted | None:
        noted: _Noted | None = self._notes.get(tensor)
        return noted if noted is not None and noted.version == _version(tensor) else None

    def _note(self, tensor: Tensor, place: Place) -> None:
        self._notes[tensor] = _Noted(place, _version(tensor), self._entry)

    def _used(self, known: list[tuple[Tensor, _Noted]], found: Any) -> None:
        """Note that something was made of these tensors; what only looks at them, or hands one on, makes nothing."""
        made = [one for one in tensors_in(found) if one.is_floating_point()]
        for tensor, noted in known:
            unchanged = noted.version == _version(tensor)
            if noted.entry != self._entry or (unchanged and all(one is tensor for one in made)):
                continue
            if noted.used:
                call, step = noted.place.call, noted.place.step
                self._parted.add(call)
                self._steps[call] = min(self._steps[call], step)
            noted.used = True

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
            return found if place.acted else self._at(replace(place, step=place.step + 1), found)
        if func in _ACTIVATIONS and not place.acted:
            return self._at(replace(place, step=place.step + 1, acted=True), found)
        if func in _COPIES:
            self._note(found, place)
        return found

    def _at(self, place: Place, found: Tensor) -> Tensor:
        if place.call in self._parted:
            going_on = found
        else:
            self._steps[place.call] = place.step
            going_on = self.output(place, found)
        self._note(going_on, place)
        return going_on

    def _made(self, given: tuple[Any, ...], found: Tensor) -> None:
        """A weight that was masked, or changed in another way that keeps its shape, is still that weight."""
        for one in given:
            layer = self._weights.get(one) if isinstance(one, Tensor) else None
            if layer is not None and found.shape == one.shape:
                self._weights[found] = layer


def _version(tensor: Tensor) -> int:
    """How often a tensor was changed in place; those of `torch.inference_mode` do not count that."""
    return 0 if tensor.is_inference() else tensor._version
