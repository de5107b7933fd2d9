"""The operations of a training step or of an inference, in order, with the sizes that each is given.

They are those that PyTorch hands to a device's kernels, seen on tensors without data. Views cost nothing and are left
out. A backward operation belongs to the module whose forward operation it undoes, by autograd's own numbering.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.utils import _pytree as pytree

from ranp.graph import ChannelGraph, copy_without_storage, inputs_without_storage, quiet
from ranp.inputs import InputSpec
from ranp.resources import PeakTracker, watch_step

UPDATE = "optimizer"
"""The owner of what the optimizer does."""
REST = "other operations"
"""The owner of what no module does: the loss, functions between modules at the top."""


@dataclass(frozen=True)
class Shape:
    """A tensor without its values."""

    dims: tuple[int, ...]
    dtype: torch.dtype

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.dims)


@dataclass(frozen=True)
class Operation:
    """One call of a kernel: tensors among the ``leaves`` of its arguments are a `Shape`, and so are its ``results``."""

    name: str
    leaves: tuple[Any, ...]
    spec: pytree.TreeSpec
    results: tuple[Shape, ...]
    owner: str

    @property
    def integers(self) -> tuple[int, ...]:
        """Every whole number that it is given, sizes of tensors among them, in one fixed order; then its results'."""
        found: list[int] = []
        for leaf in (*self.leaves, *self.results):
            if isinstance(leaf, Shape):
                found += leaf.dims
            elif type(leaf) is int:
                found.append(leaf)
        return tuple(found)

    @property
    def frame(self) -> tuple[Any, ...]:
        """What is the same at all widths: the name, the kinds of its arguments, dtypes, and other values."""
        return self.name, tuple(map(_kind, (*self.leaves, *self.results))), str(self.spec)


class _Writer(PeakTracker):
    """Writes operations down as they are called."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[Operation] = []
        self.modules: list[str] = []
        self._owners: dict[int, str] = {}

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        owner = self._owner()
        result = super().__torch_dispatch__(function, types, args, kwargs)
        leaves, spec = pytree.tree_flatten((args, kwargs or {}))
        results = tuple(_bare(leaf) for leaf in pytree.tree_leaves(result) if isinstance(leaf, Tensor))
        if _computes(function, results):
            self.operations.append(Operation(str(function), tuple(map(_bare, leaves)), spec, results, owner))
        return result

    def _owner(self) -> str:
        """The module that runs, or whose forward operation is undone; autograd numbers both alike."""
        node = torch._C._current_autograd_node()
        if node is not None:
            return self._owners.get(node._sequence_nr(), REST)
        if not torch.is_grad_enabled() and not self.modules:
            return UPDATE
        owner = self.modules[-1] if self.modules else REST
        self._owners.setdefault(torch.autograd._get_sequence_nr() - 1, owner)  # others after it made no node
        return owner


def training_operations(
    model: nn.Module, graph: ChannelGraph, inputs: InputSpec, optimizer: str, loss: Callable[[Any], Tensor]
) -> list[Operation]:
    """Those of a step of `ranp.resources.peak_training_bytes`, which says what is raised."""
    with _by_module(graph) as listen:
        writer = watch_step(listen, model, inputs, optimizer, loss, any_device=True)
    return writer.operations


def inference_operations(model: nn.Module, graph: ChannelGraph, inputs: InputSpec) -> list[Operation]:
    """Those of a forward pass in evaluation mode, without gradients."""
    with _by_module(graph) as listen, quiet():
        twin, given = copy_without_storage(model, None).eval(), inputs_without_storage(inputs, None)
        writer = listen()
        with writer, torch.no_grad():
            given.call(twin)
    return writer.operations


@contextmanager
def _by_module(graph: ChannelGraph) -> Iterator[Callable[[], _Writer]]:
    """What makes a writer that knows which module of the network runs; the first call of all is of the network."""
    writers: list[_Writer] = []
    names: dict[int, str] = {}

    def listen() -> _Writer:
        writers[:] = [_Writer()]
        names.clear()
        return writers[0]

    def enter(module: nn.Module, _: Any) -> None:
        if not writers:
            return
        if not names:
            names.update((id(part), name) for name, part in module.named_modules())
        writers[0].modules.append(names.get(id(module)) or REST)

    def leave(*_: Any) -> None:
        if writers and writers[0].modules:
            writers[0].modules.pop()

    handles = [hooks.register_module_forward_pre_hook(enter), hooks.register_module_forward_hook(leave)]
    try:
        yield listen
    finally:
        for handle in handles:
            handle.remove()


def _kind(leaf: Any) -> Any:
    """Of a mean over so many elements the number of them is part of a float."""
    if isinstance(leaf, Shape):
        return len(leaf.dims), str(leaf.dtype)
    return type(leaf).__name__ if type(leaf) in (int, float) else repr(leaf)


def _bare(leaf: Any) -> Any:
    return Shape(tuple(leaf.shape), leaf.dtype) if isinstance(leaf, Tensor) else leaf


def _computes(function: Any, results: tuple[Shape, ...]) -> bool:
    name = function._schema.name.removeprefix("aten::")
    return bool(results) and not function.is_view and name not in _FREE


_FREE = frozenset(
    {"detach", "empty", "empty_like", "empty_strided", "new_empty", "_unsafe_view", "alias", "_reshape_alias"}
)
"""Operations that touch no element."""
