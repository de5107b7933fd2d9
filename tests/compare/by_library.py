"""The first visit's plans by the library alone, for what Compare writes out."""

from collections.abc import Iterator

import numpy as np

from explorer import compute
from explorer.charts import Figure
from explorer.state import default_state
from ranp.plan import Plan, prune
from ranp.selection import PruningConfig
from ranp.subject import library_network
from ranp.timing import TimePrices, read_work, shipped_table
from ranp.types import Masks

CHOICES = compute.choices()
Neurons = set[tuple[str, int]]


def pruned(method: str, **settings: object) -> Plan:
    """The first visit's network, by the library alone."""
    start = default_state(CHOICES, "unet3d", "classroom")
    graph, scores = compute.tracing(start).result().graph, compute.importance(start).result().scores
    config = {"lam": start.lam, "alpha": {"ranp-f": 1.0, "ranp-m": 0.0}.get(method, 0.5), **settings}
    return prune(graph, scores, PruningConfig(method, **config))  # type: ignore[arg-type]


def left(plan: Plan, cost: str) -> float:
    """Per cent of the full network."""
    return float(100 * getattr(plan.pruned, cost) / getattr(plan.full, cost))


def step_time_left(plan: Plan) -> float:
    """Per cent of the full network's training step, by the table that ships."""
    start, table = default_state(CHOICES, "unet3d", "classroom"), shipped_table("unet3d", "classroom")
    assert table is not None
    graph = compute.tracing(start).result().graph
    model = library_network("unet3d", "classroom", {}, 0, "xavier").shapes()
    prices = TimePrices(graph, read_work(model, graph, "training", table.batch), table)
    return 100 * prices.at(plan.kept) / prices.at()


def kept_by(masks: Masks) -> Neurons:
    return {(layer, index) for layer, mask in masks.items() for index in mask.nonzero().flatten().tolist()}


def in_words(figure: Figure) -> list[str]:
    """What a chart says under the pointer, mark by mark, as far as it is written out."""
    return [str(words) for trace in figure.data for words in flat(trace.customdata)]


def flat(value: object) -> Iterator[object]:
    """What lists of lists hold."""
    if isinstance(value, list | tuple | np.ndarray):
        for each in value:
            yield from flat(each)
    elif value is not None:
        yield value
