"""Which modules a network calls, with what: seen while it really runs, once in each mode, on small random numbers.

Only shapes are kept of what is seen, so that nothing of the run stays in memory.
"""

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.utils import _pytree as pytree

from ranp.graph.recording.raised import raised_by
from ranp.graph.recording.skeleton import TraceError, describe_inputs, plain_copy, random_inputs, tensors_in
from ranp.graph.recording.trace import quiet
from ranp.inputs import Arguments, InputSpec


@dataclass
class Value:
    """A nest of arguments or results, its tensors replaced by ones without storage."""

    leaves: list[Any]
    spec: pytree.TreeSpec

    @classmethod
    def of(cls, nest: Any) -> "Value":
        leaves, spec = pytree.tree_flatten(nest)
        return cls([torch.empty_like(leaf, device="meta") if _is_plain(leaf) else leaf for leaf in leaves], spec)

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        return tuple(leaf for leaf in self.leaves if isinstance(leaf, Tensor))

    def filled(self, tensors: Sequence[Tensor]) -> Any:
        """The nest with ``tensors`` in place of its own."""
        given = iter(tensors)
        leaves = [next(given) if isinstance(leaf, Tensor) else leaf for leaf in self.leaves]
        return pytree.tree_unflatten(leaves, self.spec)

    @property
    def signature(self) -> tuple[Any, ...]:
        """Equal for two calls that a trace cannot tell apart."""
        plain = (int, float, bool, str, type(None))
        return str(self.spec), *(
            (tuple(leaf.shape), leaf.dtype)
            if isinstance(leaf, Tensor)
            else repr(leaf)
            if isinstance(leaf, plain)
            else type(leaf)
            for leaf in self.leaves
        )


@dataclass
class ModuleCall:
    """One call of one module; ``returned`` where the network returns a tensor that the call made."""

    path: str
    training: bool
    given: Value = field(init=False)
    made: Value = field(init=False)
    children: "list[ModuleCall]" = field(default_factory=list)
    results: "list[weakref.ref[Tensor]]" = field(default_factory=list)
    returned: bool = False


def observe(model: nn.Module, inputs: InputSpec) -> list[ModuleCall]:
    """The network's own call in evaluation mode and, where it runs in that, in training mode; the rest hangs below.

    Raises:
        TraceError: the network does not run on these inputs.
    """
    copied = plain_copy(model)
    try:
        calls = [_run(copied.eval(), random_inputs(inputs, copied))]
    except Exception as error:  # the network's own words
        raise TraceError(
            f"{type(model).__name__} rejects an input of {describe_inputs(inputs)}: {raised_by(error, copied).said}; "
            "give inputs of the shapes and dtypes that the network was made for"
        ) from error
    for repeat in (1, 2):  # batch statistics may need a second example
        try:
            more = inputs.with_batch(inputs.batch * repeat)
            return [*calls, _run(copied.train(), random_inputs(more, copied))]
        except Exception:
            continue
    return calls


def _run(model: nn.Module, values: Arguments) -> ModuleCall:
    with quiet(), torch.no_grad(), torch.random.fork_rng(devices=[]), _listening(model) as roots:
        torch.manual_seed(0)
        result = values.call(model)
    (root,) = roots
    final = {id(tensor) for tensor in tensors_in(result)}
    for call in every_call(root):
        call.returned = any(id(ref()) in final for ref in call.results)
        call.results.clear()
    return root


def every_call(call: ModuleCall) -> Iterator[ModuleCall]:
    """The call and all below it."""
    yield call
    for child in call.children:
        yield from every_call(child)


@contextmanager
def _listening(model: nn.Module) -> Iterator[list[ModuleCall]]:
    """Note every call of a module below ``model``; by hooks on all modules, since scripted ones take no own hooks."""
    paths: dict[int, str] = {}
    for path, module in model.named_modules(remove_duplicate=False):
        paths.setdefault(id(module), path)
    roots: list[ModuleCall] = []
    running: list[ModuleCall] = []

    def enter(module: nn.Module, _: Any) -> None:
        if id(module) in paths:
            running.append(ModuleCall(paths[id(module)], module.training))

    def leave(module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        if id(module) not in paths:
            return
        call = running.pop()
        call.given, call.made = Value.of((args, kwargs)), Value.of(output)
        call.results = [weakref.ref(tensor) for tensor in tensors_in(output)]
        (running[-1].children if running else roots).append(call)

    handles = [
        hooks.register_module_forward_pre_hook(enter),
        hooks.register_module_forward_hook(leave, with_kwargs=True),
    ]
    try:
        yield roots
    finally:
        for handle in handles:
            handle.remove()
            hooks._global_forward_hooks_with_kwargs.pop(handle.id, None)  # which PyTorch forgets, and slows every call


def _is_plain(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and leaf.layout == torch.strided and not leaf.is_nested and not leaf.is_quantized
