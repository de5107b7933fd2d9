"""Importance for a check on a task: from the batches that the explorer scores on, shared among the processes."""

from pathlib import Path

from torch import nn

import ranp.data
from ranp.checks.check import Check
from ranp.graph import ChannelGraph
from ranp.importance import importance
from ranp.selection import PruningConfig
from ranp.subject import Scoring, draw_batches, score_preset
from ranp.training import Alone
from ranp.types import Scores


def score_check(
    check: Check, graph: ChannelGraph, config: PruningConfig, seed: int, model: nn.Module, processes: Alone
) -> Scores:
    """Importance of every neuron of ``model`` from the batches of ``seed``, shared among the processes."""
    scoring = Scoring(config.criterion, config.reduce, seed=seed, device=processes.device.type)
    subject, preset = check.subject, check.subject.library_preset
    assert preset is not None, "a network of one's own has no task"
    folder = None if subject.data is None else Path(subject.data)
    named = str(subject.architecture), str(subject.preset), subject.arguments
    batches = draw_batches(*named, scoring, folder)
    if len(batches) < processes.world:
        raise ValueError(f"{len(batches)} batches to score on are too few for {processes.world} processes")
    if processes.world > 1:
        mine = batches[processes.rank :: processes.world]
        layers = list(graph.layers.values())
        return importance(
            model,
            mine,
            ranp.data.loss(preset.task),
            config.criterion,
            config.reduce,
            layers,
            processes.device,
            combine=processes.total,
        )
    return score_preset(model, graph, *named, batches, scoring)
