"""A module at its place in the network, called with plain tensors, with stand-ins for the modules that do not trace.

A stand-in runs one operation, ``ranp::untraced``, which returns what the real module was seen to return, in shape. Its
rule (`ranp.graph.rules.untraced`) freezes what goes in; nothing is tracked of what comes out. No tensor is copied.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from ranp.graph.recording.observe import ModuleCall, Value
from ranp.graph.recording.skeleton import tensors_in


@torch.library.custom_op("ranp::untraced", mutates_args=())
def untraced(inputs: Sequence[Tensor], shape: Sequence[int], dtype: torch.dtype, why: str) -> Tensor:
    """A tensor from code that nobody can look into; ``why`` is a sentence's end."""
    return torch.zeros(shape, dtype=dtype, device=inputs[0].device if inputs else None)


@untraced.register_fake
def _(inputs: Sequence[Tensor], shape: Sequence[int], dtype: torch.dtype, why: str) -> Tensor:
    return torch.zeros(shape, dtype=dtype, device=inputs[0].device if inputs else None)


class StandIn(nn.Module):
    """Takes a module's calls in its place and answers as the module was seen to answer."""

    def __init__(self, calls: Sequence[ModuleCall], why: str) -> None:
        super().__init__()
        self._seen = {call.given.signature: (call.given, call.made) for call in calls}
        self._why = why

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        given = Value(*pytree.tree_flatten((args, kwargs)))
        for known, made in self._seen.values():
            times = _times(given.tensors, known.tensors)
            if times is not None:
                shapes = [(made_one.shape, made_one.dtype) for made_one in made.tensors]
                return made.filled(
                    tuple(
                        untraced(list(given.tensors), [shape[0] * times, *shape[1:]] if shape else [], dtype, self._why)
                        for shape, dtype in shapes
                    )
                )
        raise RuntimeError(f"{self._why}, and is called in a way that was not seen")


def _times(found: Sequence[Tensor], known: Sequence[Tensor]) -> int | None:
    """How many times larger the batch is than it was; ``None`` where it is another call."""
    if len(found) != len(known):
        return None
    pairs = list(zip(found, known, strict=True))
    times = next((one.shape[0] // max(1, two.shape[0]) for one, two in pairs if one.ndim and two.ndim), 1)
    expected = [(two.shape[0] * times, *two.shape[1:]) if two.ndim else () for two in known]
    same = [tuple(one.shape) for one in found] == expected and all(one.dtype == two.dtype for one, two in pairs)
    return times if same else None


def at_its_place(model: nn.Module, call: ModuleCall, holes: Mapping[str, StandIn]) -> nn.Module:
    """The module that ``call`` called, under its qualified name, to be called with the call's tensors alone.

    It returns all tensors that the module returns or leaves behind in its attributes. ``holes``: path -> stand-in.
    """
    module = model.get_submodule(call.path)
    replaced: dict[int, nn.Module] = {id(model.get_submodule(path)): stand_in for path, stand_in in holes.items()}
    twin = _twin(module, replaced)
    for name, value in vars(twin).items():
        if name.startswith("_forward"):
            vars(twin)[name] = copy.copy(value)  # hooks are added, and the original's tables stay as they are
    before: set[int] = set()

    def enter(module: nn.Module, args: Any, kwargs: Any) -> Any:
        before.update(map(id, _held(module)))
        return call.given.filled(args)

    def leave(module: nn.Module, args: Any, output: Any) -> Any:
        return [*tensors_in(output), *(tensor for tensor in _held(module) if id(tensor) not in before)]

    twin.register_forward_pre_hook(enter, prepend=True, with_kwargs=True)
    twin.register_forward_hook(leave)
    return _Place(call.path, twin) if call.path else twin


class _Place(nn.Module):
    """Empty modules down to the one that counts, so that its parameters have their names."""

    def __init__(self, path: str, module: nn.Module) -> None:
        super().__init__()
        self._path = path
        place: nn.Module = self
        *parents, name = path.split(".")
        for parent in parents:
            place.add_module(parent, nn.Module())
            place = place.get_submodule(parent)
        place.add_module(name, module)

    def forward(self, *tensors: Tensor) -> Any:
        return self.get_submodule(self._path)(*tensors)


def _twin(module: nn.Module, known: dict[int, nn.Module]) -> nn.Module:
    """The same module tree around the same tensors, with what ``known`` names in place of the original."""
    if id(module) not in known:
        known[id(module)] = twin = copy.copy(module)
        children = {name: child and _twin(child, known) for name, child in module._modules.items()}
        vars(twin)["_modules"] = children
    return known[id(module)]


def _held(module: nn.Module) -> list[Tensor]:
    tables = ("_parameters", "_buffers", "_modules")
    return [
        tensor
        for part in module.modules()
        for name, value in vars(part).items()
        if name not in tables
        for tensor in tensors_in(value)
    ]
