"""The time tables that come with the library: each prices its own preset, and says where it was measured."""

import pytest
import torch

from ranp.models import ARCHITECTURES, PAPER_NETWORKS
from ranp.plan import prune
from ranp.selection import PruningConfig
from ranp.subject import library_network
from ranp.timing import KINDS, TimePrices, read_work, shipped_table

CLASSROOMS = [
    (name, preset)
    for name in PAPER_NETWORKS
    for preset in ARCHITECTURES[name].presets
    if preset.startswith("classroom")
]


@pytest.mark.parametrize(("architecture", "preset"), CLASSROOMS)
def test_the_shipped_table_prices_its_preset(architecture: str, preset: str) -> None:
    table = shipped_table(architecture, preset)
    assert table is not None
    assert table.machine.device == "cpu"
    assert set(table.errors) == set(KINDS)
    assert max(map(abs, table.errors.values())) < 0.15
    network = library_network(architecture, preset, {}, 0, "xavier")
    graph = network.trace()
    prices = TimePrices(graph, read_work(network.shapes(), graph, "training", table.batch), table)
    scores = {name: torch.rand(layer.neurons) for name, layer in graph.layers.items()}
    kept = prune(graph, scores, PruningConfig("vanilla", sparsity=0.5, min_neurons=1)).masks
    assert 0 < prices.at(kept) < prices.at()


def test_other_networks_come_without_one() -> None:
    assert shipped_table("unet3d", "../../unet3d-classroom") is None
    assert all(shipped_table(name, "paper") is None for name in ARCHITECTURES)
