"""One trace of a network: the flat list of tensor operations that everything else is computed from.

`record` runs no arithmetic: parameters and inputs are fake tensors (shapes without storage), so a network too large
for memory, or one on the ``meta`` device, is traced as any other. The tracers are tried in the order of `TRACERS`;
all keep ``conv3d``, ``linear`` or ``batch_norm`` whole, and give the same operations where several succeed.
"""

import gc
import io
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, fx, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from ranp.graph.recording.compiled import nothing_compiled
from ranp.graph.recording.follower import Follower
from ranp.graph.recording.raised import Raised, first_line, raised_by
from ranp.graph.recording.skeleton import (
    TraceError,
    copy_without_storage,
    describe_inputs,
    inputs_without_storage,
    plain_copy,
    random_inputs,
    tensors_in,
)
from ranp.inputs import Arguments, Examples, InputSpec


@dataclass(frozen=True)
class Recording:
    """The operations of one forward pass, in execution order.

    ``parameters`` maps a placeholder's name to the qualified name of the parameter or buffer it stands for; aliases
    are replaced by the first name of the same tensor. ``owners`` maps an operation to the qualified name of the
    module that ran it, ``calls`` to an identifier of that one call of the module. ``tracer`` names the rung of the
    ladder that succeeded; ``repeat`` how many times the batch was made larger for it. ``held`` maps qualified names of
    tensors that modules hold as plain attributes afterwards to the nodes that made them.
    """

    nodes: tuple[fx.Node, ...]
    parameters: dict[str, str]
    owners: dict[str, str]
    calls: dict[str, str]
    tracer: str
    training: bool
    repeat: int = 1
    held: dict[str, str] = field(default_factory=dict)

    @property
    def operations(self) -> list[fx.Node]:
        """The nodes that compute something."""
        return [node for node in self.nodes if node.op == "call_function"]


def record(
    model: nn.Module, inputs: Examples, training: bool = False, tracer: str | None = None, repeat: int = 1
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
    inputs = InputSpec.of(inputs)
    inputs = inputs.with_batch(inputs.batch * repeat)
    for name in TRACERS if tracer is None else (tracer,):
        try:
            with quiet():
                return replace(TRACERS[name](name, model, inputs, training), repeat=repeat)
        except TraceError:
            raise
        except Exception as error:  # a tracer may raise anything that the network's own forward raises
            first_error = first_error or error
    assert first_error is not None
    rejected, said = _eager_error(model, inputs, training)
    if rejected is not None:
        raise TraceError(
            f"{type(model).__name__} rejects an input of {describe_inputs(inputs)}: {said}; "
            "give inputs of the shapes and dtypes that the network was made for"
        ) from rejected
    raise TraceError(
        f"{type(model).__name__} cannot be traced with an input of {describe_inputs(inputs)}: "
        f"{first_line(first_error)}; rewrite that part of its forward without data-dependent Python"
    ) from first_error


def _export(name: str, model: nn.Module, inputs: InputSpec, training: bool, strict: bool = False) -> Recording:
    mode = FakeTensorMode()
    skeleton = copy_without_storage(model, mode).train(training)
    with torch.no_grad():  # inner no_grad blocks become opaque operations otherwise
        given = inputs_without_storage(inputs, mode)
        program = torch.export.export(skeleton, given.args, dict(given.kwargs), strict=strict)
    signature = program.graph_signature
    names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    return _recording(name, program.graph, names, model, training)


def _export_strict(name: str, model: nn.Module, inputs: InputSpec, training: bool) -> Recording:
    return _export(name, model, inputs, training, strict=True)


def _follow(name: str, model: nn.Module, inputs: InputSpec, training: bool) -> Recording:
    """Run a copy of the network, on what this rung runs it on, and note every operation that it dispatches."""
    skeleton, values = _copies(name, model, inputs)
    follower = Follower(skeleton.train(training), on_meta=name == ON_SHAPES)
    follower.finish(tensors_in(follower.run(values)))
    return replace(_recording(name, follower.graph, follower.parameters, model, training), held=follower.held())


def _copies(name: str, model: nn.Module, inputs: InputSpec) -> tuple[nn.Module, Arguments]:
    if name == ON_VALUES:
        return plain_copy(model), random_inputs(inputs, model)
    mode = None if name == ON_SHAPES else FakeTensorMode(allow_non_fake_inputs=True)
    return copy_without_storage(model, mode), inputs_without_storage(inputs, mode)


def operations_run(
    model: nn.Module, inputs: InputSpec, training: bool, tracer: str
) -> tuple[list[fx.Node], Raised | None]:
    """What ``model`` runs: all operations, or those before it raises, and what it raises.

    ``model`` is a copy that nobody else holds, without storage unless ``tracer`` is `ON_VALUES`; it is run itself.
    Nothing is said of why it raises, which takes longer than to follow it (`record`).
    """
    if TRACERS[tracer] is not _follow:
        with suppress(Exception), quiet():
            return TRACERS[tracer](tracer, model, inputs, training).operations, None
    if tracer in (ON_SHAPES, ON_VALUES):
        values = random_inputs(inputs, model) if tracer == ON_VALUES else inputs_without_storage(inputs)
    else:
        model, values = _copies(tracer, model, inputs)
    follower = Follower(model.train(training), on_meta=tracer == ON_SHAPES)
    raised = None
    try:
        with quiet():
            follower.run(values)
    except Exception as error:
        raised = raised_by(error, model)
        logging.getLogger(__name__).debug("the shrunk network raises: %s", raised)
    return [node for node in follower.graph.nodes if node.op == "call_function"], raised


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


def _eager_error(model: nn.Module, inputs: InputSpec, training: bool) -> tuple[Exception | None, str]:
    """What the network itself raises on these inputs, and that in words; ``None`` where it only resists tracing."""
    mode = FakeTensorMode()
    called = model
    try:
        with quiet(), mode, torch.no_grad():
            called = copy_without_storage(model, mode).train(training)
            inputs_without_storage(inputs, mode).call(called)
    except Exception as error:
        only_fake = type(error).__module__.startswith("torch._subclasses") or "tensor subclasses" in str(error)
        return None if only_fake else error, raised_by(error, called).said
    return None, ""


def quickest(tracer: str) -> tuple[str, ...]:
    """The rungs for another look at a network that ``tracer`` traced, the most promising first.

    One that could only be run on fakes fails on shapes again, and says so late.
    """
    if tracer == ON_VALUES:
        return (tracer,)
    order = (ON_FAKES, ON_SHAPES) if tracer == ON_FAKES else (ON_SHAPES, tracer)
    return tuple(dict.fromkeys(order))


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
            nothing_compiled(),
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


ON_SHAPES = "run on shapes"
"""The quickest: the network is run on tensors of the ``meta`` device."""

ON_FAKES = "run on fakes"
"""Ten times slower: the tensors are fake ones, for a network that needs what ``meta`` lacks, a constant's value say."""

ON_VALUES = "run on values"
"""The last resort: the network is run on random numbers, and the branches that those take are followed."""

TRACERS: dict[str, Callable[[str, nn.Module, InputSpec, bool], Recording]] = {
    ON_SHAPES: _follow,
    ON_FAKES: _follow,
    "torch.export": _export,
    "torch.export strict": _export_strict,
    ON_VALUES: _follow,
}
