"""The network that is trained: the full one, or what RANP-f leaves of it at the paper's sparsity and lambda."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

import ranp
from ranp.graph import ChannelGraph
from ranp.models import build
from ranp.subject import Scoring, score_preset
from tests.benchmarks.papers.settings import Setting

NEW_WEIGHTS = 500
"""Added to the seed for the weights that a pruned network starts from, as in the checks of `ranp.checks`."""


@dataclass(frozen=True)
class Size:
    """A setting's network at the paper's size, or narrow and on small inputs where it is only tried out."""

    setting: Setting
    trial: bool = False

    @property
    def task(self) -> str:
        """The task that it is trained for."""
        return self.setting.known.task

    @property
    def arguments(self) -> dict[str, Any]:
        """What is unlike the preset."""
        return dict(self.setting.narrow) if self.trial else {}

    @property
    def classes(self) -> int:
        """The number of its outputs."""
        found: int = {**self.setting.known.arguments, **self.arguments}["classes"]
        return found

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Of its inputs, with a batch of one."""
        return self.at(self.setting.small) if self.trial else self.setting.known.input_shapes

    def at(self, extent: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """The inputs with other depths, heights and widths."""
        return tuple((*shape[:2], *extent) for shape in self.setting.known.input_shapes)

    def model(self, seed: int = 0, device: str = "cpu") -> nn.Module:
        """The full network, its weights drawn from ``seed``."""
        return build(self.setting.architecture, self.setting.preset, seed=seed, device=device, **self.arguments)

    def graph(self, shapes: tuple[tuple[int, ...], ...] | None = None) -> ChannelGraph:
        """Its channel graph, at these inputs or its own."""
        import torch

        inputs = [torch.empty(shape, device="meta") for shape in shapes or self.shapes]
        return ranp.trace(self.model(device="meta"), inputs)


def planned(size: Size, folder: Path, seed: int, device: str) -> ranp.Plan:
    """What RANP-f leaves, scored on four batches of the real data; ``ValueError`` where a layer would be empty."""
    scoring = Scoring(count=4, batch_size=1, seed=seed, device=device)
    known, model, graph = size.setting.known, size.model(seed), size.graph()
    loaded = ranp.data.load(size.task, folder, size.shapes[0], size.classes, 1, scoring.count, seed)
    scores = score_preset(
        model, graph, size.setting.architecture, size.setting.preset, size.arguments, loaded.batches, scoring
    )
    config = ranp.PruningConfig("ranp-f", sparsity=known.sparsity, lam=known.lam, seed=seed)
    plan = ranp.prune(graph, scores, config)
    if not plan.feasible:  # as in the paper's table
        at_most = plan.max_feasible_sparsity
        plan = ranp.prune(graph, scores, ranp.PruningConfig("ranp-f", sparsity=at_most, lam=known.lam, seed=seed))
    plan.check_feasible()
    return plan


def started(size: Size, plan: ranp.Plan | None, seed: int) -> nn.Module:
    """The network as it begins: weights of ``seed``, or new ones in what the plan leaves."""
    if plan is None:
        return size.model(seed)
    return ranp.shrink(size.model(seed), size.graph(), plan.kept, "xavier", seed + NEW_WEIGHTS)
