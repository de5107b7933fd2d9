"""Importance for a check on a task: from the batches that the explorer scores on, shared among the processes."""

from pathlib import Path

from torch import nn

import ranp.data
from ranp.checks.check import Check
from ranp.data import Batch
from ranp.graph import ChannelGraph
from ranp.importance import importance
from ranp.selection import PruningConfig
from ranp.subject import Scoring, draw_batches, score_preset
from ranp.training import Alone
from ranp.types import Scores


def scoring_batches(check: Check, config: PruningConfig, seed: int, processes: Alone) -> list[Batch]:
    """The batches of ``seed`` that neurons are scored on."""
    scoring = Scoring(config.criterion, config.reduce, seed=seed, device=processes.device.type)
    batches = draw_batches(*_named(check), scoring, None if check.subject.data is None else Path(check.subject.data))
    if len(batches) < processes.world:
        raise ValueError(f"{len(batches)} batches to score on are too few for {processes.world} processes")
    return batches


def score_check(
    check: Check,
    graph: ChannelGraph,
    config: PruningConfig,
    seed: int,
    model: nn.Module,
    processes: Alone,
    batches: list[Batch],
) -> Scores:
    """Importance of every neuron of the full network ``model``, shared among the processes, or from the cache."""
    if processes.world > 1:
        mine = batches[processes.rank :: processes.world]
        layers = list(graph.layers.values())
        return importance(
            model,
            mine,
            ranp.data.loss(_task(check)),
            config.criterion,
            config.reduce,
            layers,
            processes.device,
            combine=processes.total,
        )
    scoring = Scoring(config.criterion, config.reduce, seed=seed, device=processes.device.type)
    return score_preset(model, graph, *_named(check), batches, scoring)


def score_left(
    check: Check,
    graph: ChannelGraph,
    config: PruningConfig,
    model: nn.Module,
    batches: list[Batch],
    before: nn.Module | None = None,
) -> Scores:
    """Importance of every neuron of what is left of the network, by its present weights and those ``before``."""
    layers, loss = list(graph.layers.values()), ranp.data.loss(_task(check))
    return importance(model, batches, loss, config.criterion, config.reduce, layers, before=before)


def _named(check: Check) -> tuple[str, str, dict[str, object]]:
    subject = check.subject
    return str(subject.architecture), str(subject.preset), dict(subject.arguments)


def _task(check: Check) -> str:
    preset = check.subject.library_preset
    assert preset is not None, "a network of one's own has no task"
    return preset.task
