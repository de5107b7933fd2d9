"""How cost grows: the same work on four times as much, as a ratio of times. 4 x is linear, 1 x is for free."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import ranp
from ranp.graph import ChannelGraph, trace
from ranp.selection import PruningConfig, plan_curve
from ranp.types import Scores

from ..row import Row
from ..timing import seconds, taking_turns

TIMES, REPEATS = 4, 9
SIDE = 8


def chain(layers: int, neurons: int) -> nn.Sequential:
    """A plain network: convolutions and activations, one behind the other."""
    blocks: list[nn.Module] = [nn.Conv3d(1, neurons, 3, padding=1), nn.ReLU()]
    for _ in range(layers - 1):
        blocks += [nn.Conv3d(neurons, neurons, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*blocks, nn.Conv3d(neurons, 2, 1))


def graph_of(layers: int, neurons: int) -> ChannelGraph:
    return trace(chain(layers, neurons).to("meta"), (torch.empty(1, 1, SIDE, SIDE, SIDE, device="meta"),), check=False)


def tracing(layers: int) -> Callable[[], object]:
    return partial(graph_of, layers, 16)


def planning(neurons: int) -> Callable[[], object]:
    graph = graph_of(16, neurons)
    scores = random_scores(graph)
    return lambda: ranp.prune(graph, scores, PruningConfig("ranp-f", sparsity=0.5))


def curving(points: int) -> Callable[[], object]:
    graph = graph_of(16, 64)
    scores = random_scores(graph)
    return lambda: plan_curve(graph, scores, PruningConfig("ranp-f", sparsity=0.5), np.linspace(0, 0.99, points))


def scoring(batches: int) -> Callable[[], object]:
    model = chain(4, 16)

    def data() -> Iterator[tuple[Tensor, Tensor]]:
        generator = torch.Generator().manual_seed(0)
        for _ in range(batches):
            yield torch.randn(2, 1, 16, 16, 16, generator=generator), torch.zeros(2, 16, 16, 16, dtype=torch.long)

    return lambda: ranp.importance(model, data(), F.cross_entropy)


def random_scores(graph: ChannelGraph) -> Scores:
    generator = torch.Generator().manual_seed(0)
    return {name: torch.rand(layer.neurons, generator=generator) for name, layer in graph.layers.items()}


GROWTH: dict[str, tuple[Callable[[int], Callable[[], object]], int, str]] = {
    "trace, by layers": (tracing, 16, "layers of 16 neurons"),
    "plan, by neurons": (planning, 64, "neurons in each of 16 layers"),
    "curve, by sparsities": (curving, 100, "sparsities, 16 layers of 64 neurons"),
    "score, by batches": (scoring, 2, "batches of two, four layers of 16 neurons"),
}


def measure() -> list[Row]:
    rows = []
    for name, (prepare, size, what) in GROWTH.items():
        small, large = prepare(size), prepare(TIMES * size)
        more, less, ratio = taking_turns(partial(seconds, large), partial(seconds, small), REPEATS)
        how = f"{TIMES * size} beside {size} {what}; median of {REPEATS} pairs"
        rows.append(Row(f"growth: {name}", more, "s", None, how, less, f"{size}", ratio))
    return rows
