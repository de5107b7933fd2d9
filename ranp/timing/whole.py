"""Whole steps beside the table: the constant that no operation accounts for, and how far the prediction is off.

The constant is what a thin network's step takes beyond its operations; in a thin network it weighs most. The error is
that of the full network, on which nothing was fitted.
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

THIN = 0.25
"""Of each layer's neurons."""


def time_whole(
    table: TimeTable, model: nn.Module, graph: ChannelGraph, work: Sequence[Work], budget: float = 60.0
) -> TimeTable:
    """The table with its constants and errors, from steps of ``model``, which is left as it is.

    Those of each kind end after ``budget`` seconds, at the earliest after one of each network.
    """
    kept = thin(graph)
    small = plain_copy(model)
    narrow(small, graph, graph.unit_kept(kept))
    device = torch.device(table.machine.device)
    models = [plain_copy(model).to(device), small.to(device)]
    inputs = graph.inputs.with_batch(table.batch)
    constants, errors = {}, {}
    for each in work:
        steps = time_steps(models, inputs, budget=budget, training=each.kind == "training")
        full, least = (found.median for found in steps)
        prices = TimePrices(graph, each, table)
        constants[each.kind] = max(0.0, least - prices.at(kept))
        errors[each.kind] = (prices.at() + constants[each.kind]) / full - 1
    return replace(table, constants=constants, errors=errors)


def thin(graph: ChannelGraph) -> Masks:
    """A quarter of each layer's neurons, as far as ties allow."""
    return graph.resolve(
        {name: torch.arange(layer.neurons) < max(1, layer.neurons * THIN) for name, layer in graph.layers.items()}
    )
