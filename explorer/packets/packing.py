"""The packet of the network that a state names: what the live component needs to evaluate every method by itself."""

from functools import lru_cache

import torch

from explorer import background
from explorer.component.packet import encode
from explorer.component.serve import PACKETS
from explorer.component.weights_packet import encode_weights
from explorer.own import Own
from explorer.state import ExplorerState
from ranp.selection import magnitude_scores, random_scores
from ranp.types import Scores


def packet(state: ExplorerState, scored: bool) -> str:
    """The name under which the browser finds the packet; with the importance of the state's criterion if `scored`.

    Needs the trace, and the importance where it is asked for.
    """
    only = ExplorerState(
        state.architecture, state.preset, criterion=state.criterion, reduce=state.reduce, seed=state.seed
    )
    return PACKETS.add(_encoded(only, background.own(), scored))


def weights_packet(state: ExplorerState) -> str:
    """The same for what single weights contribute, once that is known."""
    return PACKETS.add(encode_weights(background.connecting(state).result()))


@lru_cache(maxsize=16)
def _encoded(state: ExplorerState, _own: Own | None, scored: bool) -> bytes:
    traced = background.tracing(state).result()
    layers = list(traced.graph.layers.values())
    sizes: Scores = {layer.name: torch.ones(layer.neurons) for layer in layers}
    model = background.network_of(state).model
    scores = {"random": random_scores(sizes, state.seed), "magnitude": magnitude_scores(model, layers, state.reduce)}
    if scored:
        scores["sensitivity"] = background.scoring(state).result().scores
    return encode(traced.graph, scores, traced.peak_training_bytes)
