"""A network cut down while it trains: in place, and the optimizer's state with it.

Whatever an optimizer keeps of a parameter in the parameter's own shape, such as Adam's two moments or SGD's momentum,
belongs to its entries one by one; so it is sliced by the channel graph exactly as the parameter is. Numbers, such as
how many steps were taken, stay. State of another shape (Adafactor's rows and columns) cannot be sliced: it is dropped,
and begins anew.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ranp.graph import ChannelGraph, narrow, sliced, verify_shrink
from ranp.schedules.entries import by_name
from ranp.types import Masks


def shrink_in_place(
    model: nn.Module, optimizer: torch.optim.Optimizer, graph: ChannelGraph, kept: Masks, verify: bool = True
) -> None:
    """Leave only the kept neurons of ``model``, which ``graph`` is of, and of what ``optimizer`` knows of them.

    ``kept``: layer -> bool ``(neurons,)``, consistent. Gradients are dropped. Raises ``ValueError`` where a layer is
    left without neurons, and `ranp.graph.VerificationError` as `ranp.plan.shrink`.

    >>> import ranp
    >>> network = nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.Conv3d(4, 2, 1))
    >>> graph = ranp.trace(network, (torch.empty(1, 1, 8, 8, 8),))
    >>> optimizer = torch.optim.Adam(network.parameters())
    >>> network(torch.ones(1, 1, 8, 8, 8)).sum().backward()
    >>> optimizer.step()
    >>> kept = graph.resolve({"0": torch.tensor([True, False, True, False])})
    >>> shrink_in_place(network, optimizer, graph, kept)
    >>> [list(optimizer.state[each]["exp_avg"].shape) for each in network.parameters()]
    [[2, 1, 3, 3, 3], [2], [2, 2, 1, 1, 1], [2]]
    """
    empty = graph.empty_layers(kept)
    if empty:
        raise ValueError(f"expected at least one kept neuron in every layer, got none in '{empty[0]}'; prune less")
    if verify:
        verify_shrink(model, graph, kept)
    units = graph.unit_kept(kept)
    before = by_name(model)
    narrow(model, graph, units)
    after = by_name(model)
    _follow(optimizer, graph, units, before, after)


def _follow(
    optimizer: torch.optim.Optimizer,
    graph: ChannelGraph,
    units: NDArray[np.bool_],
    before: dict[str, nn.Parameter],
    after: dict[str, nn.Parameter],
) -> None:
    """Give the optimizer the parameters that took the others' places, with what it knows of these."""
    replaced = {id(before[name]): name for name in before if before[name] is not after[name]}
    for group in optimizer.param_groups:
        for place, parameter in enumerate(group["params"]):
            name = replaced.get(id(parameter))
            if name is None:
                continue
            group["params"][place] = after[name]
            state = optimizer.state.pop(parameter, None)
            if state is not None:
                optimizer.state[after[name]] = {
                    key: sliced(value, graph, name, units) if _follows(value, parameter) else value
                    for key, value in state.items()
                    if _follows(value, parameter) or _stays(value)
                }


def _follows(value: object, parameter: Tensor) -> bool:
    return isinstance(value, Tensor) and value.shape == parameter.shape and value.ndim > 0


def _stays(value: object) -> bool:
    return not isinstance(value, Tensor) or value.numel() == 1
