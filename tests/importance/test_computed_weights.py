"""Scores of weights that are made of parameters: those of the network that has the same weights as parameters."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune
from torch.overrides import TorchFunctionMode

import ranp
from ranp.graph import Layer, find_layers
from ranp.importance import CRITERIA, connections
from ranp.selection import magnitude_scores

BATCHES = [(torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(n)), torch.ones(2, 2)) for n in range(2)]
CLASSES = [(volumes, torch.tensor([0, 1])) for volumes, _ in BATCHES]


class Doubled(nn.Module):
    """A parametrization with a parameter of its own, through a function that `synflow` would leave out."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = nn.Parameter(torch.linspace(-1, 1, channels))

    def forward(self, weight: Tensor) -> Tensor:
        return 2 * weight * torch.sigmoid(self.gate).view(-1, *[1] * (weight.ndim - 1))


def masks(layer: nn.Module) -> None:
    prune.ln_structured(layer, "weight", 1, n=2, dim=0)
    prune.random_unstructured(layer, "weight", 0.3)
    prune.l1_unstructured(layer, "bias", 1)


def doubled(layer: nn.Module) -> None:
    parametrize.register_parametrization(layer, "weight", Doubled(layer.weight.shape[0]))


def over_inputs(layer: nn.Module) -> None:
    parametrizations.weight_norm(layer, dim=1 if layer.weight.ndim > 2 else 0)


CHANGES: dict[str, Callable[[nn.Module], Any]] = {
    "masks": masks,
    "weight norm": parametrizations.weight_norm,
    "weight norm by hook": nn.utils.weight_norm,
    "weight norm over inputs": over_inputs,
    "spectral norm": parametrizations.spectral_norm,
    "spectral norm by hook": nn.utils.spectral_norm,
    "another parametrization": doubled,
}
pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated:FutureWarning")


def network(change: Callable[[nn.Module], Any] = lambda _: None, seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    layers = nn.Conv2d(1, 4, 3), nn.Tanh(), nn.ConvTranspose2d(4, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(27, 2)
    made = nn.Sequential(*layers)
    for place in (0, 2, 5):
        change(made[place])
    return made


class Used(TorchFunctionMode):
    """Notes the weights and biases that convolutions and linear maps are called with."""

    def __init__(self) -> None:
        super().__init__()
        self.weights: list[tuple[Tensor, Tensor]] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (torch.conv2d, torch.conv_transpose2d, F.conv2d, F.conv_transpose2d, F.linear):
            self.weights.append((args[1].detach().clone(), args[2].detach().clone()))
        return func(*args, **(kwargs or {}))


def twin(change: Callable[[nn.Module], Any], seed: int = 0) -> nn.Sequential:
    """The plain network with the weights that the changed one computes with when it is called in training mode."""
    with Used() as used:
        network(change, seed)(BATCHES[0][0])
    plain = network()
    with torch.no_grad():
        for place, (weight, bias) in zip((0, 2, 5), used.weights, strict=True):
            plain[place].weight.copy_(weight)
            plain[place].bias.copy_(bias)
    return plain


@cache
def layers_of(name: str) -> list[Layer]:
    return list(ranp.trace(network(CHANGES[name]), (BATCHES[0][0],)).layers.values())


def scored(
    model: nn.Module, criterion: str, layers: list[Layer] | None = None, before: nn.Module | None = None
) -> dict[str, Tensor]:
    batches, loss = (CLASSES, F.cross_entropy) if criterion == "di" else (BATCHES, F.mse_loss)
    return ranp.importance(model, batches, loss, criterion, layers=layers, before=before)


GRADIENT_OF_ZEROS = {("masks", "gradient-norm"), ("masks", "grasp")}
"""A weight that happens to be zero has a gradient, one that a mask removed has none: a test of their own below."""

PAIRS = [
    (name, criterion)
    for name in CHANGES
    for criterion in CRITERIA
    if (name, criterion) not in GRADIENT_OF_ZEROS and criterion != "bn-scale"  # it looks at norms, and there are none
]


@pytest.mark.parametrize(("name", "criterion"), PAIRS)
def test_a_network_of_computed_weights_scores_as_its_plain_twin(name: str, criterion: str) -> None:
    model, plain = network(CHANGES[name]), twin(CHANGES[name])
    before = {key: value.clone() for key, value in model.state_dict().items()}
    expected = scored(plain, criterion, before=twin(CHANGES[name], seed=1))
    for layers in (layers_of(name), None):
        found = scored(model, criterion, layers, network(CHANGES[name], seed=1))
        for layer, score in expected.items():
            torch.testing.assert_close(found[layer], score, rtol=1e-4, atol=1e-7 + 1e-5 * float(score.max()))
    after = model.state_dict()
    assert all(torch.equal(value, after[key]) for key, value in before.items())


@pytest.mark.parametrize("criterion", ["gradient-norm", "grasp"])
def test_what_a_mask_removed_has_no_gradient(criterion: str) -> None:
    model = network(masks)
    found = scored(model, criterion)
    weights = dict(model.named_parameters())
    first = [F.mse_loss(model(given), target) for given, target in BATCHES]
    gradients = [torch.autograd.grad(loss, list(weights.values()), create_graph=True) for loss in first]
    rows = {name: torch.zeros_like(value) for name, value in weights.items()}
    for mine in gradients:
        if criterion == "gradient-norm":
            parts = [gradient.detach() ** 2 / 2 for gradient in mine]
        else:
            mean = [sum(both).detach() / 2 for both in zip(*gradients, strict=True)]
            product = sum((one * two).sum() for one, two in zip(mine, mean, strict=True))
            second = torch.autograd.grad(product, list(weights.values()), retain_graph=True)
            parts = [value.detach() * own / 2 for value, own in zip(weights.values(), second, strict=True)]
        for name, part in zip(weights, parts, strict=True):
            rows[name] += part
    sums = {place: rows[f"{place}.weight_orig"].flatten(1).sum(1) + rows[f"{place}.bias_orig"] for place in ("0", "5")}
    sums["2"] = rows["2.weight_orig"].transpose(0, 1).flatten(1).sum(1) + rows["2.bias_orig"]
    if criterion == "gradient-norm":
        sums = {place: value.sqrt() for place, value in sums.items()}
    else:
        sums = {place: value - min(float(each.min()) for each in sums.values()) for place, value in sums.items()}
    for place, value in sums.items():
        torch.testing.assert_close(found[place], value, rtol=1e-4, atol=1e-6)


def small(change: Callable[[nn.Module], Any]) -> nn.Sequential:
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0, -4.0], [5.0, 12.0]]))
        layer.bias.copy_(torch.tensor([1.0, -2.0]))
    change(layer)
    return nn.Sequential(layer)


