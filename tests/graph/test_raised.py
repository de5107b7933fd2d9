"""A module that insists on its number of channels is named, and no more is kept whole than it insists on."""

import pytest
import torch
from torch import Tensor, nn

from ranp.graph import ChannelGraph, TraceError, trace, verify_shrink
from ranp.graph.proof.retrace import random_units
from ranp.graph.proof.verify import ShrunkNetworkError
from ranp.graph.recording.raised import raised_by

IMAGE = torch.zeros(1, 2, 8, 8)


class Raising(nn.Module):
    """Checks before its first operation, as attention in many a library does."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels, self.conv = channels, nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        if x.size(1) != self.channels:
            raise ValueError(f"expected {self.channels} channels")
        return x * self.conv(x).sigmoid()  # type: ignore[no-any-return]


class Asserting(nn.Module):
    """Has no operation of its own, and says nothing but the line of code."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] != self.channels:
            raise AssertionError
        return x


class Calling(Asserting):
    def forward(self, x: Tensor) -> Tensor:
        torch._assert(x.shape[1] == self.channels, "another width")
        return x


class LookingUp(nn.Module):
    """Does not check, and yet knows one number of channels only."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scales = {channels: 2.0}

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scales[x.shape[1]]


class After(nn.Module):
    """Checks what it has computed, behind its last operation."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.body(x)
        found = self.head(inner)
        if inner.shape[1] != 8:
            raise RuntimeError("lost channels")
        return found  # type: ignore[no-any-return]


def around(*modules: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(2, 6, 1), nn.Sequential(nn.Conv2d(6, 8, 1), *modules), nn.Conv2d(8, 4, 1))


def frozen(graph: ChannelGraph) -> dict[str, int]:
    return {name: layer.frozen for name, layer in graph.layers.items()}


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (Raising(8), "'1.1' checks the number of its channels (expected 8 channels)"),
        (Asserting(8), "'1.1' checks the number of its channels (raise AssertionError)"),
        (Calling(8), "'1.1' checks the number of its channels (another width)"),
        (LookingUp(8), "'1.1' does not run on fewer channels ("),
    ],
)
def test_the_reason_names_the_module_that_insists(module: nn.Module, said: str) -> None:
    graph = trace(around(module), IMAGE)
    assert said in (graph.layers["1.0"].frozen_reason or "")
    assert any(said in str(freeze) for freeze in graph.freezes)
    assert (graph.layers["0"].frozen, graph.layers["1.0"].frozen) == (0, 8)


def test_a_check_behind_the_last_operation_is_found() -> None:
    graph = trace(around(nn.ReLU(), After()), IMAGE)
    assert "'1.2' checks the number of its channels (lost channels)" in (graph.layers["1.2.body"].frozen_reason or "")
    assert frozen(graph)["0"] == 0
    assert frozen(graph)["1.2.body"] == 8


def test_each_of_repeated_modules_is_named() -> None:
    blocks = [nn.Sequential(nn.Conv2d(8, 8, 1), Raising(8)) for _ in range(3)]
    graph = trace(around(*blocks), IMAGE)
    reasons = [graph.layers[f"1.{number}.0"].frozen_reason or "" for number in (1, 2, 3)]
    assert "'1.1.1' checks the number of its channels (expected 8 channels)" in reasons[0]
    assert "'1.2.1' checks the number of its channels (as '1.1.1' does)" in reasons[1]
    assert "'1.3.1' checks the number of its channels (as '1.1.1' does)" in reasons[2]
    assert (frozen(graph)["0"], frozen(graph)["1.0"]) == (0, 0)


def test_an_operation_that_fails_is_to_blame_itself() -> None:
    class Viewing(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.view(1, 8, 8, 8).sigmoid()

    reason = trace(around(Viewing()), IMAGE).layers["1.0"].frozen_reason or ""
    assert reason.startswith("view in '1.1': ")
    assert "checks" not in reason


def test_verifying_names_the_module_of_a_shrunk_network_that_does_not_run() -> None:
    model = around(Raising(8))
    graph = trace(model, IMAGE, check=False)
    units = random_units(graph, 0)
    kept = {name: torch.from_numpy(units[of]) for name, of in graph.layer_units.items()}
    with pytest.raises(
        ShrunkNetworkError,
        match=r"the shrunk Sequential does not run: '1\.1' checks the number of its channels \(expected 8 channels\)",
    ):
        verify_shrink(model, graph, kept)


def test_inputs_that_the_network_rejects_are_rejected_by_a_module() -> None:
    with pytest.raises(TraceError, match=r"rejects an input of 1x3x8x8: Given groups=1.* \(in '0'\); give inputs"):
        trace(around(nn.ReLU()), torch.zeros(1, 3, 8, 8))


def test_the_network_itself_may_raise() -> None:
    class Whole(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise RuntimeError("no")

    model = Whole()
    with pytest.raises(RuntimeError) as caught:
        model(IMAGE)
    assert str(raised_by(caught.value, model)) == "the network itself checks the number of its channels (no)"
