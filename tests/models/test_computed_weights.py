"""Starting values of weights that a layer makes of parameters: the drawn ones are what the layer computes with."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune

import ranp
from ranp.models import initialise

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated:FutureWarning")


class Doubled(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return 2 * weight

    def right_inverse(self, weight: Tensor) -> Tensor:
        return weight / 2


class Squashed(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return torch.tanh(weight)


def parametrized(maker: nn.Module) -> Callable[[nn.Module], Any]:
    return lambda layer: parametrize.register_parametrization(layer, "weight", maker)


MAKERS: dict[str, Callable[[nn.Module], Any]] = {
    "weight norm": parametrizations.weight_norm,
    "weight norm by hook": nn.utils.weight_norm,
    "weight norm, one length": lambda layer: parametrizations.weight_norm(layer, dim=None),
    "weight norm by hook, over inputs": lambda layer: nn.utils.weight_norm(layer, dim=1),
    "another parametrization": parametrized(Doubled()),
    "two parametrizations": lambda layer: [parametrizations.weight_norm(layer), parametrized(Doubled())(layer)],
}


def network(change: Callable[[nn.Module], Any] = lambda _: None) -> nn.Sequential:
    torch.manual_seed(3)
    made = nn.Sequential(
        nn.Conv3d(2, 8, 3), nn.BatchNorm3d(8), nn.ReLU(), nn.ConvTranspose3d(8, 4, 2), nn.Conv3d(4, 2, 1)
    )
    for place in (0, 3, 4):
        change(made[place])
    return made


def computed_with(model: nn.Sequential) -> list[Tensor]:
    """The weights that the layers have once the network was called; a hook makes them then."""
    with torch.no_grad():
        model(torch.zeros(2, 2, 4, 4, 4))
    return [model[place].weight.detach() for place in (0, 3, 4)]


@pytest.mark.parametrize("init", ["xavier", "orthogonal"])
@pytest.mark.parametrize("name", MAKERS)
def test_a_layer_computes_with_the_drawn_weights(name: str, init: str) -> None:
    model = initialise(network(MAKERS[name]), 5, init)
    for place in (0, 3, 4):
        assert torch.equal(model[place].bias, torch.zeros_like(model[place].bias))
    expected = initialise(network(), 5, init)
    for found, plain in zip(computed_with(model), computed_with(expected), strict=True):
        torch.testing.assert_close(found, plain)
    assert all(value.requires_grad and value.is_leaf for value in model.parameters())
    volume = torch.rand(2, 2, 4, 4, 4)
    torch.testing.assert_close(model.eval()(volume), expected.eval()(volume), atol=1e-6, rtol=1e-4)


def test_a_mask_stays_on_drawn_weights() -> None:
    model = network(lambda layer: prune.l1_unstructured(layer, "weight", 0.5))
    prune.l1_unstructured(model[0], "bias", 2)
    prune.l1_unstructured(model[1], "weight", 1)
    with torch.no_grad():
        model[1].weight_orig.fill_(3)
    initialise(model, 5)
    plain = initialise(network(), 5)
    for place in (0, 3, 4):
        assert torch.equal(model[place].weight_orig, plain[place].weight)
        assert torch.equal(model[place].weight, plain[place].weight * model[place].weight_mask)
        assert model[place].bias.abs().max() == 0
    assert model[1].weight.tolist() == model[1].weight_mask.tolist()
    assert model[1].weight.sum() == 7


@pytest.mark.parametrize("way", [parametrizations.spectral_norm, nn.utils.spectral_norm])
@pytest.mark.parametrize("training", [False, True])
def test_a_spectral_norm_divides_drawn_weights_by_theirs(way: Callable[[nn.Module], Any], training: bool) -> None:
    def change(layer: nn.Module) -> None:
        if isinstance(layer, nn.Conv3d):
            way(layer)

    model, plain = initialise(network(change), 5).train(training), initialise(network(), 5)
    found = computed_with(model)
    for place, weight in ((0, found[0]), (4, found[2])):
        drawn = plain[place].weight.detach()
        length = torch.linalg.matrix_norm(drawn.flatten(1), 2)
        torch.testing.assert_close(weight, drawn / length, rtol=0.02, atol=1e-6)


def test_a_parametrization_without_a_way_back_is_named() -> None:
    model = network()
    parametrized(Squashed())(model[3])
    with pytest.raises(ValueError, match=r"'3\.weight' cannot be drawn anew, since Squashed does not say which param"):
        initialise(model, 0)


def test_a_shared_computed_weight_is_drawn_once() -> None:
    one = parametrizations.weight_norm(nn.Linear(3, 3))
    model = initialise(nn.Sequential(one, nn.Linear(3, 3), one), 7)
    plain = initialise(nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)), 7)
    torch.testing.assert_close(model[0].weight, plain[0].weight)
    torch.testing.assert_close(model[1].weight, plain[1].weight)


@pytest.mark.parametrize("name", ["weight norm", "weight norm by hook", "masks"])
def test_a_shrunk_network_of_computed_weights_starts_from_drawn_ones(name: str) -> None:
    model = network(MAKERS[name] if name in MAKERS else lambda layer: prune.l1_unstructured(layer, "weight", 0.3))
    graph = ranp.trace(model, torch.zeros(2, 2, 4, 4, 4))
    kept = graph.resolve({"0": torch.arange(8) % 2 == 0})
    small = ranp.shrink(model, graph, kept, init="xavier", seed=11)
    plain = nn.Sequential(
        *(nn.Conv3d(2, 4, 3), nn.BatchNorm3d(4), nn.ReLU(), nn.ConvTranspose3d(4, 4, 2), nn.Conv3d(4, 2, 1))
    )
    expected = computed_with(initialise(plain, 11))
    for place, found, weight in zip((0, 3, 4), computed_with(small), expected, strict=True):
        mask = getattr(small[place], "weight_mask", torch.ones(1))
        torch.testing.assert_close(found, weight * mask)


def test_networks_without_storage_are_left_alone() -> None:
    model = network(parametrizations.weight_norm).to("meta")
    initialise(model, 0)
    assert all(value.is_meta for value in model.parameters())
