"""What a plan is made from: the traced network and its importance, each a job of `explorer.compute.heavy`.

What needs a job's result says so: the page waits for the job first.
"""

from dataclasses import replace
from typing import Any

from torch import nn

from explorer import wording
from explorer.compute import facts_of, heavy
from explorer.compute.job import Job
from explorer.compute.machine import available_memory
from explorer.facts import NetworkFacts
from explorer.state import ExplorerState
from ranp.fingerprint import weights_sha256
from ranp.graph import ChannelGraph
from ranp.importance import CRITERIA
from ranp.models import checkpoint_title
from ranp.plan import Provenance
from ranp.resources import PeakMoments
from ranp.selection import METHODS
from ranp.types import Scores

MEMORY_RESERVE = 1.5
"""Kernels need workspace beyond the tensors that the estimate counts."""

PATIENT_MACS = 12_000_000_000
"""Multiply-adds forward of all examples that are scored within a second or two: nobody needs a first look."""


def tracing(state: ExplorerState) -> Job[Any]:
    """The job that traces the network; everything below needs it."""
    return heavy.tracing(state)


def network(state: ExplorerState) -> NetworkFacts:
    """The network before anything is pruned."""
    traced = tracing(state).result()
    return facts_of.network_facts(traced.graph, traced.peak_training_bytes)


def layer_costs(state: ExplorerState, resource: str) -> dict[str, float]:
    """What each layer of the full network costs: `macs`, `activations` (elements of its output) or `params`."""
    return dict(graph_of(state).layer_costs(resource))


def needs_importance(state: ExplorerState) -> bool:
    """Whether the method ranks neurons by connection sensitivity, for which data go through the network."""
    return METHODS[state.method].scores == "sensitivity"


def was_asked(state: ExplorerState) -> bool:
    """Whether somebody has asked for this importance since the server started."""
    return heavy.QUEUE.knows(heavy.scoring_key(state))


def is_long(state: ExplorerState) -> bool:
    """Whether scoring may take minutes, so that the visitor should ask for it."""
    return heavy.is_long(graph_of(state))


def runs_network(state: ExplorerState) -> bool:
    """Whether the criterion sends anything through the network."""
    return CRITERIA[state.criterion].runs_network


def looks_at_weights(state: ExplorerState) -> bool:
    """Whether single weights have a share in what the criterion says of a neuron."""
    return not CRITERIA[state.criterion].of_neurons


def untrained(state: ExplorerState) -> str | None:
    """What the criterion would measure in a trained network alone, where this one is not; training can change that."""
    rule = CRITERIA[state.criterion]
    known = not rule.needs_before and heavy.own(state) is not None  # which may be trained
    return None if known or not needs_importance(state) else rule.untrained


def refusal(state: ExplorerState) -> str | None:
    """Why this machine cannot score the network, if it cannot: the batch that is used takes more memory than it has."""
    if not runs_network(state):
        return None
    peak, spare = tracing(state).result().peak_training_bytes, available_memory()
    needed = None if peak is None else MEMORY_RESERVE * heavy.settings_of(state).batch_size * peak
    return None if needed is None or spare is None or needed <= spare else wording.too_large(needed, spare)


def importance(state: ExplorerState) -> Job[Any]:
    """The job that scores every neuron; results need it where `needs_importance`."""
    return heavy.scoring(state)


def is_scored(state: ExplorerState) -> bool:
    """Whether the importance is known already."""
    return heavy.QUEUE.has_result(heavy.scoring_key(state))


def looking(state: ExplorerState) -> Job[bool]:
    """The job that tells whether the importance is at hand, so that nothing need be computed."""
    return heavy.looking(state)


def examples(state: ExplorerState) -> tuple[int, int]:
    """On how many examples importance is computed, and how many of these are a batch."""
    settings = heavy.settings_of(state)
    return settings.examples, settings.batch_size


def first_look(state: ExplorerState) -> ExplorerState:
    """The state that is scored first: with one example, where more take the visitor's patience."""
    first, settings = replace(state, examples="1"), heavy.settings_of(state)
    patient = settings.examples * graph_of(state).cost().macs <= PATIENT_MACS
    return state if patient or settings == heavy.settings_of(first) else first


def weights(state: ExplorerState) -> Job[Any]:
    """The job that tells what every single weight contributes to the importance, which it needs."""
    return heavy.connecting(state)


def weights_were_asked(state: ExplorerState) -> bool:
    """Whether somebody has asked for this since the server started."""
    return heavy.QUEUE.knows(heavy.connecting_key(state))


def ahead_of(job: Job[Any]) -> int:
    """How many other computations come before this one."""
    return heavy.QUEUE.ahead_of(job)


def scored_on(state: ExplorerState) -> str:
    """What the importance was computed on, in words: the data, and the trained weights where there are any."""
    known = provenance_of(state)
    weights = "" if known.checkpoint is None else checkpoint_title(known.checkpoint, known.checkpoint_sha256)
    return ", with the trained weights of ".join(filter(None, (known.data, weights)))


def peak_before(state: ExplorerState) -> int | None:
    """Peak memory of training the full network, in bytes, where it can be estimated."""
    peak: int | None = tracing(state).result().peak_training_bytes
    return peak


def measuring(state: ExplorerState) -> Job[heavy.Measured]:
    """The job that reads the moments of a training step; it takes seconds, and only a budget of peak waits for it."""
    return heavy.measuring(state)


def measured(state: ExplorerState) -> heavy.Measured | None:
    """What that job found, if it is over already."""
    known = heavy.QUEUE.has_result(heavy.measuring_key(state))
    return heavy.measuring(state).result() if known else None


def moments_of(state: ExplorerState) -> PeakMoments | None:
    """The moments, where they are known and could be read."""
    found = measured(state)
    return found.moments if found else None


def neurons_of(state: ExplorerState) -> list[int]:
    """How many neurons each layer of the full network has."""
    return [layer.neurons for layer in graph_of(state).layers.values()]


def graph_of(state: ExplorerState) -> ChannelGraph:
    """The channel graph, which must be traced by now."""
    graph: ChannelGraph = tracing(state).result().graph
    return graph


def scores_of(state: ExplorerState) -> Scores | None:
    """Importance, which must be computed by now; None where the method needs none."""
    return heavy.scoring(state).result().scores if needs_importance(state) else None


def model_of(state: ExplorerState) -> nn.Module | None:
    """The weights, for the one method that ranks by them."""
    return heavy.network_of(state).model if METHODS[state.method].scores == "magnitude" else None


def provenance_of(state: ExplorerState) -> Provenance:
    """Which network this is, and what it was scored on."""
    if needs_importance(state):
        return heavy.scoring(state).result().provenance
    chosen = heavy.network_of(state)
    return replace(chosen.provenance, weights_sha256=weights_sha256(chosen.model))
