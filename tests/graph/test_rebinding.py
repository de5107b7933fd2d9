"""Functions that remember the network that they were made for: in a copy they have to know the copy."""

import functools
import types
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import ranp
from ranp.plan import plan_from_masks

INPUT = torch.zeros(1, 1, 8, 8, 8)


class Skips(nn.Module):
    """A skip connection that a hook feeds."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.a, self.b = nn.Conv3d(1, 8, 3, padding=1), nn.Conv3d(8, 8, 3, padding=1, stride=2)
        self.up, self.o = nn.ConvTranspose3d(8, 8, 2, stride=2), nn.Conv3d(16, 2, 1)
        self.kept: dict[str, Tensor] = {}
        places = [self]

        def save(module: nn.Module, given: Any, output: Tensor) -> None:
            self.kept["a"] = output

        def listed(module: nn.Module, given: Any, output: Tensor, default: Any = self.kept) -> None:
            assert default is places[0].kept
            default["a"] = output

        def placed(network: "Skips", module: nn.Module, given: Any, output: Tensor) -> None:
            network.kept["a"] = output

        first = self.a

        def forward(x: Tensor) -> Tensor:
            self.kept["a"] = F.conv3d(x, first.weight, first.bias, padding=1)
            return self.kept["a"]

        if how == "forward":
            self.a.forward = forward  # type: ignore[method-assign]
        elif how == "method":
            self.a.forward = types.MethodType(lambda layer, x: forward(x), self.a)  # type: ignore[method-assign]
        else:
            hooks = {"closure": save, "nested": lambda *given: save(*given), "listed": listed}
            self.a.register_forward_hook(hooks.get(how, functools.partial(placed, self)))

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.b(F.relu(self.a(x))))
        return self.o(torch.cat([self.kept["a"], self.up(h)], 1))


@pytest.mark.parametrize("how", ["closure", "nested", "listed", "partial", "forward", "method"])
def test_a_copy_computes_with_its_own_layers(how: str) -> None:
    model = Skips(how)
    graph = ranp.trace(model, (INPUT,))
    plan = plan_from_masks(graph, {"a": torch.tensor([True] * 4 + [False] * 4)})
    assert model.kept == {}
    assert plan.pruned.macs == 512 * 27 * 4 + 64 * 27 * 4 * 8 + 64 * 8 * 8 * 8 + 512 * (4 + 8) * 2
    small = plan.apply(model)
    assert model.kept == {}
    assert small.o.weight.shape[1] == 12
    (gradient,) = torch.autograd.grad(small(torch.randn(1, 1, 8, 8, 8)).sum(), small.a.weight)
    assert gradient.abs().sum() > 0
    assert model.kept == {}
