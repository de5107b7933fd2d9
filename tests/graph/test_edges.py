"""Which layers feed which, and what a drawing shows, on networks small enough to know it by looking."""

import torch
from torch import Tensor, nn

import ranp
from ranp.graph import Place


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


class Residual(nn.Module):
    """A block that is called twice: its layers and its sum are one place each."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(4, 4, 3, padding=1)

    def forward(self, volume: Tensor) -> Tensor:
        return volume + torch.relu(self.conv(volume))


class Towers(nn.Module):
    """Two inputs through the same layers, then joined."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv3d(1, 4, 1)
        self.block = Residual()
        self.head = nn.Conv3d(4, 2, 1)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        one, other = (self.block(self.stem(volume)) for volume in (left, right))
        return self.head(one - other)


def places(model: nn.Module, inputs: int = 1) -> list[Place]:
    return list(ranp.trace(model, tuple(torch.empty(1, 1, 4, 4, 4) for _ in range(inputs))).topology)


def test_towers_are_one_tower_that_is_called_twice() -> None:
    found = [(place.kind, place.name, place.calls, place.sources) for place in places(Towers(), inputs=2)]
    assert found == [
        ("input", "input", 1, ()),
        ("input", "input", 1, ()),
        ("layer", "stem", 2, (0, 1)),
        ("layer", "block.conv", 2, (2,)),
        ("join", "add", 2, (2, 3)),
        ("layer", "head", 1, (4,)),
        ("output", "output", 1, (5,)),
    ]


def test_shapes_are_those_of_the_first_call() -> None:
    shapes = {place.name: place.shape for place in places(Towers(), inputs=2)}
    assert shapes["stem"] == (1, 4, 4, 4, 4)
    assert shapes["head"] == (1, 2, 4, 4, 4)


def test_every_layer_of_a_network_that_only_traces_in_parts_has_a_place() -> None:
    class Broken(nn.Module):
        def forward(self, volume: Tensor) -> Tensor:
            return volume if float(volume.sum()) > 0 else -volume

    model = nn.Sequential(nn.Conv3d(1, 4, 1), Broken(), nn.Conv3d(4, 2, 1))
    graph = ranp.trace(model, (torch.empty(1, 1, 4, 4, 4),))
    assert [place.name for place in graph.topology if place.kind == "layer"] == list(graph.layers)
