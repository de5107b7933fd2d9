"""From masks to a physically smaller network.

The result is a new module of the same class with the same forward: parameters, buffers and size attributes are sliced
to the kept channels. It computes what the full network computes with every pruned channel's parameters at zero, which
`verify_shrink` proves in float64 before the network is handed over.
"""

import warnings
from typing import Literal

from torch import nn

from ranp.graph import ChannelGraph, as_written, narrow, plain_copy, verify_shrink
from ranp.models import initialise
from ranp.plan.stale import StaleWarning, stale_attributes, stale_in_words
from ranp.selection import NEVER_EMPTY
from ranp.types import Masks


def shrink(
    model: nn.Module,
    graph: ChannelGraph,
    kept: Masks,
    init: Literal["xavier", "orthogonal"] | None = None,
    seed: int = 0,
    verify: bool = True,
) -> nn.Module:
    """A smaller network with only the kept neurons; ``model`` is left as it is.

    Of what `torch.compile` made comes the plain network, shrunk, to be compiled anew. A warning lists attributes of
    modules that still say a width from before (`stale_attributes`).

    Args:
        model: the network that ``graph`` was traced from, on any device; ``meta`` gives a small network on ``meta``.
        graph: its channel graph.
        kept: layer -> bool ``(neurons,)``, made consistent by ``graph.resolve``.
        init: ``None`` carries the surviving weights over; otherwise they are drawn anew from ``seed``.
        seed: of the new weights.
        verify: check against the masked full network first (skipped on ``meta``, where there is nothing to compute).

    Raises:
        ValueError: a layer is left without neurons, or the masks are of another network or not consistent.
        VerificationError: the small network computes something else (a defect of the channel graph).

    >>> import torch, ranp.graph
    >>> network = nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.Conv3d(4, 2, 1))
    >>> graph = ranp.graph.trace(network, (torch.empty(1, 1, 8, 8, 8),))
    >>> small = shrink(network, graph, graph.resolve({"0": torch.tensor([True, False, True, False])}))
    >>> small[0].weight.shape, small[2].in_channels
    (torch.Size([2, 1, 3, 3, 3]), 2)
    """
    model = as_written(model)
    unit_kept = graph.unit_kept(kept)
    empty = graph.empty_layers(kept)
    if empty:
        raise ValueError(
            f"expected at least one kept neuron in every layer, got none in '{empty[0]}'; "
            f"lower the sparsity or set {' and '.join(f'{name} to {value}' for name, value in NEVER_EMPTY.items())}"
        )
    if verify and not any(parameter.is_meta for parameter in model.parameters()):
        verify_shrink(model, graph, kept)
    small = plain_copy(model)
    narrow(small, graph, unit_kept)
    for sentence in stale_in_words(stale_attributes(small, graph, kept)):
        warnings.warn(sentence, StaleWarning, stacklevel=2)
    return small if init is None else initialise(small, seed, init)
