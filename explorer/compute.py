"""What the pages ask for: every number that they show comes from `ranp` through here.

Heavy work is a job of `explorer.background`, and what needs its result says so: the page waits for the job first.
Selecting and pricing take milliseconds; the last few hundred states are remembered, for whoever asks.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

import numpy as np
from torch import nn

from explorer import background, summaries, wording
from explorer.facts import ChannelGraphFacts, CurveFacts, NetworkFacts, NeuronFacts, PlanFacts
from explorer.jobs import Job
from explorer.machine import available_memory
from explorer.pipeline import LayerSteps, NeuronSteps, layer_steps, neuron_steps
from explorer.state import MAX_SPARSITY, ArchitectureChoice, Choices, ExplorerState, PresetChoice
from ranp.config import BUDGETS, DEFAULT_SPARSITY, METHODS, PruningConfig
from ranp.criteria import CRITERIA
from ranp.curve import Curve, plan_curve
from ranp.fingerprint import weights_sha256
from ranp.graph import ChannelGraph, Coupling
from ranp.models import ARCHITECTURES
from ranp.plan import Plan, prune
from ranp.provenance import Provenance
from ranp.ranking import ranked_scores
from ranp.scoring import Scoring
from ranp.types import Scores

GRID = np.linspace(0, MAX_SPARSITY, 199)
"""Sparsities of the resource curves: every half per cent."""

LONG_MACS = 20_000_000_000
"""A network with more MACs a forward pass is scored only when the visitor says so."""

MEMORY_RESERVE = 1.5
"""Kernels need workspace beyond the tensors that the estimate counts."""


@dataclass(frozen=True)
class Outcome:
    """All that the charts and figures of one state need."""

    plan: PlanFacts
    neurons: NeuronFacts
    curve: CurveFacts


def choices() -> Choices:
    """What this server offers: one's own network first, and classroom sizes, where a visit need not wait."""
    architectures = {}
    if own := background.own():
        size = PresetChoice("as given", "as the app was started", DEFAULT_SPARSITY, PruningConfig().lam)
        architectures[background.OWN] = ArchitectureChoice(own.model, "your own", {background.OWN: size})
    for name, architecture in ARCHITECTURES.items():
        presets = sorted(architecture.presets.items(), key=lambda item: not item[0].startswith("classroom"))
        sizes = {key: PresetChoice(key, preset.description, preset.sparsity, preset.lam) for key, preset in presets}
        architectures[name] = ArchitectureChoice(architecture.title, architecture.source, sizes)
    return Choices(
        architectures,
        {name: method.title for name, method in METHODS.items()},
        {name: f"{name}: {criterion.title}" for name, criterion in CRITERIA.items()},
    )


def tracing(state: ExplorerState) -> Job[Any]:
    """The job that traces the network; everything below needs it."""
    return background.tracing(state)


def network(state: ExplorerState) -> NetworkFacts:
    """The network before anything is pruned."""
    traced = tracing(state).result()
    return summaries.network_facts(traced.graph, traced.peak_training_bytes)


def layer_costs(state: ExplorerState, resource: str) -> dict[str, float]:
    """What each layer of the full network costs: `macs`, `activations` (elements of its output) or `params`."""
    return dict(_graph(state).layer_costs(resource))


def needs_importance(state: ExplorerState) -> bool:
    """Whether the method ranks neurons by connection sensitivity, for which data go through the network."""
    return METHODS[state.method].scores == "sensitivity"


def was_asked(state: ExplorerState) -> bool:
    """Whether somebody has asked for this importance since the server started."""
    return background.QUEUE.knows(background.scoring_key(state))


def is_long(state: ExplorerState) -> bool:
    """Whether scoring may take minutes, so that the visitor should ask for it."""
    return _graph(state).cost().macs > LONG_MACS


def refusal(state: ExplorerState) -> str | None:
    """Why this machine cannot score the network, if it cannot."""
    peak, spare = tracing(state).result().peak_training_bytes, available_memory()
    needed = None if peak is None else MEMORY_RESERVE * Scoring().batch_size * peak
    return None if needed is None or spare is None or needed <= spare else wording.too_large(needed, spare)


def importance(state: ExplorerState) -> Job[Any]:
    """The job that scores every neuron; results need it where `needs_importance`."""
    return background.scoring(state)


def weights(state: ExplorerState) -> Job[Any]:
    """The job that tells what every single weight contributes to the importance, which it needs."""
    return background.connecting(state)


def weights_were_asked(state: ExplorerState) -> bool:
    """Whether somebody has asked for this since the server started."""
    return background.QUEUE.knows(background.connecting_key(state))


def ahead_of(job: Job[Any]) -> int:
    """How many other computations come before this one."""
    return background.QUEUE.ahead_of(job)


def scored_on(state: ExplorerState) -> str:
    """What the importance was computed on, in words."""
    return _provenance(state).data or ""


def results(state: ExplorerState) -> Outcome:
    """The plan of this state with its curve and every neuron's fate."""
    return _results(_decisive(state))


def is_feasible(state: ExplorerState) -> bool:
    """Whether every layer keeps a neuron."""
    return _plan(state).feasible


def peak_before(state: ExplorerState) -> int | None:
    """Peak memory of training the full network, in bytes, where it can be estimated."""
    peak: int | None = tracing(state).result().peak_training_bytes
    return peak


def neurons_of(state: ExplorerState) -> list[int]:
    """How many neurons each layer of the full network has."""
    return [layer.neurons for layer in _graph(state).layers.values()]


