"""The peak memory of a training step as something that a budget may limit."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from ranp.graph import ChannelGraph
from ranp.resources.memory import squared_error
from ranp.resources.moments import PeakMoments
from ranp.resources.reading import peak_moments
from ranp.selection import Pricer


def peak_pricer(
    model: nn.Module,
    graph: ChannelGraph,
    batch: int | None = None,
    optimizer: str = "adamw",
    any_device: bool = False,
    loss: Callable[[Any], Tensor] = squared_error,
) -> Pricer:
    """What `ranp.prune` needs for a budget of ``peak``: the most bytes alive in a step on ``batch`` examples.

    ``batch`` is that of the graph's inputs where it is not given; all else is as for `ranp.resources.peak_moments`,
    which says what is raised. ``model`` may lie on ``meta``.

    >>> import torch, ranp
    >>> network = nn.Sequential(nn.Conv3d(1, 8, 3), nn.ReLU(), nn.Conv3d(8, 2, 1))
    >>> graph = ranp.trace(network, (torch.empty(1, 1, 8, 8, 8),))
    >>> scores = {"0": torch.arange(1.0, 9.0), "2": torch.ones(2)}
    >>> pricer = peak_pricer(network, graph, batch=2, any_device=True)
    >>> config = ranp.PruningConfig("vanilla", budget=("peak", "40kB"))
    >>> plan = ranp.prune(graph, scores, config, pricers={"peak": pricer})
    >>> plan.kept_counts, plan.step_costs[0].full, plan.step_costs[0].pruned
    ({'0': 5, '2': 2}, 52024, 35368)
    """
    batch = checked_batch(graph.inputs.batch if batch is None else batch)
    return moments_pricer(peak_moments(model, graph, optimizer, loss, any_device), model, graph, batch)


def moments_pricer(moments: PeakMoments, model: nn.Module, graph: ChannelGraph, batch: int) -> Pricer:
    """The same where the moments of the network's step are there already."""
    terms = {"batch": checked_batch(batch), "optimizer": moments.optimizer, "precision": precision(model)}
    return Pricer(lambda kept: moments.peak(graph, kept, batch), terms)


def checked_batch(batch: int) -> int:
    """The number of examples of a step; ``ValueError`` where it is none."""
    if not isinstance(batch, int) or isinstance(batch, bool) or batch < 1:
        raise ValueError(f"the batch of a training step must be a whole number of at least 1, not {batch!r}")
    return batch


def precision(model: nn.Module) -> str:
    """The dtypes of a network's parameters, by which its step computes.

    >>> precision(nn.Linear(2, 2))
    'float32'
    """
    found = sorted({str(parameter.dtype).removeprefix("torch.") for parameter in model.parameters()})
    return " and ".join(found) or "float32"
