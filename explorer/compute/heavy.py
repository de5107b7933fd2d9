"""The heavy work, in one queue for all visitors: tracing, scoring, and estimating the memory of training.

One job at a time, since each wants the whole machine and since torch's hooks are shared by all threads.
"""

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from torch import nn

from explorer.compute.job import Job, Report
from explorer.compute.own import Own, read_owns
from explorer.compute.queue import JobQueue, Places
from explorer.compute.stopping import Stoppable
from explorer.compute.visitors import SESSIONS
from explorer.compute.weights import WeightFacts, weight_facts
from explorer.limits import LIMITS_HERE
from explorer.state import ExplorerState
from ranp.fingerprint import fingerprint
from ranp.graph import ChannelGraph
from ranp.importance import CRITERIA
from ranp.plan import Provenance, shrink
from ranp.resources import PeakMoments, peak_moments, peak_training_bytes
from ranp.subject import (
    LONG_MACS,
    Network,
    Scoring,
    compute_connections,
    compute_scores,
    library_network,
    scores_at_hand,
    usual_scoring,
)
from ranp.timing import KINDS, Work, read_work
from ranp.types import Masks, Scores

OWN = "own"
"""The name, as an architecture and as its size, of the network that the app was started with."""

TRAINED = "trained"
"""The size's name where that network has the weights of the checkpoint."""

_PLACES = Places(
    LIMITS_HERE.computations, LIMITS_HERE.computations_each, address=math.ceil(LIMITS_HERE.computations / 2)
)
QUEUE = JobQueue[Any](remember=512, places=_PLACES, visitors=SESSIONS)


@dataclass(frozen=True)
class Traced:
    """A network's channel graph, and the peak memory of training it in full where that could be estimated."""

    graph: ChannelGraph
    peak_training_bytes: int | None


@dataclass(frozen=True)
class Measured:
    """The moments of a network's training step, or why its peak follows no kept counts, in a sentence."""

    moments: PeakMoments | None
    failed: str | None = None


@dataclass(frozen=True)
class Called:
    """What a network's steps call, a `Work` of each kind of step, or why that follows no kept counts, in a sentence."""

    works: tuple[Work, ...]
    failed: str | None = None


@dataclass(frozen=True)
class Scored:
    """The importance of every neuron, and which weights and data it belongs to."""

    scores: Scores
    provenance: Provenance


@cache
def owns() -> dict[str, Own]:
    """The networks that the app was started with, by the names that links have for them: own, own2, own3, ..."""
    return {f"{OWN}{number if number > 1 else ''}": own for number, own in enumerate(read_owns(), 1)}


def own(state: ExplorerState) -> Own | None:
    """The network of the state, where the app was started with it."""
    return owns().get(state.architecture)


def network_of(state: ExplorerState) -> Network:
    """The network that the state names, with the weights of its seed once somebody asks for them."""
    return _network(state.architecture, state.preset, state.seed, own(state))


def tracing(state: ExplorerState) -> Job[Traced]:
    """The job that traces the network, which does not hang on its weights."""
    network = network_of(state)

    def compute(report: Report) -> Traced:
        graph = network.trace()
        report(1, 2)
        return Traced(graph, _peak(network, network.shapes()))

    return QUEUE.ask(f"trace {_name(state)}", compute)


def settings_of(state: ExplorerState) -> Scoring:
    """How importance is computed: on one example of a network that is too long for more, and where it is not run."""
    asked = Scoring(state.criterion, state.reduce, seed=state.seed)
    if state.examples == "1" or not CRITERIA[state.criterion].runs_network:
        return asked.with_one_example()
    return asked if state.examples == "8" else usual_scoring(tracing(state).result().graph, asked)


def looking(state: ExplorerState) -> Job[bool]:
    """The job that tells whether the importance is at hand: it comes with the library, or was computed before."""
    network, graph, mine, settings = network_of(state), tracing(state).result().graph, own(state), settings_of(state)

    def compute(report: Report) -> bool:
        return scores_at_hand(network, graph, settings, mine.data if mine else None)

    return QUEUE.ask(f"at hand {scoring_key(state)}", compute)


