"""The only place that calls into `ranp`: every number that the pages show is made, and remembered, here.

Tracing, scoring and estimating memory go through one queue (`explorer.jobs`): once for all visitors and one at a time,
since they are heavy and since torch's hooks are shared by all threads. Selecting and pricing take milliseconds and are
done where they are asked for. A function that reads a job's result expects the page to have waited for it.
"""

import csv
import io
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from torch import Tensor, nn

from explorer import summaries, wording
from explorer.facts import CurveFacts, NetworkFacts, NeuronFacts, PlanFacts
from explorer.jobs import Job, JobQueue, Report
from explorer.machine import available_memory
from explorer.state import MAX_SPARSITY, ArchitectureChoice, Choices, ExplorerState, PresetChoice
from ranp.config import METHODS, PruningConfig
from ranp.curve import Curve, plan_curve
from ranp.data import TASKS
from ranp.fingerprint import fingerprint, weights_sha256
from ranp.graph import ChannelGraph, trace
from ranp.memory import peak_training_bytes
from ranp.models import ARCHITECTURES, build, example_inputs, find_preset
from ranp.plan import Plan, Provenance, prune
from ranp.ranking import ranked_scores
from ranp.scoring import Scoring, draw_batches, score_preset
from ranp.shrink import shrink
from ranp.types import Scores

GRID = np.linspace(0, MAX_SPARSITY, 199)
"""Sparsities of the resource curves: every half per cent."""

LONG_MACS = 20_000_000_000
"""A network with more MACs a forward pass is scored only when the visitor says so."""

MEMORY_RESERVE = 1.5
"""Kernels need workspace beyond the tensors that the estimate counts."""

QUEUE = JobQueue[Any](remember=512, waiting=16)


@dataclass(frozen=True)
class Traced:
    """A network's channel graph, and the peak memory of training it in full where that could be estimated."""

    graph: ChannelGraph
    peak_training_bytes: int | None


@dataclass(frozen=True)
class Outcome:
    """All that the charts and figures of one state need."""

    plan: PlanFacts
    neurons: NeuronFacts
    curve: CurveFacts


def choices() -> Choices:
    """What this server offers. Classroom sizes come first: a visit starts where it need not wait."""
    architectures = {}
    for name, architecture in ARCHITECTURES.items():
        presets = sorted(architecture.presets.items(), key=lambda item: not item[0].startswith("classroom"))
        sizes = {key: PresetChoice(key, preset.description, preset.sparsity, preset.lam) for key, preset in presets}
        architectures[name] = ArchitectureChoice(architecture.title, architecture.source, sizes)
    return Choices(architectures, {name: method.title for name, method in METHODS.items()})


def tracing(state: ExplorerState) -> Job[Traced]:
    """The job that traces the network; every result below needs it."""
    name, preset = state.architecture, state.preset

    def compute(report: Report) -> Traced:
        model, inputs = build(name, preset, device="meta"), example_inputs(name, preset)
        graph = trace(model, inputs)
        report(1, 2)
        return Traced(graph, _peak(model, inputs))

    return QUEUE.ask(f"trace {name} {preset}", compute)


def network(state: ExplorerState) -> NetworkFacts:
    """The network before anything is pruned."""
    traced = tracing(state).result()
    return summaries.network_facts(traced.graph, traced.peak_training_bytes)


def needs_importance(state: ExplorerState) -> bool:
    """Whether the method ranks neurons by connection sensitivity, for which data go through the network."""
    return METHODS[state.method].scores == "sensitivity"


def was_asked(state: ExplorerState) -> bool:
    """Whether somebody has asked for this importance since the server started."""
    return QUEUE.knows(_importance_key(state))


def is_long(state: ExplorerState) -> bool:
    """Whether scoring may take minutes, so that the visitor should ask for it."""
    return _graph(state).cost().macs > LONG_MACS


def refusal(state: ExplorerState) -> str | None:
    """Why this machine cannot score the network, if it cannot."""
    peak, spare = tracing(state).result().peak_training_bytes, available_memory()
    needed = None if peak is None else MEMORY_RESERVE * Scoring().batch_size * peak
    return None if needed is None or spare is None or needed <= spare else wording.too_large(needed, spare)


def importance(state: ExplorerState) -> Job[Scores]:
    """The job that scores every neuron, read from the disk where the same was scored before."""
    name, preset, seed = state.architecture, state.preset, state.seed
    scoring, graph = Scoring(state.criterion, state.reduce, seed=seed), _graph(state)

    def compute(report: Report) -> Scores:
        model = build(name, preset, seed=seed)
        report(1, 3)
        batches = draw_batches(name, preset, {}, scoring)
        report(2, 3)
        return score_preset(model, graph, name, preset, {}, batches, scoring)

    return QUEUE.ask(_importance_key(state), compute)