def half_masked(layer: nn.Module) -> None:
    prune.custom_from_mask(layer, "weight", torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    prune.custom_from_mask(layer, "bias", torch.tensor([0.0, 1.0]))


def lengths_of(way: Callable[[nn.Module], nn.Module]) -> Callable[[nn.Module], None]:
    """A weight norm whose lengths are then set to 10 and 26: twice the weights."""

    def change(layer: nn.Module) -> None:
        way(layer)
        lengths = layer.weight_g if hasattr(layer, "weight_g") else layer.parametrizations.weight.original0
        lengths.data.copy_(torch.tensor([[10.0], [26.0]]))

    return change


BY_HAND = {
    "masks": (half_masked, [4.0, 5 + 2], [4.0, (25 + 4) ** 0.5]),
    "weight norm": (lengths_of(parametrizations.weight_norm), [6 + 8 + 1, 10 + 24 + 2], [101**0.5, (676 + 4) ** 0.5]),
    "by hook": (lengths_of(nn.utils.weight_norm), [6 + 8 + 1, 10 + 24 + 2], [101**0.5, (676 + 4) ** 0.5]),
}


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("given", [True, False])
def test_weights_are_read_as_the_layer_computes_with_them(name: str, given: bool) -> None:
    change, first, second = BY_HAND[name]
    model = small(change)
    layers = find_layers(model)
    if given:
        layers = list(ranp.trace(model, (torch.zeros(1, 2),)).layers.values())
    for criterion, figures in (("l1", first), ("l2", second)):
        found = ranp.importance(model, [], F.mse_loss, criterion, layers=layers)
        torch.testing.assert_close(found["0"], torch.tensor([float(figure) for figure in figures]))
    torch.testing.assert_close(magnitude_scores(model, layers)["0"], torch.tensor([float(figure) for figure in first]))


@pytest.mark.parametrize("name", CHANGES)
def test_connections_of_computed_weights_add_up(name: str) -> None:
    model, plain = network(CHANGES[name]), twin(CHANGES[name])
    found = connections(model, BATCHES, F.mse_loss, layers=layers_of(name))
    expected = connections(plain, BATCHES, F.mse_loss)
    assert found.kernels == expected.kernels
    for layer in expected.weights:
        torch.testing.assert_close(found.weights[layer], expected.weights[layer])
        torch.testing.assert_close(found.contributions[layer], expected.contributions[layer], rtol=1e-4, atol=1e-6)
    assert all(agreed.all() for agreed in found.agree(scored(model, "mpmg")).values())


class Checkpointed(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        return torch.utils.checkpoint.checkpoint(self.body, x.requires_grad_(), use_reentrant=True)


@pytest.mark.parametrize("name", ["weight norm", "weight norm by hook", "masks"])
def test_computed_weights_behind_a_checkpoint_score_the_same(name: str) -> None:
    model = network(CHANGES[name])
    expected = scored(model, "mpmg")
    found = scored(Checkpointed(model), "mpmg")
    for layer, score in expected.items():
        torch.testing.assert_close(found[f"body.{layer}"], score)
