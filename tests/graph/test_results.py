"""Modules that return several tensors, or another than the last: counted as hooks on the running network count them."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import ranp
from ranp.graph import tensors_in
from ranp.graph.recording.trace import TRACERS, record
from ranp.graph.results import returned_by_calls


@dataclass
class Both:
    maps: Tensor
    means: Tensor


class Leaf(nn.Module):
    def __init__(self, compute: Callable[[Tensor], object]) -> None:
        super().__init__()
        self.compute = compute

    def forward(self, maps: Tensor) -> object:
        return self.compute(maps)


class Around(nn.Module):
    """A convolution in front, one behind, and a module between them of which the latter uses one result."""

    def __init__(self, leaf: nn.Module, choose: Callable[..., Tensor]) -> None:
        super().__init__()
        self.leaf, self.choose = leaf, choose
        self.first, self.last = nn.Conv3d(1, 8, 3), nn.LazyConv3d(2, 1)

    def forward(self, volume: Tensor) -> Tensor:
        return self.last(self.choose(self.leaf(self.first(volume))))


def _middle(maps: Tensor) -> Tensor:
    made = F.relu(maps)
    made.mean()  # computed last, returned by nobody
    return made


CASES: dict[str, tuple[nn.Module, Callable[..., Tensor]]] = {
    "a pair": (Leaf(lambda maps: (F.relu(maps), maps.mean((2, 3, 4)))), lambda pair: pair[0]),
    "a dict": (Leaf(lambda maps: {"maps": F.relu(maps), "means": maps.mean((2, 3, 4))}), lambda both: both["maps"]),
    "an object": (Leaf(lambda maps: Both(F.relu(maps), maps.mean((2, 3, 4)))), lambda both: both.maps),
    "halves": (Leaf(lambda maps: maps.chunk(2, 1)), lambda halves: halves[0] * halves[1]),
    "not the last": (Leaf(_middle), lambda maps: maps),
    "in place": (nn.ReLU(inplace=True), lambda maps: maps),
    "indices": (nn.MaxPool3d(2, return_indices=True), lambda pooled: pooled[0]),
}


def by_hooks(model: nn.Module, volume: Tensor) -> int:
    counted: list[int] = []
    for module in model.modules():
        if not any(module.children()):
            module.register_forward_hook(lambda *call: counted.append(sum(t.numel() for t in tensors_in(call[2]))))
    model(volume)
    return sum(counted)


@pytest.mark.parametrize("name", CASES)
def test_all_that_a_leaf_returns_is_counted(name: str) -> None:
    model, volume = Around(*CASES[name]), torch.randn(1, 1, 8, 8, 8)
    model(volume)  # the lazy convolution learns its channels
    told = ranp.trace(model, (volume,)).cost().activations
    assert told == by_hooks(model, volume)


@pytest.mark.parametrize("tracer", TRACERS)
def test_every_tracer_tells_what_a_module_returns(tracer: str) -> None:
    model = nn.Sequential(nn.Conv3d(1, 4, 3), nn.MaxPool3d(2, return_indices=True))
    recording = record(model, (torch.randn(1, 1, 8, 8, 8),), tracer=tracer)
    assert sorted(recording.owners[node.name] for node in returned_by_calls(recording)) == ["0", "1", "1"]