def results(state: ExplorerState) -> Outcome:
    """The plan of this state with its curve and every neuron's fate."""
    return _results(state)


def known_peak(state: ExplorerState) -> int | None:
    """Peak memory of training the pruned network, if it has been estimated already."""
    return peak_after(state).result() if QUEUE.has_result(_peak_key(state)) else None


def peak_after(state: ExplorerState) -> Job[int | None]:
    """The job that estimates the peak memory of training the pruned network."""
    name, preset, graph, kept = state.architecture, state.preset, _graph(state), _plan(state).kept

    def compute(report: Report) -> int | None:
        small = shrink(build(name, preset, device="meta"), graph, kept)
        return _peak(small, example_inputs(name, preset))

    return QUEUE.ask(_peak_key(state), compute)


def plan_zip(state: ExplorerState) -> bytes:
    """The plan as a file for `ranp.load_plan`, with which network it is for and what that was scored on."""
    model = build(state.architecture, state.preset, seed=state.seed)
    preset = find_preset(state.architecture, state.preset)
    provenance = Provenance(
        architecture=state.architecture,
        preset=state.preset,
        arguments=preset.arguments,
        seed=state.seed,
        init="xavier",
        weights_sha256=weights_sha256(model),
        data=scored_on(state) if needs_importance(state) else None,
    )
    return replace(_plan(state), provenance=provenance).zip_bytes()


def scored_on(state: ExplorerState) -> str:
    """What the importance was computed on, in words."""
    task, scoring = TASKS[find_preset(state.architecture, state.preset).task], Scoring()
    return f"{task.title}: {scoring.count * scoring.batch_size} procedural examples of seed {state.seed}"


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
    plan, graph, traced = _plan(state), _graph(state), tracing(state).result()
    ranked = ranked_scores(graph, _scores(state), plan.config, _model(state))
    return Outcome(
        summaries.plan_facts(plan, graph, traced.peak_training_bytes, _unmet(state)),
        summaries.neuron_facts(plan, ranked, METHODS[state.method].layerwise),
        summaries.curve_facts(_curve(replace(state, target="sparsity", sparsity=0.0, budget=1.0)), plan.full),
    )


@lru_cache(maxsize=256)
def _plan(state: ExplorerState) -> Plan:
    """The plan; where its budget cannot be met, the smallest network there is."""
    if _unmet(state):
        curve = _curve(replace(state, target="sparsity", sparsity=0.0, budget=1.0))
        state = replace(state, target="sparsity", sparsity=curve.max_feasible_sparsity)
    return prune(_graph(state), _scores(state), _config(state), _model(state), Provenance())


@lru_cache(maxsize=256)
def _unmet(state: ExplorerState) -> str | None:
    """Why the budget cannot be met, if it cannot."""
    if state.target == "sparsity":
        return None
    try:
        prune(_graph(state), _scores(state), _config(state), _model(state), Provenance())
    except ValueError as error:
        return str(error)
    return None


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
        coupling="any" if state.coupling == "any" else "all",
        min_neurons=state.min_neurons,
        protect=state.protect,
        seed=state.seed,
    )


def _graph(state: ExplorerState) -> ChannelGraph:
    return tracing(state).result().graph


def _scores(state: ExplorerState) -> Scores | None:
    return importance(state).result() if needs_importance(state) else None


def _model(state: ExplorerState) -> nn.Module | None:
    """The weights, for the one method that ranks by them."""
    if METHODS[state.method].scores != "magnitude":
        return None
    return _weights(state.architecture, state.preset, state.seed)


@lru_cache(maxsize=2)
def _weights(name: str, preset: str, seed: int) -> nn.Module:
    return build(name, preset, seed=seed)


def _importance_key(state: ExplorerState) -> str:
    return f"importance {state.architecture} {state.preset} {state.criterion} {state.reduce} {state.seed}"


def _peak_key(state: ExplorerState) -> str:
    masks = {layer: np.packbits(mask.numpy()).tobytes().hex() for layer, mask in _plan(state).kept.items()}
    return f"peak {state.architecture} {state.preset} {fingerprint(**masks)}"


def _peak(model: nn.Module, inputs: tuple[Tensor, ...]) -> int | None:
    """Peak bytes of a training step, or `None` where the estimate is beyond what the estimator knows."""
    try:
        return peak_training_bytes(model, inputs)
    except ValueError:
        return None
