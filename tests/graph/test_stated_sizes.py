"""Sizes that modules hold and write into their views: a linear layer's rows that become one channel go as a group."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import ranp
from ranp.formats import export_plan
from ranp.graph import verify_shrink
from ranp.plan import plan_from_masks

INPUT = torch.zeros(2, 5)


class Decoder(nn.Module):
    """Six channels of 2 x 2 x 2 from twelve features; wider than long, or longer than wide."""

    def __init__(self, channels: int = 6, size: int = 2) -> None:
        super().__init__()
        self.width, self.shape, self.size = channels, [1, channels, size, size, size], size
        self.first, self.second = nn.Linear(5, 12), nn.Linear(12, channels * size**3)
        self.conv, self.last = nn.Conv3d(channels, 4, 1), nn.Conv3d(4, 2, 1)

    def viewed(self, x: Tensor) -> Tensor:
        return x.view(-1, *self.shape[1:])

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.second(torch.relu(self.first(x))))
        return self.last(torch.relu(self.conv(self.viewed(x))))


class ByNumber(Decoder):
    def viewed(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], self.width, *[self.size] * 3)


class ByUnflatten(Decoder):
    def __init__(self, channels: int = 6, size: int = 2) -> None:
        super().__init__(channels, size)
        self.unflatten = nn.Unflatten(1, (channels, size, size, size))

    def viewed(self, x: Tensor) -> Tensor:
        return self.unflatten(x)


class ByLayer(Decoder):
    def viewed(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], self.conv.in_channels, *[self.size] * 3)


class Written(Decoder):
    """The size stands in the code alone."""

    def viewed(self, x: Tensor) -> Tensor:
        return x.view(-1, 6, *[self.size] * 3)


class Counting(ByNumber):
    """Other attributes happen to hold the same number, and nothing that computes reads them."""

    def __init__(self, channels: int = 6, size: int = 2) -> None:
        super().__init__(channels, size)
        self.classes, self.kernels = channels, (channels, 3)


class Confused(Decoder):
    """The number that the view reads counts something else, too."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * torch.arange(self.width).sum()


class Twice(ByNumber):
    """The hidden features are as many as the channels, and another view reads them from an attribute."""

    def __init__(self) -> None:
        super().__init__(12)
        self.hidden = 12

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.first(x)).view(-1, self.hidden)
        return self.last(torch.relu(self.conv(self.viewed(self.second(hidden)))))


@pytest.mark.parametrize("size", [2, 8])
@pytest.mark.parametrize("kind", [Decoder, ByNumber, ByUnflatten, ByLayer])
def test_rows_of_one_channel_go_together(kind: type[Decoder], size: int) -> None:
    model = kind(6, size)
    graph = ranp.trace(model, INPUT)
    assert [layer.frozen for layer in graph.layers.values()] == [0, 0, 0, 2], graph.freezes
    units = graph.layer_units["second"].reshape(6, size**3)
    assert (units == units[:, :1]).all()
    assert len(set(units[:, 0].tolist())) == 6
    kept = graph.resolve({"second": (torch.arange(6) % 2 == 0).repeat_interleave(size**3)}, "any")
    verify_shrink(model, graph, kept)
    small = ranp.shrink(model, graph, kept)
    assert small.second.out_features == 3 * size**3
    assert small.conv.in_channels == 3
    assert small(INPUT).shape == (2, 2, size, size, size)
    assert graph.cost(kept).params == sum(value.numel() for value in small.parameters())
    again = ranp.trace(small, INPUT)
    assert again.cost().macs == graph.cost(kept).macs


def test_other_numbers_of_that_size_stay() -> None:
    model = Counting()
    graph = ranp.trace(model, INPUT)
    small = ranp.shrink(model, graph, graph.resolve({"second": (torch.arange(6) > 1).repeat_interleave(8)}))
    assert (small.width, small.classes, small.kernels) == (4, 6, (6, 3))
    assert (model.width, model.classes) == (6, 6)


@pytest.mark.parametrize("kind", [Written, Confused, Twice])
def test_what_is_not_confirmed_stays_and_is_right(kind: type[Decoder]) -> None:
    model = kind()
    before = dict(vars(model))
    graph = ranp.trace(model, INPUT)
    assert vars(model) == before
    kept = graph.resolve({name: torch.arange(layer.neurons) % 2 == 0 for name, layer in graph.layers.items()})
    assert verify_shrink(model, graph, kept) < 1e-9
    if kind is Written:
        assert graph.layers["second"].frozen == graph.layers["second"].neurons
        assert graph.layers["conv"].frozen == 0


@pytest.mark.parametrize("kind", [Decoder, ByNumber, ByUnflatten])
def test_the_script_of_a_plan_states_the_sizes_as_well(kind: type[Decoder], tmp_path: Path) -> None:
    model = kind()
    graph = ranp.trace(model, INPUT)
    kept = graph.resolve({"second": (torch.arange(6) > 1).repeat_interleave(8)})
    plan = plan_from_masks(graph, kept)
    export_plan(plan, "pytorch", tmp_path / "small.py", model)
    script: dict[str, object] = {}
    exec((tmp_path / "small.py").read_text(), script)
    given = torch.randn(2, 5)
    torch.testing.assert_close(script["shrink"](model)(given), plan.apply(model)(given))  # type: ignore[operator]
