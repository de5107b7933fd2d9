"""A small network and what a schedule works with, without a check around it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

import ranp
from ranp.graph import ChannelGraph
from ranp.inputs import Arguments
from ranp.models import Recipe
from ranp.plan import Plan, prune
from ranp.schedules import Ground, Meter, Schedule, Scheduled, Scored, Size
from ranp.selection import PruningConfig
from ranp.training import Alone, Material, Trained, train
from ranp.types import Masks, Scores


class Volumes:
    """Batch after batch of random volumes, whose target is their mean."""

    def check(self, batch_size: int, processes: Alone) -> None:
        """Anything goes."""

    def batches(self, batch_size: int, seed: int, processes: Alone) -> Iterator[tuple[Arguments, Tensor]]:
        generator = torch.Generator().manual_seed(seed)
        while True:
            volumes = torch.randn(batch_size, 1, 4, 4, 4, generator=generator)
            yield Arguments((volumes,)), volumes.mean(dim=(1, 2, 3, 4))

    def loss(self, network: nn.Module, pair: tuple[Arguments, Tensor]) -> Tensor:
        return (network.answer(pair[0]).mean(dim=(1, 2, 3, 4)) - pair[1]).square().mean()

    def figures(self, network: nn.Module, batch_size: int, processes: Alone) -> dict[str, float]:
        pair = next(self.batches(8, 99, processes))
        return {"error": float(self.loss(network, pair))}


def network(neurons: int = 2, norm: bool = False) -> nn.Sequential:
    """``neurons`` between one input channel and one output."""
    torch.manual_seed(0)
    between: list[nn.Module] = [nn.BatchNorm3d(neurons)] if norm else []
    return nn.Sequential(nn.Conv3d(1, neurons, 3, padding=1), *between, nn.ReLU(), nn.Conv3d(neurons, 1, 1))


@dataclass
class Asked:
    """Scores by hand: neurons count by their number, and ``reverse`` turns that round; who asked is put down."""

    reverse: bool = False
    widths: list[int] = field(default_factory=list)

    def score(self, model: nn.Module, graph: ChannelGraph, kept: Masks | None = None) -> Scored:
        counts = {name: layer.neurons for name, layer in graph.layers.items()}
        self.widths.append(counts["0"])
        scores = {name: torch.arange(1.0, count + 1) for name, count in counts.items()}
        if self.reverse:
            scores = {name: score.flip(0) for name, score in scores.items()}
        return Scored(scores, passes=1, examples=2, seconds=0.25)


def ground(
    model: nn.Module, config: PruningConfig, asked: Asked, allowed: int | None = None, file: Path | None = None
) -> Ground:
    """What a schedule works with."""
    graph = ranp.trace(model, (torch.empty(1, 1, 4, 4, 4),))

    def plan(of: ChannelGraph, scores: Scores | None, settings: PruningConfig, left: nn.Module) -> Plan:
        return prune(of, scores, settings, left)

    return Ground(
        graph=graph,
        model=model,
        config=config,
        score=asked.score,
        plan=plan,
        refresh=lambda left: 5,
        peak=lambda left: 1000,
        full_peak=lambda: 2000,
        meter=Meter(graph.cost().macs, [Size(0, graph.cost().macs)]),
        seconds=lambda wall, cpu: cpu,
        macs_allowed=allowed,
        file=file,
        key="ours",
    )


def run(schedule: str, works: Ground, steps: int = 3, rate: float = 0.05, **more: object) -> tuple[Scheduled, Trained]:
    """Train ``works.model`` for so many steps by the schedule."""
    made = Schedule.read(schedule).make(works)
    recipe = Recipe(steps=steps, batch_size=4, learning_rate=rate, train_examples=8, test_examples=8, evaluations=1)
    trained = train(works.model, cast(Material, Volumes()), recipe, seed=0, between=made, **more)  # type: ignore[arg-type]
    return made, trained
