"""Weights that are computed from parameters: masked, normalised, standardised, shared, moved."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune

import ranp
from ranp.graph import find_layers, values_by_neuron, verify_shrink

INPUT = (torch.zeros(1, 1, 5, 5, 5),)


def network(change: Callable[[nn.Module], object], middle: nn.Module | None = None) -> nn.Module:
    """Three layers, two of them changed."""
    middle = nn.Conv3d(6, 8, 3, padding=1) if middle is None else middle
    made = nn.Sequential(nn.Conv3d(1, 6, 3, padding=1), nn.ReLU(), middle, nn.Sigmoid(), nn.Conv3d(8, 2, 1))
    change(made[0])
    change(made[2])
    return made


class Standardised(nn.Conv3d):
    def forward(self, x: Tensor) -> Tensor:
        mean = self.weight.mean((1, 2, 3, 4), keepdim=True)
        weight = (self.weight - mean) / (self.weight.std((1, 2, 3, 4), keepdim=True) + 1e-5)
        return F.conv3d(x, weight, self.bias, padding=self.padding)


class BatchStandardised(nn.Conv3d):
    """As timm writes it, with a gain."""

    def __init__(self, *sizes: int) -> None:
        super().__init__(*sizes, padding=1)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        rows = self.weight.reshape(1, self.out_channels, -1)
        weight = F.batch_norm(rows, None, None, (self.gain * 0.5).view(-1), training=True, momentum=0.0)
        return F.conv3d(x, weight.reshape_as(self.weight), self.bias, padding=self.padding)


class Normalised(nn.Conv3d):
    def forward(self, x: Tensor) -> Tensor:
        weight = F.normalize(self.weight, dim=(1, 2, 3, 4))  # type: ignore[arg-type]
        return F.conv3d(x, weight, self.bias, padding=self.padding)


class Gated(nn.Module):
    """A parametrization: a learned gate for each output channel, through a sigmoid."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = nn.Parameter(torch.zeros(channels))

    def forward(self, weight: Tensor) -> Tensor:
        return weight * torch.sigmoid(self.gate).view(-1, 1, 1, 1, 1)


def masks(layer: nn.Module) -> None:
    prune.ln_structured(layer, "weight", 0.25, n=2, dim=0)
    prune.random_unstructured(layer, "bias", 0.5)


def transposed_norm(layer: nn.Module) -> None:
    parametrizations.weight_norm(layer, dim=1 if isinstance(layer, nn.ConvTranspose3d) else 0)


def gates(layer: nn.Module) -> None:
    parametrize.register_parametrization(layer, "weight", Gated(layer.weight.shape[0]))


def nothing(_: nn.Module) -> None:
    pass


FREE: dict[str, Callable[[], nn.Module]] = {
    "masks": lambda: network(masks),
    "weight norm by hook": lambda: network(nn.utils.weight_norm),
    "weight norm": lambda: network(parametrizations.weight_norm),
    "weight norm, transposed": lambda: network(transposed_norm, nn.ConvTranspose3d(6, 8, 1)),
    "weight norm over inputs, transposed": lambda: network(parametrizations.weight_norm, nn.ConvTranspose3d(6, 8, 1)),
    "weight norm, one length": lambda: network(lambda layer: parametrizations.weight_norm(layer, dim=None)),
    "normalised by hand": lambda: network(nothing, Normalised(6, 8, 3, padding=1)),
    "gated": lambda: network(gates),
}


def shrunk(model: nn.Module, seed: int = 0) -> tuple[nn.Module, ranp.ChannelGraph, dict[str, Tensor]]:
    graph = ranp.trace(model, INPUT)
    generator = torch.Generator().manual_seed(seed)
    drawn = {name: torch.rand(layer.neurons, generator=generator) < 0.5 for name, layer in graph.layers.items()}
    for mask in drawn.values():
        mask[0] = True
    kept = graph.resolve(drawn)
    return ranp.shrink(model, graph, kept), graph, kept


@pytest.mark.parametrize("name", FREE)
def test_layers_of_computed_weights_are_pruned_as_any_other(name: str) -> None:
    model = FREE[name]()
    small, graph, kept = shrunk(model)
    plain = ranp.trace(network(nothing), INPUT)
    assert list(graph.layers) == ["0", "2", "4"]
    assert [layer.frozen for layer in graph.layers.values()] == [0, 0, 2], graph.freezes
    assert graph.edges == plain.edges
    widths = [int(kept[name].sum()) for name in ("0", "2")]
    sizes = [small(torch.zeros(1, 1, 5, 5, 5)).shape[1], small[0].out_channels, small[2].in_channels]
    assert sizes == [2, widths[0], widths[0]]
    assert graph.cost(kept).params == sum(parameter.numel() for parameter in small.parameters())
    assert ranp.trace(small, INPUT).cost().macs == graph.cost(kept).macs


@pytest.mark.parametrize("change", [masks, parametrizations.weight_norm, nn.utils.weight_norm])
@pytest.mark.parametrize("groups", [2, 6])
def test_grouped_layers_of_computed_weights_are_pruned(change: Callable[[nn.Module], object], groups: int) -> None:
    model = nn.Sequential(nn.Conv3d(1, 6, 1), nn.Conv3d(6, 12, 3, padding=1, groups=groups), nn.Conv3d(12, 2, 1))
    change(model[1])
    small, graph, kept = shrunk(model)
    assert [layer.frozen for layer in graph.layers.values()] == [0, 0, 2], graph.freezes
    assert int(kept["1"].sum()) == small[1].out_channels < 12
    assert graph.cost(kept).params == sum(parameter.numel() for parameter in small.parameters())


