"""The packet of the network that a state names: what the live component needs to evaluate every method by itself."""

from functools import lru_cache

import torch

from explorer.compute import Own, calling, heavy, moments_of
from explorer.live import PACKETS
from explorer.packets.moments import encode_moments
from explorer.packets.network import encode
from explorer.packets.times import encode_times
from explorer.packets.weights import encode_weights
from explorer.state import ExplorerState
from ranp.selection import magnitude_scores, random_scores
from ranp.timing import TimeTable
from ranp.types import Scores


def packet(state: ExplorerState, scored: bool) -> str:
    """The name under which the browser finds the packet; with the importance of the state's criterion if `scored`.

    Needs the trace, and the importance where it is asked for.
    """
    only = ExplorerState(
        state.architecture,
        state.preset,
        criterion=state.criterion,
        reduce=state.reduce,
        seed=state.seed,
        examples=state.examples,
    )
    return PACKETS.add(_encoded(only, heavy.own(state), scored))


def weights_packet(state: ExplorerState) -> str:
    """The same for what single weights contribute, once that is known."""
    return PACKETS.add(encode_weights(heavy.connecting(state).result()))


def moments_packet(state: ExplorerState) -> str | None:
    """The same for the moments of a training step, where those are known."""
    moments = moments_of(state)
    return None if moments is None else PACKETS.add(encode_moments(moments))


def times_packet(state: ExplorerState, table: TimeTable) -> str:
    """The same for the seconds of a step by a table of this network; what its steps call must be read by now."""
    only = ExplorerState(state.architecture, state.preset)
    return PACKETS.add(_timed(only, heavy.own(state), table))


@lru_cache(maxsize=16)
def _timed(state: ExplorerState, _own: Own | None, table: TimeTable) -> bytes:
    return encode_times(heavy.tracing(state).result().graph, calling(state, table.batch).result().works, table)


@lru_cache(maxsize=16)
def _encoded(state: ExplorerState, _own: Own | None, scored: bool) -> bytes:
    traced = heavy.tracing(state).result()
    layers = list(traced.graph.layers.values())
    sizes: Scores = {layer.name: torch.ones(layer.neurons) for layer in layers}
    model = heavy.network_of(state).model
    scores = {"random": random_scores(sizes, state.seed), "magnitude": magnitude_scores(model, layers, state.reduce)}
    if scored:
        scores["sensitivity"] = heavy.scoring(state).result().scores
    return encode(traced.graph, scores, traced.peak_training_bytes)
