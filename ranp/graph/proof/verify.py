"""Does a shrunk network compute what the channel graph says?

The full network with every pruned channel's parameters at zero must give, in float64, the outputs of the shrunk
network. This refutes wrong rules, which the re-trace (`ranp.graph.proof.retrace`) cannot: a reversed concatenation runs
the same operations on the same shapes.
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ranp.graph.channel_graph import ChannelGraph
from ranp.graph.proof.narrow import narrow
from ranp.graph.proof.smallest import smallest_inputs
from ranp.graph.proof.without_dropout import WithoutDropout
from ranp.graph.recording.compiled import as_written, nothing_compiled
from ranp.graph.recording.raised import Raised, first_line, raised_by
from ranp.graph.recording.skeleton import plain_copy, tensors_in
from ranp.inputs import Arguments, Examples, InputSpec
from ranp.types import Masks


class VerificationError(RuntimeError):
    """The shrunk network does not compute what the masked full network computes: a defect in a rule of the graph."""


class ShrunkNetworkError(VerificationError):
    """The shrunk network does not even run, where the masked one does; ``raised`` is what it said, and where."""

    def __init__(self, network: str, raised: Raised) -> None:
        super().__init__(
            f"the shrunk {network} does not run: {raised}; trace it with check=True, which finds what has to stay "
            "whole for that"
        )
        self.raised = raised


@dataclass(frozen=True)
class Comparison:
    """The largest difference, relative to the largest output, and how much of it may be rounding."""

    difference: float
    tolerance: float


SINGLE_TOLERANCE = 1e-4
"""Of networks that do not run in double precision: rounding, over a few hundred layers."""

HALF_TOLERANCE = 0.05
"""Of networks that insist on 16 bits. A channel that is read one place off makes a difference of about 1."""


def masked_difference(
    model: nn.Module,
    graph: ChannelGraph,
    kept: Masks,
    inputs: Examples,
    seed: int = 0,
    dtype: torch.dtype | None = torch.float64,
) -> float:
    """The largest difference between the masked full network and the shrunk one, in float64.

    Networks and inputs of any floating-point ``dtype`` are compared in that one, or, with None, in their own.

    Weights, statistics and inputs are drawn at random, since freshly initialised ones (biases zero, scales one) would
    hide errors. Both modes are compared: evaluation, and training where batch statistics are used. The difference is
    relative to the largest output.

    Raises:
        ValueError: ``kept`` is not consistent (see `ChannelGraph.unit_kept`) or empties a layer.
        ShrunkNetworkError: the shrunk network does not run.
    """
    model = as_written(model)
    unit_kept = graph.unit_kept(kept)
    full = _in_precision(_randomised(model, seed), model, dtype)
    small = plain_copy(full)
    narrow(small, graph, unit_kept)
    _mask(full, graph, unit_kept)
    values = InputSpec.of(inputs).drawn(seed)
    if dtype is not None:
        values = values.map(lambda value: _cast(value, dtype))
    worst = 0.0
    for training in (False, True):
        try:
            expected = _outputs(full, values, training, seed)
        except ValueError:
            if not training:
                raise
            continue  # batch statistics of a single value: this network cannot run in training mode on one sample
        try:
            found = _outputs(small, values, training, seed)
        except Exception as error:  # whatever somebody's module raises
            raise ShrunkNetworkError(type(model).__name__, raised_by(error, small)) from error
        if len(expected) != len(found):
            return float("inf")
        for one, two in zip(expected, found, strict=True):
            if one.shape != two.shape or not bool(torch.isfinite(one).all()):
                return float("inf")
            if one.numel():
                scale = max(1.0, float(one.abs().max()))
                worst = max(worst, float((one - two).abs().max()) / scale)
    return worst


def verify_shrink(
    model: nn.Module, graph: ChannelGraph, kept: Masks, inputs: Examples | None = None, tolerance: float = 1e-9
) -> float:
    """`masked_difference` on the cheapest input that the network accepts, checked against ``tolerance``.

    Channel arithmetic does not depend on the volume's size, so the spatial size is halved as long as the network
    accepts it with the same operations; ``inputs`` overrides that. `compare_shrunk` says in which precision.

    Raises:
        ValueError: ``kept`` is not consistent, the model has no weights, or it does not run on these inputs.
        VerificationError: the two networks differ, or the shrunk one does not run.
    """
    return compare_shrunk(model, graph, kept, inputs, tolerance).difference


def compare_shrunk(
    model: nn.Module, graph: ChannelGraph, kept: Masks, inputs: Examples | None = None, tolerance: float = 1e-9
) -> Comparison:
    """`verify_shrink`, with what may be rounding.

    A network of any precision is compared in double precision, to ``tolerance``; one that does not run in it is
    compared in single precision, and at last in its own, whose rounding is then allowed. Raises as `verify_shrink`.
    """
    model = as_written(model)
    _check_weights(model)
    graph.unit_kept(kept)
    chosen = smallest_inputs(model, graph) if inputs is None else inputs
    found = _compared(model, graph, kept, chosen, tolerance)
    if not found.difference <= found.tolerance:
        raise VerificationError(
            f"expected the shrunk {type(model).__name__} to equal the masked one to {found.tolerance:g}, the outputs "
            f"differ by {found.difference:.3g}: a rule of the channel graph is wrong for this network; do not use the "
            "shrunk network, and please report the architecture"
        )
    return found


def _compared(model: nn.Module, graph: ChannelGraph, kept: Masks, inputs: Examples, tolerance: float) -> Comparison:
    """The difference in the highest precision that the network runs in."""
    own = {tensor.dtype for tensor in (*model.parameters(), *model.buffers())}
    own_tolerance = HALF_TOLERANCE if own & {torch.float16, torch.bfloat16} else SINGLE_TOLERANCE
    for dtype, rounding in ((torch.float64, tolerance), (torch.float32, SINGLE_TOLERANCE), (None, own_tolerance)):
        try:
            difference = masked_difference(model, graph, kept, inputs, dtype=dtype)
            return Comparison(difference, max(tolerance, rounding))
        except Exception as error:  # quantized layers, and code outside PyTorch, may take their own precision only
            last = error
    if isinstance(last, ShrunkNetworkError):
        raise last
    raise ValueError(
        f"{type(model).__name__} does not run on random inputs like those that it was traced with "
        f"({first_line(last)}), so that nothing can be compared; trace it with inputs that it takes"
    ) from last


def _check_weights(model: nn.Module) -> None:
    if any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers())):
        raise ValueError(
            f"expected {type(model).__name__} with weights, got one on the meta device, which has no values to "
            "compare; build it on a real device, or shrink without verifying"
        )


def _in_precision(randomised: nn.Module, model: nn.Module, dtype: torch.dtype | None) -> nn.Module:
    """The copy with its floating-point tensors in one precision, or each in that which it has in ``model``."""
    if dtype is not None:
        randomised._apply(lambda tensor: _cast(tensor, dtype))
        return randomised
    pairs = (
        zip(copied.values(), table.values(), strict=True)
        for ours, theirs in zip(randomised.modules(), model.modules(), strict=True)
        for copied, table in ((ours._parameters, theirs._parameters), (ours._buffers, theirs._buffers))
    )
    with torch.no_grad():
        for copied, original in (pair for table in pairs for pair in table):
            if copied is not None and original is not None:
                copied.data = copied.data.to(original.dtype)
    return randomised


def _cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """In that precision, complex numbers too: `nn.Module.to` would drop their imaginary parts, `double` leave them."""
    if tensor.is_complex():
        return tensor.to(dtype.to_complex())
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


def _randomised(model: nn.Module, seed: int) -> nn.Module:
    _check_weights(model)
    copied = plain_copy(model).cpu()
    copied._apply(lambda tensor: _cast(tensor, torch.float64))
    for module in copied.modules():
        if isinstance(module, torch.jit.ScriptModule):
            continue  # its attributes are constants
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = 0.0
        if isinstance(getattr(module, "eps", None), float):
            setattr(module, "eps", 0.1)  # noqa: B010 - statistics of two values would otherwise amplify rounding without bound
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in copied.parameters():
            drawn = torch.complex128 if parameter.is_complex() else torch.float64
            values = torch.randn(parameter.shape, generator=generator, dtype=drawn)
            if parameter.ndim > 1:
                values *= (2.0 / max(1, parameter[0].numel())) ** 0.5
            else:
                values = 0.7 + 0.3 * values
            parameter.copy_(values)
        for name, buffer in copied.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(0.1 * torch.randn(buffer.shape, generator=generator, dtype=torch.float64))
            elif name.endswith("running_var"):
                buffer.copy_(0.5 + torch.rand(buffer.shape, generator=generator, dtype=torch.float64))
    return copied


def _mask(model: nn.Module, graph: ChannelGraph, unit_kept: NDArray[np.bool_]) -> None:
    """Zero every entry of every parameter and buffer that belongs to a pruned channel, but for those divided by."""
    tensors = dict((*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)))
    with torch.no_grad():
        for name, gone in graph.masked_entries(tensors, unit_kept):
            tensors[name].masked_fill_(gone, 0)


def _outputs(model: nn.Module, inputs: Arguments, training: bool, seed: int) -> list[Tensor]:
    state = copy.deepcopy(dict(model.named_buffers()))
    with torch.no_grad(), torch.random.fork_rng(devices=[]), nothing_compiled(), WithoutDropout():
        torch.manual_seed(seed)
        leaves = tensors_in(inputs.map(Tensor.clone).call(model.train(training)))
        for name, buffer in model.named_buffers():
            buffer.copy_(state[name])
    return [leaf if leaf.is_complex() else leaf.double() for leaf in leaves]  # bytes and booleans cannot be subtracted
