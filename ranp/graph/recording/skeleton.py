"""Copies of networks and inputs: without storage for tracing, with their values for shrinking."""

import copy
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.parameter import is_lazy

from ranp.graph.recording.quick_copy import quick_copy
from ranp.graph.recording.rebinding import rebind
from ranp.inputs import Arguments, InputSpec, TensorSpec, format_inputs


class TraceError(ValueError):
    """The network cannot be traced; the message says which input it was given and what stopped it."""


def copy_without_storage(model: nn.Module, mode: FakeTensorMode | None = None) -> nn.Module:
    """A copy of ``model`` whose parameters and buffers have shapes but no storage; shared tensors stay shared.

    They are on the ``meta`` device, or with ``mode`` fake tensors of it that say that they are on the CPU.
    """
    memo: dict[int, Any] = {}
    for module in model.modules():
        for value in vars(module).values():
            if isinstance(value, Tensor) and not isinstance(value, nn.Parameter):
                # Constants keep their values where they have any; deepcopy refuses those with a gradient history.
                memo[id(value)] = _without_storage(value, mode) if value.is_meta else value.detach()
        for tensor in (*module._parameters.values(), *module._buffers.values()):
            if tensor is None or id(tensor) in memo:
                continue
            if is_lazy(tensor):
                raise TraceError(
                    f"expected a network with all its weights, got a lazy module ({type(module).__name__}) that was "
                    "never run; call it once on real input first"
                )
            fake = _without_storage(tensor, mode)
            is_parameter = isinstance(tensor, nn.Parameter)
            memo[id(tensor)] = nn.Parameter(fake, requires_grad=tensor.requires_grad) if is_parameter else fake
    return deep_copy(model, memo)


def _without_storage(tensor: Tensor, mode: FakeTensorMode | None) -> Tensor:
    with mode or nullcontext():
        device = "cpu" if mode else "meta"
        return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=device)


def plain_copy(model: nn.Module) -> nn.Module:
    """A deep copy, also of modules that hold tensors with a gradient history (which ``deepcopy`` refuses)."""
    held = (value for module in model.modules() for value in vars(module).values())
    histories = [value for value in held if isinstance(value, Tensor) and value.grad_fn is not None]
    return deep_copy(model, {id(value): value.detach().clone() for value in histories})


def deep_copy(model: nn.Module, memo: dict[int, Any]) -> nn.Module:
    """A deep copy that shares what nobody can copy: locks, open files, generators; its functions know it by itself."""
    copies = dict(memo)
    try:
        copied = quick_copy(model, copies)
    except Exception:
        for module in model.modules():
            for value in vars(module).values():
                memo |= _not_to_copy(value, memo)
        copies = memo
        copied = quick_copy(model, copies)
    rebind(copied, copies)
    return copied


def _not_to_copy(value: Any, memo: dict[int, Any]) -> dict[int, Any]:
    if isinstance(value, nn.Module) or id(value) in memo:
        return {}
    if isinstance(value, (list, tuple, dict)):
        parts = value.values() if isinstance(value, dict) else value
        return {key: shared for part in parts for key, shared in _not_to_copy(part, memo).items()}
    try:
        copy.deepcopy(value, dict(memo))
    except Exception:
        return {id(value): value}
    return {}


def tensors_in(value: Any) -> list[Tensor]:
    """Every tensor that a value holds, in containers and in attributes of objects, each once.

    >>> len(tensors_in({"logits": torch.zeros(1), "others": [torch.zeros(2), "text"]}))
    2
    """
    found: list[Tensor] = []
    seen: dict[int, Any] = {}
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, (nn.Module, type, str, bytes)):
            continue
        seen[id(one)] = one
        if isinstance(one, Tensor):
            found.append(one)
        elif isinstance(one, Mapping):
            waiting += reversed(list(one.values()))
        elif isinstance(one, (list, tuple, set, frozenset)):
            waiting += reversed(list(one))
        else:
            waiting += reversed(list(getattr(one, "__dict__", {}).values()))
            waiting += [getattr(one, name, None) for name in getattr(type(one), "__slots__", ())]
    return found


def inputs_without_storage(inputs: InputSpec, mode: FakeTensorMode | None = None) -> Arguments:
    """Arguments without storage, in the way of `copy_without_storage`."""

    def emptied(tensor: TensorSpec) -> Tensor:
        with mode or nullcontext():
            return tensor.empty("cpu" if mode else "meta")

    return inputs.arguments(emptied)


def random_inputs(inputs: InputSpec, model: nn.Module) -> Arguments:
    """Seeded numbers that the inputs may hold, on the network's device; raises where the network has no weights."""
    tensors = [*model.parameters(), *model.buffers()]
    if any(tensor.is_meta for tensor in tensors):
        raise RuntimeError("a network without weights cannot be run on numbers")
    device = tensors[0].device if tensors else torch.device("cpu")
    return inputs.drawn(seed=0).map(lambda tensor: tensor.to(device))


def describe_inputs(inputs: InputSpec) -> str:
    """The arguments as a person types them.

    >>> describe_inputs(InputSpec.of((torch.empty(1, 3, 8, 8), torch.empty(1, 4)), {"scale": 2.0}))
    '1x3x8x8 and 1x4 and scale=value:2.0'
    """
    return " and ".join(format_inputs(inputs)) or "nothing"
