"""Networks of another library, as they come: shrunk equals masked, counts are exact."""

import pytest
import torch

from tests.graph.test_fuzz import check_network
from tests.monai_networks import NETWORKS, SLOW, Maker


def check(maker: Maker, oracles: bool) -> None:
    make, shape, least = maker
    torch.manual_seed(0)
    graph = check_network(make(), (torch.zeros(shape),), seed=0, oracles=oracles)
    layers = graph.layers.values()
    assert sum(layer.neurons - layer.frozen for layer in layers) >= least * sum(layer.neurons for layer in layers)


@pytest.mark.parametrize("name", NETWORKS)
def test_convolutional_networks(name: str) -> None:
    check(NETWORKS[name], oracles=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_larger_networks_and_transformers(name: str) -> None:
    check(SLOW[name], oracles="UNETR" not in name)  # the counters see an attention core in other pieces than we do