def test_masks_of_other_tools_keep_their_entries() -> None:
    model = network(masks)
    small, _, kept = shrunk(model)
    before, after = model[2], small[2]
    assert torch.equal(after.weight_mask, before.weight_mask[kept["2"]][:, kept["0"]])
    assert torch.equal(after.weight, before.weight[kept["2"]][:, kept["0"]])
    assert torch.equal(after.bias_mask, before.bias_mask[kept["2"]])


@pytest.mark.parametrize("made", [Standardised(6, 8, 3, padding=1), BatchStandardised(6, 8, 3)])
def test_standardised_weights_lose_their_own_neurons_and_keep_what_they_read(made: nn.Module) -> None:
    small, graph, kept = shrunk(network(nothing, made), seed=1)
    assert [(layer.frozen, layer.neurons) for layer in graph.layers.values()] == [(6, 6), (0, 8), (2, 2)]
    assert "do not vanish" in str(graph.layers["0"].frozen_reason) or "mixes" in str(graph.layers["0"].frozen_reason)
    assert small[2].out_channels == int(kept["2"].sum()) < 8
    assert small[2].kernel_size == (3, 3, 3)


@pytest.mark.parametrize("norm", [nn.utils.spectral_norm, parametrizations.spectral_norm])
@pytest.mark.parametrize("training", [False, True])
def test_spectral_norm_is_listed_and_keeps_all(norm: Callable[[nn.Module], object], training: bool) -> None:
    graph = ranp.trace(network(norm).train(training), INPUT)
    assert [layer.frozen for layer in graph.layers.values()] == [6, 8, 2]
    assert "its weight is computed" in str(graph.layers["0"].frozen_reason)
    assert verify_shrink(network(norm), graph, graph.resolve({})) < 1e-9


def test_fake_quantised_layers_are_listed_and_keep_all() -> None:
    from torch.ao.nn.qat import Conv3d
    from torch.ao.quantization import get_default_qat_qconfig

    made = Conv3d(6, 8, 3, padding=1, qconfig=get_default_qat_qconfig("fbgemm"))
    graph = ranp.trace(network(nothing, made), INPUT)
    assert list(graph.layers) == ["0", "2", "4"]
    assert graph.layers["2"].frozen == 8


class Twice(nn.Module):
    """One normalised layer, used twice, and a linear map that reads the weight of another the other way round."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv3d(1, 6, 1)
        self.again = parametrizations.weight_norm(nn.Conv3d(6, 6, 1))
        self.down, self.last = nn.Linear(6, 5), nn.Conv3d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.again(torch.relu(self.again(torch.relu(self.first(x)))))
        x = F.linear(torch.tanh(self.down(x.movedim(1, -1))), self.down.weight.t())
        return self.last(x.movedim(-1, 1))


def test_a_computed_weight_may_be_used_twice_and_turned_round() -> None:
    model = Twice()
    graph = ranp.trace(model, INPUT)
    units = graph.layer_units
    assert units["first"].tolist() == units["again"].tolist()
    assert list(graph.layers) == ["first", "again", "down", "last"]
    shrunk(model)


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.o = nn.Conv3d(1, 6, 1), nn.Conv3d(1, 6, 1), nn.Conv3d(6, 2, 1)
        self.b.weight = self.a.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.o(torch.relu(self.a(x)) * torch.relu(self.b(x)))


def test_every_bias_of_a_shared_weight_counts() -> None:
    model = Tied()
    _, graph, _ = shrunk(model)
    assert graph.layers["a"].others == (("b.bias", 0),)
    values = {name: torch.ones_like(value) for name, value in model.named_parameters()}
    assert values_by_neuron(graph.layers["a"], values).shape == (6, 3)
    assert graph.cost_by_layer()["a"].params == 6 + 6 + 6


def test_what_a_mask_removes_scores_as_weights_of_zero() -> None:
    torch.manual_seed(0)
    batch = (torch.randn(2, 1, 5, 5, 5), torch.randn(2, 2, 5, 5, 5))
    plain = network(nothing)
    masked = network(nothing)
    masked.load_state_dict(plain.state_dict())
    mask = torch.tensor([0.0, 1, 1, 1, 1, 1])
    prune.custom_from_mask(masked[0], "weight", mask.view(6, 1, 1, 1, 1).expand(6, 1, 3, 3, 3))
    prune.custom_from_mask(masked[0], "bias", mask)
    with torch.no_grad():
        plain[0].weight[0], plain[0].bias[0] = 0, 0
    graphs = [ranp.trace(model, INPUT) for model in (plain, masked)]
    found = [
        ranp.importance(model, [batch], F.mse_loss, layers=list(graph.layers.values()))
        for model, graph in zip((plain, masked), graphs, strict=True)
    ]
    for name in graphs[0].layers:
        assert torch.allclose(found[0][name], found[1][name])


@pytest.mark.parametrize("name", [name for name in FREE if name != "normalised by hand"])
def test_layers_of_computed_weights_are_found_without_a_graph(name: str) -> None:
    model = FREE[name]()
    graph = ranp.trace(model, INPUT)
    found = {layer.name: layer for layer in find_layers(model)}
    assert list(found) == list(graph.layers)
    for name, layer in graph.layers.items():
        alone = found[name]
        assert (alone.weight, alone.bias) == (layer.weight, layer.bias)
        assert (alone.out_dim, alone.groups) == (layer.out_dim, layer.groups)


def test_a_shared_layer_of_computed_weights_is_found_once() -> None:
    one = parametrizations.weight_norm(nn.Linear(3, 3))
    assert [layer.name for layer in find_layers(nn.Sequential(one, nn.ReLU(), one))] == ["0"]
    assert [layer.weight for layer in find_layers(one)] == ["parametrizations.weight.original1"]
