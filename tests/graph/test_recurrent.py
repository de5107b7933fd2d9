"""Recurrent layers, by hand: every matrix among their weights is used once a step."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

import ranp
from ranp.graph import verify_shrink

STEPS, ENTERING, HIDDEN = 10, 12, 16
LAYERS: dict[str, tuple[nn.Module, int]] = {  # name -> (layer of 12 to 16, MACs of 10 steps)
    "LSTM": (nn.LSTM(ENTERING, HIDDEN), 17_920),  # 10 * 4 * (12 * 16 + 16 * 16)
    "GRU": (nn.GRU(ENTERING, HIDDEN), 13_440),  # 10 * 3 * (12 * 16 + 16 * 16)
    "RNN": (nn.RNN(ENTERING, HIDDEN), 4_480),  # 10 * (12 * 16 + 16 * 16)
    "RNN of ReLU": (nn.RNN(ENTERING, HIDDEN, nonlinearity="relu", bias=False), 4_480),
    "both directions": (nn.LSTM(ENTERING, HIDDEN, bidirectional=True), 35_840),
    "two layers": (nn.LSTM(ENTERING, HIDDEN, num_layers=2), 38_400),  # 17,920 + 10 * 4 * (16 * 16 + 16 * 16)
    # 35,840 + 2 * 10 * 4 * (32 * 16 + 16 * 16): the second layer reads both directions of the first
    "two layers, both directions": (nn.LSTM(ENTERING, HIDDEN, num_layers=2, bidirectional=True), 97_280),
    "projected": (nn.LSTM(ENTERING, HIDDEN, proj_size=5), 11_680),  # 10 * (4 * 16 * 12 + 4 * 16 * 5 + 16 * 5)
}
CELLS: dict[str, tuple[nn.Module, int]] = {
    "LSTMCell": (nn.LSTMCell(ENTERING, HIDDEN), 1_792),
    "GRUCell": (nn.GRUCell(ENTERING, HIDDEN), 1_344),
    "RNNCell": (nn.RNNCell(ENTERING, HIDDEN), 448),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("batch", [1, 3])
def test_a_recurrent_layer_costs_its_matrices_once_a_step(name: str, batch: int) -> None:
    layer, macs = LAYERS[name]
    graph = ranp.trace(nn.Sequential(layer), (torch.randn(STEPS, batch, ENTERING),))
    assert graph.cost().macs == batch * macs
    assert graph.cost().params == sum(parameter.numel() for parameter in layer.parameters())
    assert graph.uncounted == []


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_costs_one_step(name: str) -> None:
    cell, macs = CELLS[name]
    assert ranp.trace(cell, (torch.randn(3, ENTERING),)).cost().macs == 3 * macs


class Packed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.LSTM(ENTERING, HIDDEN, batch_first=True)

    def forward(self, sequences: Tensor) -> Any:
        return self.layer(pack_padded_sequence(sequences, torch.tensor([10, 7]), batch_first=True))[0].data


def test_packed_sequences_cost_the_steps_that_they_have() -> None:
    graph = ranp.trace(Packed(), (torch.randn(2, STEPS, ENTERING),))
    assert graph.cost().macs == 17 * 17_920 // 10


class Video(nn.Module):
    """A convolution for each frame, and a layer that reads the frames one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.frames = nn.Sequential(nn.Conv3d(1, 8, (1, 3, 3)), nn.ReLU(), nn.Conv3d(8, ENTERING, 1))
        self.layer, self.head = nn.GRU(ENTERING, HIDDEN), nn.Linear(HIDDEN, 3)

    def forward(self, video: Tensor) -> Tensor:
        seen = self.frames(video).mean((3, 4)).permute(2, 0, 1)
        return self.head(self.layer(seen)[0][-1])


def test_what_enters_a_recurrent_layer_stays_and_what_lies_before_may_go() -> None:
    model = Video()
    graph = ranp.trace(model, (torch.randn(1, 1, STEPS, 6, 6),))
    assert {name: layer.frozen for name, layer in graph.layers.items()} == {"frames.0": 0, "frames.2": 12, "head": 3}
    assert "recurrent" in str(graph.layers["frames.2"].frozen_reason)
    assert graph.cost_by_layer()["layer"].macs == 13_440
    kept = graph.resolve({"frames.0": torch.arange(8) % 2 == 0})
    assert graph.cost(kept).macs == graph.cost().macs - 4 * STEPS * 16 * (9 + ENTERING)
    verify_shrink(model, graph, kept)
