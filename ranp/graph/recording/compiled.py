"""Networks that `torch.compile` wrapped, as they are written: their layers have the names of the plain network.

A compiled module holds the one that it was made of as ``_orig_mod``, which stands in the names of all that is in it. A
plan is of the network, not of how it is run, so those names never enter one.
"""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ranp.graph.recording.skeleton import deep_copy

_Value = TypeVar("_Value")
_WRAPPED = "_orig_mod"


def as_written(model: nn.Module) -> nn.Module:
    """``model`` without `torch.compile`; itself where nothing of it was compiled.

    A compiled network is unwrapped. One that holds compiled modules comes as a copy without them, whose tensors are
    those of ``model``.
    """
    model, wrapper = unwrapped(model), _wrapper()
    if wrapper is None or not any(isinstance(module, wrapper) for module in model.modules()):
        return model
    values = (
        value
        for module in model.modules()
        for table in (module._parameters, module._buffers, vars(module))
        for value in table.values()
    )
    copied = deep_copy(model, {id(value): value for value in values if isinstance(value, Tensor)})
    for module in list(copied.modules()):
        for name, child in module._modules.items():
            module._modules[name] = None if child is None else unwrapped(child)
    return copied


def unwrapped(model: nn.Module) -> nn.Module:
    """The network that ``model`` wraps, or itself; modules within may be compiled still (see `nothing_compiled`)."""
    wrapper = _wrapper()
    while wrapper is not None and isinstance(model, wrapper):
        model = model._modules[_WRAPPED]
    return model


def name_as_written(name: str) -> str:
    """The name of a layer, parameter or buffer in the network that was compiled.

    >>> name_as_written("_orig_mod.encoder._orig_mod.0.weight")
    'encoder.0.weight'
    """
    return ".".join(part for part in name.split(".") if part != _WRAPPED)


def named_as_written(values: Mapping[str, _Value]) -> dict[str, _Value]:
    """``values`` under the names in the network that was compiled."""
    return {name_as_written(name): value for name, value in values.items()}


def nothing_compiled() -> AbstractContextManager[Any]:
    """What torch.compile made runs as written: compiled code would crash on tensors without storage.

    On others it would be compiled anew for each shape, in half a minute, and compute the same.
    """
    in_use = "torch._dynamo" in sys.modules  # which takes seconds to import
    return torch.compiler.set_stance("force_eager") if in_use else nullcontext()


def _wrapper() -> Any:
    """The class of compiled modules; None where nothing can have been compiled, since it was never imported."""
    return getattr(sys.modules.get("torch._dynamo.eval_frame"), "OptimizedModule", None)
