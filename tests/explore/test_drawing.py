"""The drawing of the library's networks and of others: every layer once, nothing upon another."""

import pytest
import torch
from torch import Tensor, nn

from explorer.charts import lay_out
from explorer.packets.drawing import draw, spots_of
from ranp.graph import ChannelGraph, trace
from ranp.models import ARCHITECTURES, build, example_inputs
from tests.charts.test_architecture import overlaps

DRAWN = [name for name, architecture in ARCHITECTURES.items() if not architecture.needs]


def network(name: str) -> ChannelGraph:
    return trace(build(name, "classroom", device="meta"), example_inputs(name, "classroom"), check=False)


@pytest.mark.parametrize("name", DRAWN)
def test_every_layer_of_the_library_is_drawn_once_and_apart(name: str) -> None:
    graph = network(name)
    drawing = draw(graph)
    layers = [place["layer"] for place in drawing["places"] if place["kind"] == "layer"]
    assert sorted(layers) == list(range(len(graph.layers)))
    assert overlaps(lay_out(spots_of(graph))) == []
    widths = {place["layer"]: place["box"][2] for place in drawing["places"] if place["kind"] == "layer"}
    neurons = [layer.neurons for layer in graph.layers.values()]
    widest = max(range(len(neurons)), key=neurons.__getitem__)
    scale = widths[widest] / neurons[widest]
    assert [widths[at] for at in widths] == pytest.approx([max(3, scale * neurons[at]) for at in widths], abs=0.01)


def test_a_stereo_network_has_two_inputs_and_a_tower_that_is_called_twice() -> None:
    places = draw(network("psmnet"))["places"]
    assert [place["kind"] for place in places].count("input") == 2
    assert {place["calls"] for place in places if place["kind"] == "layer"} == {1, 2}


def test_resolution_is_read_from_volumes_rows_and_vectors() -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv3d(1, 8, 2, stride=2)
            self.rows = nn.Linear(8, 8)
            self.vector = nn.Linear(8, 3)

        def forward(self, volume: Tensor) -> Tensor:
            rows = self.rows(self.conv(volume).flatten(2).transpose(1, 2))
            made: Tensor = self.vector(rows.mean(dim=1))
            return made

    graph = trace(Mixed(), (torch.empty(1, 1, 8, 8, 8),))
    sides = [spot.side for spot in spots_of(graph) if spot.kind == "layer"]
    assert sides == pytest.approx([4, 4, 1])
