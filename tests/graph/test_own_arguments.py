"""Networks that write into what they are called with, as SlowFast does into its list of pathways."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import ranp
from ranp.graph.proof.verify import masked_difference


class Pathways(nn.Module):
    """Replaces its list's entries, and changes the first tensor itself."""

    def __init__(self) -> None:
        super().__init__()
        self.stems = nn.ModuleList([nn.Conv3d(1, 4, 1), nn.Conv3d(1, 6, 1)])
        self.head = nn.Conv3d(10, 2, 1)

    def forward(self, pathways: Any) -> Tensor:
        names = pathways if isinstance(pathways, dict) else range(2)
        pathways[next(iter(names))].sub_(1)
        for name, stem in zip(names, self.stems, strict=True):
            pathways[name] = stem(pathways[name])
        return self.head(torch.cat([pathways[name] for name in names], dim=1))


@pytest.mark.parametrize("container", [list, lambda pair: dict(zip("ab", pair, strict=True))], ids=["list", "dict"])
def test_each_call_gets_arguments_of_its_own(container: Any) -> None:
    model = Pathways()
    given = container([torch.ones(2, 1, 4, 4, 4), torch.ones(2, 1, 4, 4, 4)])
    graph = ranp.trace(model, (given,))
    kept = graph.resolve({"stems.0": torch.tensor([True, False, True, False])})
    assert masked_difference(model, graph, kept, graph.inputs) < 1e-12
    values = given.values() if isinstance(given, dict) else given
    assert all(torch.equal(value, torch.ones(2, 1, 4, 4, 4)) for value in values)
