"""Whole steps beside the table: what operations leave over, and how far predictions are off.

Alone, an operation meets its own tensors in the cache, in memory that it had before. In a step memory is fresh and was
last touched by others, which costs something for each element that is read or written, and each call costs a little.
So what is left over is

    constant + seconds an element x the elements of all operations that are priced by them

fitted to the step of the full network and that of a thin one. The error is that of a network between the two, to which
nothing is fitted.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import nn

from ranp.graph import ChannelGraph, narrow, plain_copy
from ranp.resources import time_steps
from ranp.timing.price import TimePrices
from ranp.timing.table import TimeTable
from ranp.timing.work import Work
from ranp.types import Masks

THIN, HALF = 0.25, 0.5
"""Of each layer's neurons: in the network that is fitted to, and in the one that is predicted."""


def time_whole(
    table: TimeTable, model: nn.Module, graph: ChannelGraph, work: Sequence[Work], budget: float = 60.0
) -> TimeTable:
    """The table with what is left over and its errors, from steps of ``model``, which is left as it is.

    Those of each kind end after ``budget`` seconds, at the earliest after one of each network.
    """
    plans = [part_of(graph, share) for share in (THIN, HALF)]
    models = [plain_copy(model) for _ in (*plans, None)]
    for small, kept in zip(models, plans, strict=False):
        narrow(small, graph, graph.unit_kept(kept))
    device = torch.device(table.machine.device)
    models = [each.to(device) for each in models]
    inputs = graph.inputs.with_batch(table.batch)
    measured = {
        each.kind: [
            found.median for found in time_steps(models, inputs, budget=budget, training=each.kind == "training")
        ]
        for each in work
    }
    return fitted(table, graph, work, plans, measured)


def fitted(
    table: TimeTable,
    graph: ChannelGraph,
    work: Sequence[Work],
    plans: Sequence[Masks],
    measured: dict[str, list[float]],
) -> TimeTable:
    """The table with what is left over in the steps of the thin and the full network, and its error on the other.

    ``plans`` are the thin and the other one, ``measured`` by kind of step the seconds of theirs and the full network's.
    """
    thin, half = plans
    bare = replace(table, constants=dict.fromkeys(measured, 0.0), per_element={})
    constants, per_element = {}, {}
    for each in work:
        prices = TimePrices(graph, each, bare)
        least, _, full = measured[each.kind]
        over = least - prices.at(thin), full - prices.at()
        constants[each.kind], per_element[each.kind] = left_over((prices.elements(thin), prices.elements()), over)
    found = replace(table, constants=constants, per_element=per_element)
    errors = {each.kind: TimePrices(graph, each, found).at(half) / measured[each.kind][1] - 1 for each in work}
    return replace(found, errors=errors)


def left_over(elements: tuple[float, float], seconds: tuple[float, float]) -> tuple[float, float]:
    """The constant and the seconds an element of a thin and the full network's steps; neither is below 0.

    Where the full network leaves less over than the thin one, it is the thin one's constant; where the constant would
    be negative, all of it is the full one's by elements.

    >>> left_over((1e6, 5e6), (0.5, 1.5))
    (0.25, 2.5e-07)
    >>> left_over((1e6, 5e6), (0.5, 0.25)), left_over((1e6, 5e6), (0.25, 2.5))
    ((0.5, 0.0), (0.0, 5e-07))
    """
    (few, many), (thin, full) = elements, seconds
    slope = max(0.0, (full - thin) / (many - few)) if many > few else 0.0
    constant = thin - slope * few
    if slope > 0 and constant < 0:
        return 0.0, full / many if full > 0 else 0.0
    return max(0.0, constant), slope


def part_of(graph: ChannelGraph, share: float) -> Masks:
    """A share of each layer's neurons, as far as ties allow, and one at least."""
    return graph.resolve(
        {name: torch.arange(layer.neurons) < max(1, layer.neurons * share) for name, layer in graph.layers.items()}
    )
