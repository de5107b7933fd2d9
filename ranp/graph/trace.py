"""One trace of a network: the flat list of tensor operations that everything else is computed from.

`record` runs no arithmetic: parameters and inputs are fake tensors (shapes without storage), so a network too large
for memory, or one on the ``meta`` device, is traced as any other. The tracers are tried in the order of `TRACERS`;
all keep ``conv3d``, ``linear`` or ``batch_norm`` whole, and give the same operations where several succeed.
"""

import gc
import io
import itertools
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stderr
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import get_proxy_mode, make_fx

from ranp.graph.skeleton import (
    Inputs,
    TraceError,
    describe_inputs,
    fake_copy,
    fake_inputs,
    plain_copy,
    random_inputs,
    repeated,
    tensors_in,
)


@dataclass(frozen=True)
class Recording:
    """The operations of one forward pass, in execution order.

    ``parameters`` maps a placeholder's name to the qualified name of the parameter or buffer it stands for; aliases
    are replaced by the first name of the same tensor. ``owners`` maps an operation to the qualified name of the
    module that ran it, ``calls`` to an identifier of that one call of the module. ``tracer`` names the rung of the
    ladder that succeeded; ``repeat`` how many times the batch was made larger for it.
    """

    nodes: tuple[fx.Node, ...]
    parameters: dict[str, str]
    owners: dict[str, str]
    calls: dict[str, str]
    tracer: str
    training: bool
    repeat: int = 1

    @property
    def operations(self) -> list[fx.Node]:
        """The nodes that compute something."""
        return [node for node in self.nodes if node.op == "call_function"]


def record(
    model: nn.Module, inputs: Inputs, training: bool = False, tracer: str | None = None, repeat: int = 1
) -> Recording:
    """Trace one forward pass of ``model`` on tensors shaped like ``inputs``; the model itself is not touched.

    Args:
        model: the network.
        inputs: what it is called with; only shapes and dtypes matter.
        training: trace training mode, whose heads and statistics may differ.
        tracer: use this rung of `TRACERS` alone.
        repeat: make the batch that many times larger.

    Raises:
        TraceError: the network rejects these inputs, or no tracer gets through it.
    """
    first_error: Exception | None = None
    inputs = repeated(inputs, repeat)
    for name in TRACERS if tracer is None else (tracer,):
        try:
            with quiet():
                return replace(TRACERS[name](name, model, inputs, training), repeat=repeat)
        except TraceError:
            raise
        except Exception as error:  # a tracer may raise anything that the network's own forward raises
            first_error = first_error or error
    assert first_error is not None
    rejected = _eager_error(model, inputs, training)
    if rejected is not None:
        raise TraceError(
            f"{type(model).__name__} rejects an input of {describe_inputs(inputs)}: {first_line(rejected)}; "
            "give the input shape that the network was made for"
        ) from rejected
    raise TraceError(
        f"{type(model).__name__} cannot be traced with an input of {describe_inputs(inputs)}: "
        f"{first_line(first_error)}; rewrite that part of its forward without data-dependent Python"
    ) from first_error


def _export(name: str, model: nn.Module, inputs: Inputs, training: bool, strict: bool = False) -> Recording:
    mode = FakeTensorMode()
    skeleton = fake_copy(model, mode).train(training)
    with torch.no_grad():  # inner no_grad blocks become opaque operations otherwise
        program = torch.export.export(skeleton, fake_inputs(inputs, mode), strict=strict)
    signature = program.graph_signature
    names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    return _recording(name, program.graph, names, model, training)


def _export_strict(name: str, model: nn.Module, inputs: Inputs, training: bool) -> Recording:
    return _export(name, model, inputs, training, strict=True)


def _proxy(name: str, model: nn.Module, inputs: Inputs, training: bool) -> Recording:
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    return _proxied(name, fake_copy(model, mode).train(training), fake_inputs(inputs, mode), model, training)


def _proxy_real(name: str, model: nn.Module, inputs: Inputs, training: bool) -> Recording:
    skeleton = plain_copy(model).train(training)
    return _proxied(name, skeleton, random_inputs(inputs, model), model, training, on_values=True)


def _proxied(
    name: str, skeleton: nn.Module, inputs: Inputs, model: nn.Module, training: bool, on_values: bool = False
) -> Recording:
    """Record what PyTorch dispatches while the network runs on ``skeleton``, a copy of ``model``."""
    owners: dict[str, tuple[str, str]] = {}
    skeleton.register_forward_hook(lambda *call: tensors_in(call[-1]))  # fx loses tensors in objects of own classes
    with torch.no_grad(), _module_calls(skeleton, owners):
        module = make_fx(skeleton, pre_dispatch=True, _error_on_data_dependent_ops=not on_values)(*inputs)
    names = {
        id(tensor): name
        for name, tensor in (
            *skeleton.named_buffers(remove_duplicate=False),
            *skeleton.named_parameters(remove_duplicate=False),
        )
    }
    parameters = {}
    for node in module.graph.nodes:
        if node.name in owners:
            path, call = owners[node.name]
            node.meta["nn_module_stack"] = {call: (path, None)}
        if node.op == "get_attr":
            held = getattr(module, str(node.target), None)
            node.meta.setdefault("val", held)
            if id(held) in names:
                parameters[node.name] = names[id(held)]
    return _recording(name, module.graph, parameters, model, training)


