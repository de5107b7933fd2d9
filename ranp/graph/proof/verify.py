"""Does a shrunk network compute what the channel graph says?

The full network with every pruned channel's parameters at zero must give, in float64, the outputs of the shrunk
network. This refutes wrong rules, which the re-trace (`ranp.graph.retrace`) cannot: a reversed concatenation runs the
same operations on the same shapes.
"""

import copy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from ranp.graph.channel_graph import ChannelGraph
from ranp.graph.narrow import narrow
from ranp.graph.skeleton import Inputs, plain_copy, tensors_in
from ranp.graph.smallest import smallest_inputs
from ranp.types import Masks


class VerificationError(RuntimeError):
    """The shrunk network does not compute what the masked full network computes: a defect in a rule of the graph."""


SINGLE_TOLERANCE = 1e-4
"""Of networks that do not run in double precision: rounding, over a few hundred layers."""


def masked_difference(
    model: nn.Module,
    graph: ChannelGraph,
    kept: Masks,
    inputs: Inputs,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
) -> float:
    """The largest difference between the masked full network and the shrunk one, in float64.

    Weights, statistics and inputs are drawn at random, since freshly initialised ones (biases zero, scales one) would
    hide errors. Both modes are compared: evaluation, and training where batch statistics are used. The difference is
    relative to the largest output.

    Raises:
        ValueError: ``kept`` is not consistent (see `ChannelGraph.unit_kept`) or empties a layer.
    """
    unit_kept = graph.unit_kept(kept)
    full = _randomised(model, seed).to(dtype)
    small = plain_copy(full)
    narrow(small, graph, unit_kept)
    _mask(full, graph, unit_kept)
    generator = torch.Generator().manual_seed(seed)
    values = tuple(pytree.tree_map(lambda item: _random_like(item, generator, dtype), tuple(inputs)))
    worst = 0.0
    for training in (False, True):
        try:
            expected = _outputs(full, values, training, seed)
        except ValueError:
            continue  # batch statistics of a single value: this network cannot run in training mode on one sample
        found = _outputs(small, values, training, seed)
        if len(expected) != len(found):
            return float("inf")
        for one, two in zip(expected, found, strict=True):
            if one.shape != two.shape or not bool(torch.isfinite(one).all()):
                return float("inf")
            scale = max(1.0, float(one.abs().max())) if one.numel() else 1.0
            worst = max(worst, float((one - two).abs().max()) / scale) if one.numel() else worst
    return worst


def verify_shrink(
    model: nn.Module, graph: ChannelGraph, kept: Masks, inputs: Inputs | None = None, tolerance: float = 1e-9
) -> float:
    """`masked_difference` on the cheapest input that the network accepts, checked against ``tolerance``.

    Channel arithmetic does not depend on the volume's size, so the spatial size is halved as long as the network
    accepts it with the same operations; ``inputs`` overrides that. A network that does not run in double precision is
    compared in single.

    Raises:
        VerificationError: the two networks differ.
    """
    chosen = smallest_inputs(model, graph) if inputs is None else inputs
    try:
        difference = masked_difference(model, graph, kept, chosen)
    except ValueError:
        raise
    except Exception:  # quantized layers, and code outside PyTorch, may take single precision only
        difference = masked_difference(model, graph, kept, chosen, dtype=torch.float32)
        tolerance = max(tolerance, SINGLE_TOLERANCE)
    if not difference <= tolerance:
        raise VerificationError(
            f"expected the shrunk {type(model).__name__} to equal the masked one to {tolerance:g}, the outputs differ "
            f"by {difference:.3g}: a rule of the channel graph is wrong for this network; do not use the shrunk "
            "network, and please report the architecture"
        )
    return difference


def _randomised(model: nn.Module, seed: int) -> nn.Module:
    if any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers())):
        raise ValueError(
            f"expected {type(model).__name__} with weights, got one on the meta device, which has no values to "
            "compare; build it on a real device, or shrink without verifying"
        )
    copied = plain_copy(model).cpu().double()
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
            values = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
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
    """Zero every entry of every parameter and buffer that belongs to a pruned channel."""
    tensors = dict((*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)))
    with torch.no_grad():
        for name, dims in graph.parameter_units.items():
            for dim, units in dims.items():
                pruned = torch.from_numpy(np.flatnonzero(~unit_kept[units]))
                tensors[name].index_fill_(dim, pruned, 0)


def _random_like(value: Any, generator: torch.Generator, dtype: torch.dtype) -> Any:
    if not isinstance(value, Tensor):
        return value
    if not value.is_floating_point():
        return torch.zeros(value.shape, dtype=value.dtype)
    return torch.randn(value.shape, generator=generator, dtype=torch.float64).to(dtype)


def _outputs(model: nn.Module, inputs: Inputs, training: bool, seed: int) -> list[Tensor]:
    state = copy.deepcopy(dict(model.named_buffers()))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        leaves = tensors_in(model.train(training)(*inputs))
        for name, buffer in model.named_buffers():
            buffer.copy_(state[name])
    return leaves
