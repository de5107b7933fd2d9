"""The peak of any plan, from moments that were read once, against the shrunk network's own training step."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torch.utils.checkpoint
from torch import Tensor, nn

import ranp
from ranp.graph import ChannelGraph
from ranp.models import PAPER_NETWORKS
from ranp.plan import shrink
from ranp.resources import BATCH, MOST_BATCH, OPTIMIZERS, peak_moments, peak_training_bytes
from ranp.subject import library_network
from ranp.types import Masks


class Attention(nn.Module):
    """Heads, a class token, a norm over channels, and channels that are split in groups and shuffled."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv3d(1, 12, 3, padding=1), nn.GroupNorm(3, 12), nn.GELU())
        self.embed = nn.Conv3d(12, 16, 2, stride=2)
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)
        self.norm = nn.LayerNorm(16)
        self.wide = nn.Linear(16, 24)
        self.narrow = nn.Linear(24, 3)

    def forward(self, volume: Tensor) -> Tensor:
        tokens = self.embed(self.stem(volume)).flatten(2).transpose(1, 2)
        tokens = self.norm(tokens + self.attention(tokens, tokens, tokens, need_weights=False)[0])
        return self.narrow(F.gelu(self.wide(tokens))).mean(dim=1)


class Recalled(nn.Module):
    """Concatenation, a part run again in the backward pass, a transposed convolution and two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv3d(2, 8, 3, padding=1), nn.InstanceNorm3d(8, affine=True), nn.LeakyReLU())
        self.second = nn.Sequential(nn.Conv3d(8, 12, 3, stride=2, padding=1), nn.BatchNorm3d(12), nn.ReLU(inplace=True))
        self.up = nn.ConvTranspose3d(12, 6, 2, stride=2)
        self.last = nn.Conv3d(14, 3, 1)
        self.side = nn.Linear(12, 4)

    def forward(self, volume: Tensor) -> tuple[Tensor, Tensor]:
        first = self.first(volume)
        second = torch.utils.checkpoint.checkpoint(self.second, first, use_reentrant=False)
        return self.last(torch.cat([first, F.relu(self.up(second))], dim=1)), self.side(second.mean(dim=(2, 3, 4)))


def preset(name: str) -> Callable[[], tuple[nn.Module, Any]]:
    def made() -> tuple[nn.Module, Any]:
        network = library_network(name, "classroom", {}, 0, "xavier")
        return network.shapes_only(), network.inputs(2)

    return made


def segresnet() -> tuple[nn.Module, Any]:
    nets = pytest.importorskip("monai.networks.nets")
    return nets.SegResNet(init_filters=8, in_channels=1, out_channels=3), (torch.empty(2, 1, 16, 16, 16),)


def plain_conv_unet() -> tuple[nn.Module, Any]:
    """nnU-Net's, with deep supervision: a list of outputs."""
    unet = pytest.importorskip("dynamic_network_architectures.architectures.unet").PlainConvUNet
    network = unet(
        1, 3, (8, 16, 24), nn.Conv3d, 3, (1, 2, 2), 2, 3, 2,
        conv_bias=True, norm_op=nn.InstanceNorm3d, norm_op_kwargs={"affine": True}, nonlin=nn.LeakyReLU,
        deep_supervision=True,
    )  # fmt: skip
    return network, (torch.empty(2, 1, 16, 16, 16),)


NETWORKS: dict[str, Callable[[], tuple[nn.Module, Any]]] = {
    **{name: preset(name) for name in PAPER_NETWORKS},
    "attention": lambda: (Attention(), (torch.empty(2, 1, 6, 6, 6),)),
    "recalled": lambda: (Recalled(), (torch.empty(2, 2, 8, 8, 8),)),
    "segresnet": segresnet,
    "plain-conv-unet": plain_conv_unet,
}


def random_plan(graph: ChannelGraph, rng: np.random.Generator) -> Masks:
    """Any consistent choice that leaves each layer a neuron, sparse ones and layers of one neuron among them."""
    most = rng.uniform(0.05, 1)
    masks = {}
    for name, layer in graph.layers.items():
        masks[name] = torch.from_numpy(rng.random(layer.neurons) < rng.uniform(0, most))
        masks[name][rng.integers(layer.neurons)] = True
    return graph.resolve(masks)


def compare(name: str, plans: int, optimizer: str = "adamw", any_device: bool = True) -> None:
    model, inputs = NETWORKS[name]()
    graph = ranp.trace(model, inputs)
    moments = peak_moments(model, graph, optimizer, any_device=any_device)
    rng = np.random.default_rng(7)
    for _ in range(plans):
        kept, batch = random_plan(graph, rng), int(rng.integers(1 + (name != "i3d"), 6))
        small = shrink(model, graph, kept, verify=False)
        stepped = peak_training_bytes(small, graph.inputs.with_batch(batch), optimizer, any_device=any_device)
        assert moments.peak(graph, kept, batch) == stepped
    assert moments.peak(graph) == peak_training_bytes(model, graph.inputs, optimizer, any_device=any_device)


