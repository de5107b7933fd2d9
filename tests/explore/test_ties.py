"""Why layers are tied, as the inspector says it."""

import pytest
import torch
from torch import Tensor, nn

from explorer.packets.ties import in_sentences
from ranp.graph import Cause, Tie, trace


class Block(nn.Module):
    """A convolution that is added to what it reads, and one that scales that."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.gate = nn.Conv3d(4, 4, 1), nn.Conv3d(4, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.conv(x)
        return x * self.gate(x)


def test_operations_are_named_with_what_they_do() -> None:
    network = nn.Sequential(nn.Conv3d(1, 4, 1), Block(), nn.Conv3d(4, 4, 3, groups=4), nn.Conv3d(4, 1, 1))
    ties = trace(network, torch.empty(1, 1, 4, 4, 4)).ties
    assert in_sentences("1.conv", ties["1.conv"]) == [
        "add in 1 adds up the outputs of 1.conv and 0, channel by channel.",
        "1.gate and 2 are tied to it in turn, through add in 1, mul in 1 and conv3d in 2.",
    ]
    assert in_sentences("2", ties["2"])[0].startswith("conv3d in 2 works on its channels one by one or in groups, so ")
    assert in_sentences("3", ties["3"]) == []


@pytest.mark.parametrize(
    ("ties", "said"),
    [
        ([Tie("b", (Cause("batch_norm", "norm"),))], "batch_norm in norm needs the same channels of a and b."),
        ([Tie("b", (Cause("cat", ""),))],
         "cat in the network's own forward pass joins along another dimension the outputs of a and b, channel by "
         "channel."),
        ([Tie(f"b{number}", (Cause("add", "x"),)) for number in range(5)],
         "add in x adds up the outputs of a, b0, b1 and 3 more, channel by channel."),
    ],
    ids=["norm", "joined", "many"],
)  # fmt: skip
def test_a_sentence_for_each_operation(ties: list[Tie], said: str) -> None:
    assert in_sentences("a", ties) == [said]