def operations_before_failure(model: nn.Module, inputs: Inputs, training: bool, tracer: str) -> list[fx.Node]:
    """What ``model`` runs before it raises: the operations up to the failing one, or all of them."""
    if tracer == ON_VALUES:
        skeleton, values = plain_copy(model).train(training), random_inputs(inputs, model)
    else:
        mode = FakeTensorMode(allow_non_fake_inputs=True)
        skeleton, values = fake_copy(model, mode).train(training), fake_inputs(inputs, mode)
    graphs: list[fx.Graph] = []

    def catch(*_: Any) -> None:
        proxies = get_proxy_mode()
        if proxies is not None:
            graphs.append(proxies.tracer.graph)

    skeleton.register_forward_pre_hook(catch)
    try:
        with quiet(), torch.no_grad():
            make_fx(skeleton, pre_dispatch=True, _error_on_data_dependent_ops=tracer != ON_VALUES)(*values)
    except Exception as error:
        logging.getLogger(__name__).debug("the shrunk network raises: %s", first_line(error))
    return [node for graph in graphs[:1] for node in graph.nodes if node.op == "call_function"]


@contextmanager
def _module_calls(model: nn.Module, owners: dict[str, tuple[str, str]]) -> Iterator[None]:
    """While active, note for each recorded operation, by its name, the innermost module call that made it."""
    starts: list[tuple[str, str, int]] = []
    counter = itertools.count()

    def recorded() -> Any:
        mode = get_proxy_mode()
        return mode.tracer.graph.nodes if mode is not None else ()

    def enter(path: str) -> Callable[..., None]:
        return lambda *_: starts.append((path, f"{path}@{next(counter)}", len(recorded())))

    def leave(*_: Any) -> None:
        path, call, start = starts.pop()
        nodes = recorded()
        for node in itertools.islice(reversed(nodes), len(nodes) - start):
            owners.setdefault(node.name, (path, call))

    handles = []
    for path, module in model.named_modules():
        handles += [module.register_forward_pre_hook(enter(path)), module.register_forward_hook(leave)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _recording(tracer: str, graph: fx.Graph, parameters: dict[str, str], model: nn.Module, training: bool) -> Recording:
    first_parameter: dict[int, str] = {}
    first_module: dict[int, str] = {}
    canonical: dict[str, str] = {}
    for name, tensor in (
        *model.named_parameters(remove_duplicate=False),
        *model.named_buffers(remove_duplicate=False),
    ):
        canonical[name] = first_parameter.setdefault(id(tensor), name)
    modules = {
        name: first_module.setdefault(id(module), name) for name, module in model.named_modules(remove_duplicate=False)
    }
    owners, calls = {}, {}
    for node in graph.nodes:
        if any(isinstance(size, torch.SymInt) for value in _tensors(node) for size in value.shape):
            raise RuntimeError("the size of one of its tensors depends on the values of others")
        stack = node.meta.get("nn_module_stack") or {}
        if stack:
            key, (path, _) = list(stack.items())[-1]
            path = path.split("@")[0]
            owners[node.name] = modules.get(path, path)
            calls[node.name] = key
    names = {placeholder: canonical.get(name, name) for placeholder, name in parameters.items()}
    return Recording(tuple(graph.nodes), names, owners, calls, tracer, training)


def _tensors(node: fx.Node) -> list[Tensor]:
    value = node.meta.get("val")
    return [item for item in (value if isinstance(value, (list, tuple)) else [value]) if isinstance(item, Tensor)]


def _eager_error(model: nn.Module, inputs: Inputs, training: bool) -> Exception | None:
    """What the network itself says to these inputs, or ``None`` where it only resists tracing."""
    mode = FakeTensorMode()
    try:
        with quiet(), mode, torch.no_grad():
            fake_copy(model, mode).train(training)(*fake_inputs(inputs, mode))
    except Exception as error:
        only_fake = type(error).__module__.startswith("torch._subclasses") or "tensor subclasses" in str(error)
        return None if only_fake else error
    return None


def first_line(error: BaseException) -> str:
    """The part of an error message that a person needs."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")


def _nothing_compiled() -> AbstractContextManager[Any]:
    """What torch.compile made runs as written: compiled code would crash on tensors without storage."""
    in_use = "torch._dynamo" in sys.modules  # which takes seconds to import
    return torch.compiler.set_stance("force_eager") if in_use else nullcontext()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the exporter's own warnings and logs off the user's screen; a failure is reported by `record`.

    The garbage collector rests meanwhile: it would walk the growing trace over and over (a sixth of the time).
    """
    collected = gc.isenabled()
    gc.disable()
    names = ("torch.export", "torch._export", "torch.fx", "torch._dynamo", "torch._subclasses.fake_tensor")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with (
            _nothing_compiled(),
            warnings.catch_warnings(),
            redirect_stderr(io.StringIO()),  # a failing export prints its half graph
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if collected:
            gc.enable()


QUICKEST = "make_fx"
"""Half the time of an export, which adds checks of a program's inputs that no graph needs."""

ON_VALUES = "make_fx on values"
"""The last resort: it runs the network on random numbers and follows the branches that those take."""

TRACERS: dict[str, Callable[[str, nn.Module, Inputs, bool], Recording]] = {
    QUICKEST: _proxy,
    "torch.export": _export,
    "torch.export strict": _export_strict,
    ON_VALUES: _proxy_real,
}
