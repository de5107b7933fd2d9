"""What is told of one network of the gallery, and its line in the table."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ranp
from ranp.models import GALLERY, Preset, find_preset
from ranp.subject import Scoring, compute_scores, library_network
from ranp.units import count

from ..table import quantity

HEAD = ("network", "task", "neurons", "can go", "MACs left", "trace", "published input", "MACs", "parameters")
REPEATS = 3
SPARSITY = 0.5


@dataclass(frozen=True)
class GalleryRow:
    """One line. All but the first two figures are of the published size.

    ``left`` is the share of MACs that RANP-f leaves of the classroom's size at `SPARSITY`, scored as `ranp prune` does;
    ``trace`` is CPU seconds, the fewest of `REPEATS`, with the second look that each trace takes.
    """

    task: str
    left: float
    neurons: int
    free: int
    macs: int
    params: int
    trace: float


def measure(name: str) -> GalleryRow:
    """Score and prune the classroom's size, trace the published one; nothing of that one is allocated."""
    published = library_network(name, "published", {}, 0, "xavier")
    graph, seconds = fewest(published.trace)
    layers, full = graph.layers.values(), graph.cost()
    return GalleryRow(
        task=find_preset(name, "classroom").task,
        left=share_left(name),
        neurons=sum(layer.neurons for layer in layers),
        free=sum(layer.neurons - layer.frozen for layer in layers),
        macs=full.macs,
        params=full.params,
        trace=seconds,
    )


def share_left(name: str) -> float:
    """Of the MACs of the classroom's size, after RANP-f at `SPARSITY`; ``ValueError`` where that empties a layer."""
    network = library_network(name, "classroom", {}, 0, "xavier")
    graph = network.trace()
    scores, _ = compute_scores(network, graph, Scoring())
    plan = ranp.prune(graph, scores, ranp.PruningConfig(sparsity=SPARSITY, lam=find_preset(name, "classroom").lam))
    plan.check_feasible()
    return plan.pruned.macs / plan.full.macs


def fewest(call: Callable[[], Any]) -> tuple[Any, float]:
    """What the call returns, and the fewest CPU seconds that it took."""
    times = []
    for _ in range(REPEATS):
        started = time.process_time()
        result = call()
        times.append(time.process_time() - started)
    return result, min(times)


def cells(name: str, row: GalleryRow) -> tuple[str, ...]:
    architecture = GALLERY[name]
    return (
        f"{architecture.title} (`{name}`)",
        row.task,
        f"{row.neurons:,}",
        f"{row.free / row.neurons:.1%}",
        f"{row.left:.1%}",
        quantity(row.trace, "s"),
        size(architecture.presets["published"]),
        count(row.macs),
        count(row.params),
    )


def size(preset: Preset) -> str:
    """Channels and extent of the input.

    >>> size(find_preset("vnet", "published"))
    '4 x 128 x 128 x 64'
    """
    return " x ".join(map(str, preset.input_shapes[0][1:]))
