"""What a module remembers of its widths is listed where a shrunk layer in it no longer has them."""

import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ranp import models
from ranp.graph import trace
from ranp.plan import StaleAttribute, plan_from_masks, shrink, stale_attributes

IMAGE = torch.zeros(1, 2, 8, 8)


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.output_channels = 12
        self.features = [6, 12]
        self.sizes = {"first": 6, "classes": 5}
        self.kernel_size, self.num_heads, self.levels = (6, 6), 12, 6
        self.norm_arguments = {"num_groups": 6}
        self.deep = True
        self.first, self.norm, self.second = nn.Conv2d(2, 6, 1), nn.BatchNorm2d(6), nn.Conv2d(6, 12, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.norm(self.first(x)).relu())  # type: ignore[no-any-return]


class Own(nn.Conv2d):
    """A layer of one's own, whose sizes are PyTorch's."""

    def __init__(self) -> None:
        super().__init__(12, 12, 1)
        self.channels = 12


class Gate(nn.Module):
    """Holds no layer, so that those beside it count."""

    def __init__(self) -> None:
        super().__init__()
        self.width, self.other = 12, 7

    def forward(self, x: Tensor) -> Tensor:
        return x.sigmoid()


class Head(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.in_planes, self.conv = 12, nn.Conv2d(12, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)  # type: ignore[no-any-return]


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.middle, self.gate, self.head = Encoder(), Own(), Gate(), Head()
        self.num_classes = 4
        self.widths: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.gate(self.middle(self.encoder(x))))  # type: ignore[no-any-return]


def first(kept: int, neurons: int) -> Tensor:
    return torch.arange(neurons) < kept


def listed(**masks: Tensor) -> list[str]:
    model = Network()
    graph = trace(model, IMAGE)
    kept = graph.resolve({name.replace("_", "."): mask for name, mask in masks.items()})
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        small = shrink(model, graph, kept)
    return [str(stale) for stale in stale_attributes(small, graph, kept)]


def test_numbers_lists_and_dicts_of_a_module_whose_layers_shrank() -> None:
    assert listed(encoder_first=first(4, 6), encoder_second=first(5, 12)) == [
        "'encoder.output_channels' says 12, 'encoder.second' has 5 now",
        "'encoder.features[0]' says 6, 'encoder.first' has 4 now",
        "'encoder.features[1]' says 12, 'encoder.second' has 5 now",
        "'encoder.sizes['first']' says 6, 'encoder.first' has 4 now",
        "'middle.channels' says 12, 'middle' reads 5 now",
        "'gate.width' says 12, 'encoder.second' has 5 now",
    ]


def test_inputs_of_a_module_are_told_from_outputs() -> None:
    assert listed(middle=first(9, 12)) == [
        "'middle.channels' says 12, 'middle' has 9 now",
        "'gate.width' says 12, 'middle' has 9 now",
        "'head.in_planes' says 12, 'head.conv' reads 9 now",
    ]


def test_layers_that_differ_are_both_named() -> None:
    found = listed(encoder_second=first(5, 12), middle=first(9, 12))
    assert "'gate.width' says 12, 'encoder.second' has 5 and 'middle' has 9 now" in found


def test_what_did_not_shrink_is_not_listed() -> None:
    assert listed() == []


def test_pytorchs_own_layers_say_their_new_sizes() -> None:
    model = nn.Sequential(
        nn.Conv2d(2, 6, 1),
        nn.InstanceNorm2d(6),
        nn.PReLU(6),
        nn.ConvTranspose2d(6, 6, 1),
        nn.BatchNorm2d(6),
        nn.Conv2d(6, 2, 1),
    )
    graph = trace(model, IMAGE)
    kept = graph.resolve({"0": first(4, 6), "3": first(3, 6)})
    small = shrink(model, graph, kept)
    assert stale_attributes(small, graph, kept) == []
    assert not [name for module in small.modules() for name, value in vars(module).items() if value == 6]


def test_shrinking_and_applying_warn_in_one_sentence() -> None:
    model = Network()
    graph = trace(model, IMAGE)
    plan = plan_from_masks(graph, {"encoder.second": first(5, 12)})
    sentence = (
        "attributes that equal a width from before are left as they are, and may be stale: "
        r"'encoder\.output_channels' says 12, 'encoder\.second' has 5 now; .*'gate\.width' says 12, .* now$"
    )
    with pytest.warns(UserWarning, match=sentence):
        shrink(model, graph, plan.kept)
    with pytest.warns(UserWarning, match=sentence):
        plan.apply(model)


def test_a_long_list_is_cut_in_the_sentence() -> None:
    model = Network()
    model.widths = [12] * 9
    graph = trace(model, IMAGE)
    with pytest.warns(UserWarning, match=r"; and \d+ more$"):
        shrink(model, graph, graph.resolve({"encoder.second": first(5, 12)}))


def test_a_list_that_holds_itself_has_an_end() -> None:
    model = nn.Sequential(nn.Conv2d(2, 6, 1), nn.Conv2d(6, 2, 1))
    graph = trace(model, IMAGE)
    kept = graph.resolve({"0": first(4, 6)})
    small = shrink(model, graph, kept)
    endless: list[object] = [6]
    endless.append(endless)
    small.widths = endless  # type: ignore[assignment]
    assert str(stale_attributes(small, graph, kept)[0]) == "'widths[0]' says 6, '0' has 4 now"


@pytest.mark.parametrize("architecture", models.PAPER_NETWORKS)
def test_the_librarys_networks_remember_no_width(architecture: str) -> None:
    arguments: dict[str, Any] = (
        {"base_channels": 4} if architecture == "unet3d" else {}
    )  # as many channels as it has levels
    model = models.build(architecture, "classroom", device="meta", **arguments)
    graph = trace(model, models.example_inputs(architecture, "classroom"), check=False)
    kept = graph.resolve({name: torch.arange(layer.neurons) > 0 for name, layer in graph.layers.items()})
    assert stale_attributes(shrink(model, graph, kept), graph, kept) == []


def test_an_entry_says_what_it_is() -> None:
    assert str(StaleAttribute("a.n", 8, {"a.conv": 3}, reads=True)) == "'a.n' says 8, 'a.conv' reads 3 now"