@pytest.mark.parametrize("name", ["unet3d", "attention", "recalled"])
def test_a_plan_is_priced_to_the_byte(name: str) -> None:
    compare(name, plans=6)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_optimizer_holds_its_own_state(optimizer: str) -> None:
    compare("recalled", plans=2, optimizer=optimizer)


def test_kernels_of_a_device_are_priced_as_they_are() -> None:
    compare("attention", plans=3, any_device=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_hundreds_of_plans_are_priced_to_the_byte(name: str) -> None:
    compare(name, plans=125)


def test_layers_of_two_neurons_are_priced_with_one() -> None:
    """The runs that sizes are read from must leave one of two, or the count of such a layer looks like a constant."""
    network = nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU(), nn.Conv3d(2, 3, 1), nn.ReLU(), nn.Conv3d(3, 2, 1))
    graph = ranp.trace(network, (torch.empty(2, 1, 8, 8, 8),))
    moments = peak_moments(network, graph, any_device=True)
    for first, second in ((1, 1), (1, 3), (2, 2)):
        kept = graph.resolve({"0": torch.arange(2) < first, "2": torch.arange(3) < second})
        small = shrink(network, graph, kept, verify=False)
        assert moments.peak(graph, kept) == peak_training_bytes(small, graph.inputs, any_device=True)


def test_a_curve_is_the_peak_of_each_point() -> None:
    model, inputs = NETWORKS["recalled"]()
    graph = ranp.trace(model, inputs)
    moments = peak_moments(model, graph, any_device=True)
    rng = np.random.default_rng(1)
    points = 9
    drawn = {name: torch.from_numpy(rng.integers(1, points + 1, layer.neurons)) for name, layer in graph.layers.items()}
    lifetimes = graph.resolve_lifetimes(drawn, points)
    curve = moments.curve(graph, lifetimes, points, batch=3)
    for point in range(points):
        kept = {name: life > point for name, life in lifetimes.items()}
        assert curve[point] == moments.peak(graph, kept, batch=3)
    assert curve[0] > curve[-1]


def test_the_largest_batch_is_the_last_that_fits() -> None:
    model, inputs = NETWORKS["recalled"]()
    graph = ranp.trace(model, inputs)
    moments = peak_moments(model, graph, any_device=True)
    half = graph.resolve({name: torch.arange(layer.neurons) % 2 == 0 for name, layer in graph.layers.items()})
    for limit in (moments.peak(graph, half, 5), moments.peak(graph, half, 6) - 1):
        assert moments.largest_batch(graph, limit, half) == 5
    assert moments.largest_batch(graph, moments.peak(graph, half, 5)) < 5
    assert moments.largest_batch(graph, moments.peak(graph, half, 1) - 1, half) == 0


def test_the_largest_batch_has_an_end_where_nothing_grows_with_it() -> None:
    model, inputs = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), (torch.empty(1, 4),)
    graph = ranp.trace(model, inputs)
    moments = peak_moments(model, graph, any_device=True)
    constant = replace(moments, factors=np.where(moments.factors == BATCH, 0, moments.factors))
    assert constant.peak(graph, None, 2) == constant.peak(graph, None, 1)
    assert constant.largest_batch(graph, constant.peak(graph)) == MOST_BATCH
    assert constant.largest_batch(graph, constant.peak(graph) - 1) == 0


class Padded(nn.Module):
    """Makes one tensor more where it is wide: its step does not follow the kept counts."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv3d(1, 12, 1), nn.Conv3d(12, 2, 1)

    def forward(self, volume: Tensor) -> Tensor:
        features = self.first(volume)
        return self.second(features * 2 if features.shape[1] > 8 else features)


class Squared(nn.Module):
    """A tensor of one entry more than pairs of kept channels: no product of counts."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv3d(1, 12, 1), nn.Conv3d(12, 2, 1)

    def forward(self, volume: Tensor) -> Tensor:
        features = self.first(volume)
        return self.second(features) + torch.zeros(features.shape[1] ** 2 + 1, device=volume.device).sum()


@pytest.mark.parametrize(
    ("model", "said"), [(Padded(), "makes other tensors at other widths"), (Squared(), "no product")]
)
def test_what_does_not_follow_the_counts_is_refused(model: nn.Module, said: str) -> None:
    graph = ranp.trace(model, (torch.empty(2, 1, 4, 4, 4),), check=False)
    with pytest.raises(ValueError, match=said):
        peak_moments(model, graph, any_device=True)


def test_the_model_is_left_alone() -> None:
    model, inputs = NETWORKS["recalled"]()
    before = {name: tensor.clone() for name, tensor in model.eval().state_dict().items()}
    peak_moments(model, ranp.trace(model, inputs), any_device=True)
    assert not model.training
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
