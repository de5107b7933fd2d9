"""Every weight's contribution, on the very examples that the network's importance is computed on."""

from collections.abc import Iterable
from pathlib import Path

import ranp.data
from ranp.graph import ChannelGraph
from ranp.importance import Batch, Connections, connections
from ranp.subject.network import Network
from ranp.subject.own_data import noise_batches, own_batches
from ranp.subject.scoring import Progress, Scoring, draw_batches


def compute_connections(
    network: Network,
    graph: ChannelGraph,
    scoring: Scoring,
    data: str | None = None,
    loss: str | None = None,
    progress: Progress | None = None,
) -> Connections:
    """The connections of the network's layers; arguments as for `ranp.subject.compute_scores`."""
    batches: Iterable[Batch]
    if network.preset is not None:
        known = network.provenance
        assert known.architecture is not None, "a network with a preset is the library's"
        assert known.preset is not None, "a network with a preset is the library's"
        folder = None if data is None else Path(data)
        batches = draw_batches(known.architecture, known.preset, known.arguments, scoring, folder)
        function = ranp.data.loss(network.preset.task)
    elif data is None:
        batches, function = noise_batches(network.spec, scoring)
    else:
        batches, function = own_batches(data, loss, scoring)
    layers = list(graph.layers.values())
    given = network.model, batches, function, scoring.criterion, scoring.reduce, layers, progress, graph.inputs
    return connections(*given, network.earlier())
