"""Shrinking: a smaller network of the same class that computes what the masked one computes."""

import copy

import pytest
import torch
from torch import nn

from ranp.graph import trace
from ranp.models.unet3d import UNet3d
from ranp.plan import shrink
from tests.graph.test_fuzz import check_network

VOLUME = (torch.zeros(2, 2, 16, 16, 16),)


def halved(model: nn.Module, inputs=VOLUME):
    graph = trace(model, inputs)
    masks = {name: torch.arange(layer.neurons) % 2 == 0 for name, layer in graph.layers.items()}
    return graph, graph.resolve(masks)


@pytest.mark.parametrize("norm", ["batch", "group"])
def test_the_unet_shrinks_exactly(norm: str) -> None:
    graph = check_network(UNet3d(2, 3, base_channels=16, levels=4, norm=norm), VOLUME, seed=0)
    assert all(layer.prunable for layer in graph.layers.values() if not layer.output)


def test_the_small_network_keeps_class_weights_and_attributes() -> None:
    model = UNet3d(2, 3, base_channels=8, levels=3)
    before = copy.deepcopy(model.state_dict())
    graph, kept = halved(model)
    small = shrink(model, graph, kept)
    assert type(small) is UNet3d
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items()), "the model is as it was"
    first, second = small.encoder1.conv1, small.encoder1.conv2
    assert (first.out_channels, second.in_channels, second.out_channels) == (2, 2, 4)
    assert torch.equal(first.weight, model.encoder1.conv1.weight[::2])
    assert torch.equal(second.weight, model.encoder1.conv2.weight[::2, ::2])
    assert small.encoder1.norm1.num_features == 2
    assert sum(parameter.numel() for parameter in small.parameters()) == graph.cost(kept).params


def test_new_weights_are_seeded() -> None:
    model = UNet3d(2, 3, base_channels=8, levels=3)
    graph, kept = halved(model)
    one, again, other = (shrink(model, graph, kept, init="xavier", seed=seed, verify=False) for seed in (1, 1, 2))
    assert torch.equal(one.encoder1.conv1.weight, again.encoder1.conv1.weight)
    assert not torch.equal(one.encoder1.conv1.weight, other.encoder1.conv1.weight)


def test_an_empty_layer_is_named_and_nothing_is_made() -> None:
    model = UNet3d(2, 3, base_channels=8, levels=3)
    graph = trace(model, VOLUME)
    kept = graph.resolve({"encoder2.conv1": torch.zeros(8).bool()})
    assert graph.empty_layers(kept) == ["encoder2.conv1"]
    with pytest.raises(ValueError, match=r"at least one kept neuron in every layer, got none in 'encoder2\.conv1'"):
        shrink(model, graph, kept)


def test_a_network_without_storage_shrinks_to_one_without_storage() -> None:
    with torch.device("meta"):
        model = UNet3d(2, 3, base_channels=64, levels=4)
    graph, kept = halved(model)
    small = shrink(model, graph, kept)
    assert all(parameter.is_meta for parameter in small.parameters())
    assert sum(parameter.numel() for parameter in small.parameters()) == graph.cost(kept).params


def test_shared_parameters_stay_shared() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(2, 4, 1), nn.Conv2d(2, 4, 1)
            self.second.weight = self.first.weight
            self.head = nn.Conv2d(8, 2, 1)

        def forward(self, x):
            return self.head(torch.cat([self.first(x), self.second(x)], 1))

    model = Tied()
    graph, kept = halved(model, (torch.zeros(2, 2, 8, 8),))
    small = shrink(model, graph, kept)
    assert small.first.weight is small.second.weight
    assert small.head.in_channels == 4
    assert graph.cost(kept).params == sum(parameter.numel() for parameter in small.parameters())


def test_the_small_network_trains() -> None:
    model = UNet3d(2, 3, base_channels=8, levels=3)
    graph, kept = halved(model)
    small = shrink(model, graph, kept, init="xavier")
    loss = small(torch.randn(VOLUME[0].shape)).square().mean()
    loss.backward()
    assert all(parameter.grad is not None for parameter in small.parameters())


def test_inputs_that_are_no_floats() -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table, self.wide, self.head = nn.Embedding(7, 6), nn.Linear(6, 8), nn.Linear(8, 3)

        def forward(self, tokens):
            return self.head(torch.relu(self.wide(self.table(tokens))))

    inputs = (torch.zeros(2, 5, dtype=torch.long),)
    graph, kept = halved(Tokens(), inputs)
    assert shrink(Tokens(), graph, kept).wide.out_features == 4
