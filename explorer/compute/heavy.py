"""The heavy work, in one queue for all visitors: tracing, scoring, and estimating the memory of training.

One job at a time, since each wants the whole machine and since torch's hooks are shared by all threads.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from torch import nn

from explorer.jobs import Job, JobQueue, Report
from explorer.own import Own, read_own
from explorer.state import ExplorerState
from explorer.visitors import SESSIONS
from explorer.weights import WeightFacts, weight_facts
from ranp.fingerprint import fingerprint
from ranp.graph import ChannelGraph
from ranp.memory import peak_training_bytes
from ranp.provenance import Provenance
from ranp.scoring import Scoring
from ranp.shrink import shrink
from ranp.subject import Network, compute_connections, compute_scores, library_network, own_network
from ranp.types import Masks, Scores

OWN = "own"
"""The name, as an architecture and as its size, of the network that the app was started with."""

QUEUE = JobQueue[Any](remember=512, waiting=64, each=3, visitors=SESSIONS)


@dataclass(frozen=True)
class Traced:
    """A network's channel graph, and the peak memory of training it in full where that could be estimated."""

    graph: ChannelGraph
    peak_training_bytes: int | None


@dataclass(frozen=True)
class Scored:
    """The importance of every neuron, and which weights and data it belongs to."""

    scores: Scores
    provenance: Provenance


@cache
def own() -> Own | None:
    """The network that the app was started with, if any."""
    return read_own()


def network_of(state: ExplorerState) -> Network:
    """The network that the state names, with the weights of its seed once somebody asks for them."""
    return _network(state.architecture, state.preset, state.seed, own() if state.architecture == OWN else None)


def tracing(state: ExplorerState) -> Job[Traced]:
    """The job that traces the network, which does not hang on its weights."""
    network = network_of(state)

    def compute(report: Report) -> Traced:
        graph = network.trace()
        report(1, 2)
        return Traced(graph, _peak(network, network.shapes()))

    return QUEUE.ask(f"trace {_name(state)}", compute)


def scoring(state: ExplorerState) -> Job[Scored]:
    """The job that scores every neuron, read from the disk where the same was scored before. Needs the trace."""
    network, graph, mine = network_of(state), tracing(state).result().graph, own()
    settings = Scoring(state.criterion, state.reduce, seed=state.seed)
    data, loss = (mine.data, mine.loss) if mine and state.architecture == OWN else (None, None)

    def compute(report: Report) -> Scored:
        assert network.model is not None  # drawn here, so that the progress tells it from the scoring
        report(1, 3)
        return Scored(*compute_scores(network, graph, settings, data, loss))

    return QUEUE.ask(scoring_key(state), compute)


def connecting(state: ExplorerState) -> Job[WeightFacts]:
    """The job that tells what every single weight contributes. Needs the trace and the importance."""
    network, graph, mine = network_of(state), tracing(state).result().graph, own()
    scores, settings = scoring(state).result().scores, Scoring(state.criterion, state.reduce, seed=state.seed)
    data, loss = (mine.data, mine.loss) if mine and state.architecture == OWN else (None, None)

    def compute(report: Report) -> WeightFacts:
        return weight_facts(graph, compute_connections(network, graph, settings, data, loss, report), scores)

    return QUEUE.ask(connecting_key(state), compute)


def peak_after(state: ExplorerState, kept: Masks) -> Job[int | None]:
    """The job that estimates the peak memory of training the network with only these neurons. Needs the trace."""
    network, graph = network_of(state), tracing(state).result().graph

    def compute(report: Report) -> int | None:
        return _peak(network, shrink(network.shapes(), graph, kept, verify=False))

    return QUEUE.ask(peak_key(state, kept), compute)


def scoring_key(state: ExplorerState) -> str:
    return f"importance {_name(state)} {state.criterion} {state.reduce} {state.seed}"


def connecting_key(state: ExplorerState) -> str:
    return f"connections {_name(state)} {state.criterion} {state.reduce} {state.seed}"


def peak_key(state: ExplorerState, kept: Masks) -> str:
    masks = {layer: np.packbits(mask.numpy()).tobytes().hex() for layer, mask in kept.items()}
    return f"peak {_name(state)} {fingerprint(**masks)}"


def _name(state: ExplorerState) -> str:
    return repr(own()) if state.architecture == OWN else f"{state.architecture} {state.preset}"


@lru_cache(maxsize=8)
def _network(architecture: str, preset: str, seed: int, mine: Own | None) -> Network:
    if mine is not None:
        return own_network(mine.model, mine.input_shapes, seed, None)
    return library_network(architecture, preset, {}, seed, "xavier")


def _peak(network: Network, model: nn.Module) -> int | None:
    """Peak bytes of a training step of the network, or of what stays of it; `None` where it cannot be estimated."""
    try:
        return peak_training_bytes(model, network.inputs(), any_device=network.preset is not None)
    except ValueError:
        return None