def scoring(state: ExplorerState) -> Job[Scored]:
    """The job that scores every neuron, read from the disk where the same was scored before. Needs the trace."""
    network, graph, mine, settings = network_of(state), tracing(state).result().graph, own(state), settings_of(state)
    data, loss = (mine.data, mine.loss) if mine else (None, None)

    def compute(report: Report) -> Scored:
        assert network.model is not None  # drawn here, so that the progress tells it from the scoring
        report(1, 1 + settings.count)

        def scored(done: int, total: int | None) -> None:
            report(1 + done, None if total is None else 1 + total)

        with stoppable(graph, report):
            return Scored(*compute_scores(network, graph, settings, data, loss, scored))

    return QUEUE.ask(scoring_key(state), compute)


def connecting(state: ExplorerState) -> Job[WeightFacts]:
    """The job that tells what every single weight contributes. Needs the trace and the importance."""
    network, graph, mine = network_of(state), tracing(state).result().graph, own(state)
    scores, settings = scoring(state).result().scores, settings_of(state)
    data, loss = (mine.data, mine.loss) if mine else (None, None)

    def compute(report: Report) -> WeightFacts:
        with stoppable(graph, report):
            found = compute_connections(network, graph, settings, data, loss, report)
        return weight_facts(graph, found, scores)

    return QUEUE.ask(connecting_key(state), compute)


def measuring(state: ExplorerState) -> Job[Measured]:
    """The job that reads the moments of a training step, which price the peak of any plan. Needs the trace."""
    network, graph = network_of(state), tracing(state).result().graph

    def compute(report: Report) -> Measured:
        try:
            return Measured(peak_moments(network.shapes(), graph, any_device=network.preset is not None))
        except ValueError as error:
            return Measured(None, str(error))

    return QUEUE.ask(measuring_key(state), compute)


def calling(state: ExplorerState, batch: int) -> Job[Called]:
    """The job that reads what steps of this batch call, which a time table prices. Needs the trace."""
    network, graph = network_of(state), tracing(state).result().graph

    def compute(report: Report) -> Called:
        try:
            return Called(tuple(read_work(network.shapes(), graph, kind, batch) for kind in KINDS))
        except (ValueError, RuntimeError) as error:
            return Called((), str(error))

    return QUEUE.ask(calling_key(state, batch), compute)


def peak_after(state: ExplorerState, kept: Masks) -> Job[int | None]:
    """The job that estimates the peak memory of training the network with only these neurons. Needs the trace."""
    network, graph = network_of(state), tracing(state).result().graph

    def compute(report: Report) -> int | None:
        return _peak(network, shrink(network.shapes(), graph, kept, verify=False))

    return QUEUE.ask(peak_key(state, kept), compute)


def is_long(graph: ChannelGraph) -> bool:
    """Whether scoring may take minutes, and a single batch many seconds."""
    return graph.cost().macs > LONG_MACS


def stoppable(graph: ChannelGraph, report: Report) -> AbstractContextManager[object]:
    """While it is entered, work on a long network ends in the middle of a batch, too, where nobody waits for it."""
    return Stoppable(report) if is_long(graph) else nullcontext()


def scoring_key(state: ExplorerState) -> str:
    return f"importance {_scored(state)}"


def connecting_key(state: ExplorerState) -> str:
    return f"connections {_scored(state)}"


def measuring_key(state: ExplorerState) -> str:
    return f"moments {_name(state)}"


def calling_key(state: ExplorerState, batch: int) -> str:
    return f"calls {batch} {_name(state)}"


def peak_key(state: ExplorerState, kept: Masks) -> str:
    masks = {layer: np.packbits(mask.numpy()).tobytes().hex() for layer, mask in kept.items()}
    return f"peak {_name(state)} {fingerprint(**masks)}"


def _scored(state: ExplorerState) -> str:
    return f"{_name(state)} {state.criterion} {state.reduce} {state.seed} {state.examples}"


def _name(state: ExplorerState) -> str:
    named = repr(own(state) or state.architecture)
    return f"{named} {state.preset}"


@lru_cache(maxsize=8)
def _network(architecture: str, preset: str, seed: int, mine: Own | None) -> Network:
    if mine is not None:
        return mine.network(seed, preset == TRAINED)
    return library_network(architecture, preset, {}, seed, "xavier")


def _peak(network: Network, model: nn.Module) -> int | None:
    """Peak bytes of a training step of the network, or of what stays of it; `None` where it cannot be estimated."""
    try:
        return peak_training_bytes(model, network.inputs(), any_device=network.preset is not None)
    except ValueError:
        return None
