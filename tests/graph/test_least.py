"""The smallest network that can be built, against every choice of units one by one."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ranp.graph import ChannelGraph, trace


class Joined(nn.Module):
    """Two branches of unequal cost, joined and followed by a depthwise layer, which needs a channel of either."""

    def __init__(self) -> None:
        super().__init__()
        self.cheap, self.dear = nn.Conv3d(1, 3, 1), nn.Conv3d(1, 3, 3, padding=1)
        self.each, self.head = nn.Conv3d(6, 6, 3, padding=1, groups=6), nn.Conv3d(6, 2, 1)

    def forward(self, volume: Tensor) -> Tensor:
        return self.head(self.each(torch.cat([self.cheap(volume), self.dear(volume)], 1)))


class Residual(nn.Module):
    """Two convolutions tied by an addition, and one that is tied to a part of their channels only."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.block = nn.Conv3d(1, 5, 3, padding=1), nn.Conv3d(5, 5, 1)
        self.part, self.head = nn.Conv3d(5, 2, 1), nn.Linear(5, 3)

    def forward(self, volume: Tensor) -> Tensor:
        stem = self.stem(volume)
        both = stem + self.block(torch.relu(stem))
        joined = torch.cat([both[:, :2] + self.part(both), both[:, 2:]], 1)
        return self.head(joined.mean((2, 3, 4)))


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "joined": Joined,
    "residual": Residual,
    "group norm": lambda: nn.Sequential(
        nn.Conv3d(1, 8, 3), nn.GroupNorm(4, 8), nn.ReLU(), nn.Conv3d(8, 6, 1), nn.GroupNorm(1, 6), nn.Conv3d(6, 2, 1)
    ),
    "shuffle": lambda: nn.Sequential(
        nn.Conv3d(1, 8, 1), nn.Conv3d(8, 8, 1, groups=2), nn.ChannelShuffle(2), nn.Conv3d(8, 8, 1, groups=2)
    ),
}


def cheapest(graph: ChannelGraph, kind: str) -> int:
    costs = []
    for free in product([False, True], repeat=graph.unit_count - 1):
        alive = np.array([True, *free])
        if all(alive[units].any() for units in graph.layer_units.values()):
            kept = {name: torch.from_numpy(alive[units]) for name, units in graph.layer_units.items()}
            costs.append(getattr(graph.cost(kept), kind))
    return int(min(costs))


@pytest.mark.parametrize("name", NETWORKS)
def test_no_choice_of_neurons_that_leaves_every_layer_one_costs_less(name: str) -> None:
    graph = trace(NETWORKS[name](), (torch.empty(1, 1, 6, 6, 6),))
    for kind in ("macs", "params"):
        assert getattr(graph.least[kind], kind) == cheapest(graph, kind) <= getattr(graph.cost(), kind)


def test_neurons_that_can_go_may_save_next_to_nothing() -> None:
    network = nn.Sequential(nn.Conv3d(1, 16, 3), nn.GroupNorm(2, 16), nn.Conv3d(16, 16, 3), nn.GroupNorm(1, 16))
    graph = trace(network, (torch.empty(1, 1, 6, 6, 6),))
    assert graph.layers["0"].prunable
    assert graph.least["macs"].macs == graph.cost().macs // 2  # of the first layer a group of two may go