def steps(state: ExplorerState, layer: str, neuron: int) -> tuple[list[LayerSteps], NeuronSteps]:
    """What each step of the method does to each layer, and one neuron's way through it."""
    decisive = _decisive(state)
    plan, graph, facts = _plan(state), _graph(state), _results(decisive).neurons
    first = {"sensitivity": "vanilla"}.get(METHODS[state.method].scores, METHODS[state.method].scores)
    start, ranked = (
        ranked_scores(graph, _scores(state), replace(plan.config, method=name), _model(state))
        for name in (first, state.method)
    )
    layers = layer_steps(graph, start, ranked, plan.config, plan)
    return layers, neuron_steps(start, ranked, facts, plan.config, plan, layer, neuron)


def drawing(state: ExplorerState) -> ChannelGraphFacts:
    """What the drawing of the channel graph shows: layers, the ways between them, and what the plan keeps."""
    return summaries.graph_facts(_graph(state), _plan(state).kept_counts)


def thinning(state: ExplorerState, points: Sequence[float]) -> list[list[int]]:
    """How many neurons of each layer stay at each of these sparsities, ascending."""
    curve = _curve_of(_decisive(state))
    places = np.searchsorted(curve.sparsities, np.array(points) - 1e-9)
    found: list[list[int]] = curve.kept[places].tolist()
    return found


def finished_peak(state: ExplorerState) -> Job[int | None] | None:
    """The job of `peak_after`, if it is over already."""
    over = background.QUEUE.has_result(background.peak_key(state, _plan(state).kept))
    return peak_after(state) if over else None


def peak_after(state: ExplorerState) -> Job[int | None]:
    """The job that estimates the peak memory of training the pruned network."""
    return background.peak_after(state, _plan(state).kept)


def plan(state: ExplorerState) -> Plan:
    """The plan of this state, with which network it is for and what that was scored on."""
    return replace(_plan(state), provenance=_provenance(state))


def planned_state(state: ExplorerState) -> ExplorerState:
    """The state whose plan is shown: another one where the target cannot be met, and the smallest network is."""
    return _smallest(state) if _plan_or_smallest(_decisive(state))[1] else state


def plan_zip(state: ExplorerState) -> bytes:
    """The plan as a file for `ranp.load_plan`."""
    return plan(state).zip_bytes()


def masks_csv(state: ExplorerState) -> bytes:
    """The masks as a table: one row a neuron."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["layer", "neuron", "keep"])
    for layer, mask in _plan(state).kept.items():
        table.writerows([layer, neuron, int(kept)] for neuron, kept in enumerate(mask.tolist()))
    return text.getvalue().encode()


@lru_cache(maxsize=256)
def _results(state: ExplorerState) -> Outcome:
    plan, unmet = _plan_or_smallest(state)
    graph, peak = _graph(state), tracing(state).result().peak_training_bytes
    ranked = ranked_scores(graph, _scores(state), plan.config, _model(state))
    return Outcome(
        summaries.plan_facts(plan, graph, peak, unmet),
        summaries.neuron_facts(plan, ranked, METHODS[state.method].layerwise),
        summaries.curve_facts(_curve_of(state), plan.full),
    )


def _plan(state: ExplorerState) -> Plan:
    return _plan_or_smallest(_decisive(state))[0]


def _decisive(state: ExplorerState) -> ExplorerState:
    """The state without what is only looked at."""
    return replace(state, layer="", neuron=-1, xray=1)


@lru_cache(maxsize=256)
def _plan_or_smallest(state: ExplorerState) -> tuple[Plan, bool]:
    """The plan, and whether its target cannot be met: it is then the smallest network there is."""
    if state.target != "sparsity":
        plan = _prune(_smallest(state))
        least = getattr(plan.pruned, BUDGETS[state.target]) / getattr(plan.full, BUDGETS[state.target])
        if least > state.budget:
            return plan, True
    return _prune(state), False


def _smallest(state: ExplorerState) -> ExplorerState:
    return replace(state, target="sparsity", sparsity=_curve_of(state).max_feasible_sparsity)


def _prune(state: ExplorerState) -> Plan:
    return prune(_graph(state), _scores(state), _config(state), _model(state), Provenance())


def _curve_of(state: ExplorerState) -> Curve:
    return _curve(replace(state, target="sparsity", sparsity=0.0, budget=1.0))


@lru_cache(maxsize=256)
def _curve(state: ExplorerState) -> Curve:
    return plan_curve(_graph(state), _scores(state), _config(state), GRID, _model(state))


def _config(state: ExplorerState) -> PruningConfig:
    by_sparsity = state.target == "sparsity"
    return PruningConfig(
        method=state.method,
        sparsity=state.sparsity if by_sparsity else None,
        budget=None if by_sparsity else (state.target, state.budget),
        alpha=state.alpha,
        lam=state.lam,
        criterion=state.criterion,
        reduce=state.reduce,
        coupling=cast(Coupling, state.coupling),
        min_neurons=state.min_neurons,
        protect=state.protect,
        caps=state.caps,
        seed=state.seed,
    )


def _graph(state: ExplorerState) -> ChannelGraph:
    graph: ChannelGraph = tracing(state).result().graph
    return graph


def _scores(state: ExplorerState) -> Scores | None:
    return background.scoring(state).result().scores if needs_importance(state) else None


def _model(state: ExplorerState) -> nn.Module | None:
    """The weights, for the one method that ranks by them."""
    return background.network_of(state).model if METHODS[state.method].scores == "magnitude" else None


def _provenance(state: ExplorerState) -> Provenance:
    if needs_importance(state):
        return background.scoring(state).result().provenance
    chosen = background.network_of(state)
    return replace(chosen.provenance, weights_sha256=weights_sha256(chosen.model))
