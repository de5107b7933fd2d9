"""Which layers feed which, on networks small enough to know it by looking."""

import torch
from torch import Tensor, nn

import ranp


class Block(nn.Module):
    """A residual sum, then a concatenation that an operation in place writes into through a view."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv3d(1, 4, 1)
        self.inner = nn.Conv3d(4, 4, 1)
        self.side = nn.Conv3d(4, 2, 1)
        self.head = nn.Conv3d(6, 2, 1)

    def forward(self, volume: Tensor) -> Tensor:
        start = torch.relu(self.stem(volume))
        total = start + torch.relu(self.inner(start))
        return self.head(torch.cat([total, self.side(total)], dim=1))


class Writer(nn.Module):
    """One layer's output gets into the next by being copied into a part of zeros."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv3d(1, 3, 1)
        self.second = nn.Conv3d(3, 2, 1)

    def forward(self, volume: Tensor) -> Tensor:
        made = self.first(volume)
        padded = made.new_zeros(made.shape[0], 3, 4, 4, 6)
        padded[:, :, :, :, 1:5].copy_(made)
        return self.second(padded)


def edges(model: nn.Module) -> dict[str, tuple[str, ...]]:
    return ranp.trace(model, (torch.empty(1, 1, 4, 4, 4),)).edges


def test_sums_and_concatenations_pass_all_their_sources_on() -> None:
    assert edges(Block()) == {
        "stem": ("inner", "side", "head"),
        "inner": ("side", "head"),
        "side": ("head",),
        "head": (),
    }


def test_what_is_written_in_place_is_a_source() -> None:
    assert edges(Writer()) == {"first": ("second",), "second": ()}
