"""PSMNet: the paper's size, the cost volume, and pruning through siamese features and hourglasses."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ranp.data import batches, loss
from ranp.graph import ChannelGraph, trace
from ranp.graph.proof.retrace import random_units
from ranp.importance import importance
from ranp.models import build, example_inputs, psmnet
from ranp.models.psmnet import PSMNet, cost_volume, expected_disparity
from ranp.plan import shrink
from ranp.types import Masks
from tests.graph.test_fuzz import check_network
from tests.models.test_models import counted


class OneInput(nn.Module):
    """Both pictures in one tensor, for counters that know of one input only."""

    def __init__(self, network: PSMNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor | list[Tensor]:
        return self.network(pictures[:, 0], pictures[:, 1])


def small() -> PSMNet:
    torch.manual_seed(0)
    return PSMNet(classes=16, base_channels=4, blocks=(1, 2, 1, 1), pools=(2, 4))


def pictures(batch: int = 2) -> tuple[Tensor, Tensor]:
    left, right = torch.randn(2, batch, 3, 32, 64, generator=torch.Generator().manual_seed(1))
    return left, right


@pytest.fixture(scope="module")
def graph() -> ChannelGraph:
    return trace(small(), pictures())


@pytest.fixture(scope="module")
def kept(graph: ChannelGraph) -> Masks:
    units = random_units(graph, seed=3)
    return {name: torch.from_numpy(units[of]) for name, of in graph.layer_units.items()}


def test_the_papers_counts_come_out() -> None:
    model, inputs = build("psmnet", "sceneflow", device="meta").eval(), example_inputs("psmnet", "sceneflow")
    volumes: list[tuple[int, ...]] = []
    model.match1.register_forward_pre_hook(lambda _m, given: volumes.append(tuple(given[0].shape)))
    counts = counted(model, inputs)
    cost = trace(model, inputs, check=False).cost()
    assert volumes[0] == (1, 64, 48, 64, 128)
    assert cost.params == sum(parameter.numel() for parameter in model.parameters()) == 5_224_768  # issue 3
    assert {"paper_macs": cost.paper_macs, "activations": cost.activations} == counts


def test_three_outputs_in_training_and_one_in_evaluation() -> None:
    model = small()
    coarse_to_fine = model.train()(*pictures())
    assert [tuple(disparity.shape) for disparity in coarse_to_fine] == [(2, 32, 64)] * 3
    disparity = model.eval()(*pictures())
    assert disparity.shape == (2, 32, 64)
    assert 0 <= disparity.min() <= disparity.max() <= 15


def test_hourglasses_read_what_earlier_ones_found() -> None:
    model = small()
    read: dict[str, tuple[Tensor, ...]] = {}
    made: dict[str, tuple[Tensor, Tensor, Tensor]] = {}
    for name in ("hourglass1", "hourglass2", "hourglass3"):
        module = model.get_submodule(name)
        module.register_forward_pre_hook(lambda _m, given, name=name: read.update({name: given}))
        module.register_forward_hook(lambda _m, _i, out, name=name: made.update({name: out}))
    model(*pictures())
    assert len(read["hourglass1"]) == 1
    _, first_encoded, first_decoded = made["hourglass1"]
    assert [id(value) for value in read["hourglass2"][1:]] == [id(first_encoded), id(first_decoded)]
    assert [id(value) for value in read["hourglass3"][1:]] == [id(first_encoded), id(made["hourglass2"][2])]


def test_the_shrunk_network_equals_the_masked_one() -> None:
    together = torch.stack(pictures(), dim=1)
    check_network(OneInput(small()), (together,), seed=0)


def test_all_three_training_outputs_survive_shrinking(graph: ChannelGraph, kept: Masks) -> None:
    masked = small().double()
    shrunk = shrink(masked, graph, kept)
    with torch.no_grad():
        for name, mask in kept.items():
            layer = masked.get_submodule(name)
            neurons = layer.weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose3d) else layer.weight
            neurons[~mask] = 0
    inputs = tuple(picture.double() for picture in pictures())
    expected, found = masked.train()(*inputs), shrunk.train()(*inputs)
    assert len(expected) == len(found) == 3
    for one, other in zip(expected, found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-9, rtol=0)
    assert sum(parameter.numel() for parameter in shrunk.parameters()) == graph.cost(kept).params < graph.cost().params


def test_all_neurons_but_the_scores_can_go(graph: ChannelGraph) -> None:
    assert [layer.name for layer in graph.layers.values() if layer.frozen] == [f"head{n}.score" for n in (1, 2, 3)]


def test_what_hourglasses_add_stays_or_goes_together(graph: ChannelGraph) -> None:
    halves = {f"hourglass{n}.{part}.conv" for n in (1, 2, 3) for part in ("encode", "up1")}
    full = {f"hourglass{n}.up2.conv" for n in (1, 2, 3)} | {"match1.second.conv", "match2.second.conv"}
    for group in (halves, full):
        for name in group:
            assert {name, *graph.layers[name].coupled} == group


def test_transposed_convolutions_lose_output_channels(graph: ChannelGraph) -> None:
    name = "hourglass1.up2.conv"
    masks = {other: torch.arange(4) < 3 for other in (name, *graph.layers[name].coupled)}
    shrunk = shrink(small(), graph, graph.resolve(masks))
    assert graph.layers[name].out_dim == 1
    assert shrunk.get_submodule(name).weight.shape[:2] == (8, 3)


def test_every_layer_scores_on_the_stereo_task() -> None:
    model, inputs = build("psmnet"), example_inputs("psmnet")
    layers = trace(model, inputs, check=False).layers
    pairs = batches("stereo", (1, 3, 64, 128), classes=32, batch_size=1, count=1, seed=0)
    scores = importance(model, pairs, loss("stereo"), layers=list(layers.values()))
    assert scores.keys() == layers.keys()
    assert all(score.isfinite().all() and score.any() for score in scores.values())


def test_the_cost_volume_pairs_each_column_with_the_one_that_far_to_the_left() -> None:
    left, right = torch.randn(2, 2, 3, 4, 7)
    volume = cost_volume(left, right, disparities=5)
    assert volume.shape == (2, 6, 5, 4, 7)
    for disparity in range(5):
        for column in range(7):
            seen = torch.cat([left[..., column], right[..., column - disparity]], dim=1)
            expected = seen if column >= disparity else torch.zeros_like(seen)
            assert torch.equal(volume[:, :, disparity, :, column], expected)


def by_cat(left: Tensor, right: Tensor, disparities: int) -> Tensor:
    """Planes of one disparity joined along it."""
    width = left.shape[-1]
    planes = [
        torch.cat([F.pad(left[..., d:], (d, 0)), F.pad(right[..., : width - d], (d, 0))], dim=1).unsqueeze(2)
        for d in range(disparities)
    ]
    return torch.cat(planes, dim=2)


def by_stack(left: Tensor, right: Tensor, disparities: int) -> Tensor:
    """Shifted features stacked for each picture, the pictures joined at the end."""
    width = left.shape[-1]
    moved = [
        [F.pad(picture, (d, 0)) for d, picture in enumerate(cuts)]
        for cuts in (
            [left[..., d:] for d in range(disparities)],
            [right[..., : width - d] for d in range(disparities)],
        )
    ]
    return torch.cat([torch.stack(planes, dim=2) for planes in moved], dim=1)


def by_filling(left: Tensor, right: Tensor, disparities: int) -> Tensor:
    """Written into zeros plane by plane, as the original code does."""
    batch, channels, height, width = left.shape
    volume = left.new_zeros(batch, 2 * channels, disparities, height, width)
    for d in range(disparities):
        volume[:, :channels, d, :, d:] = left[..., d:]
        volume[:, channels:, d, :, d:] = right[..., : width - d]
    return volume


@pytest.mark.parametrize("construction", [by_cat, by_stack, by_filling])
def test_however_the_volume_is_built_the_same_channels_stay(
    construction: Callable[[Tensor, Tensor, int], Tensor],
    graph: ChannelGraph,
    kept: Masks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left, right = torch.randn(2, 2, 3, 4, 7)
    assert torch.equal(construction(left, right, 5), cost_volume(left, right, 5))
    monkeypatch.setattr(psmnet, "cost_volume", construction)
    other = trace(small(), pictures())
    generator = torch.Generator().manual_seed(0)
    masks = {name: torch.rand(layer.neurons, generator=generator) < 0.6 for name, layer in graph.layers.items()}
    resolved = graph.resolve(masks)
    assert all(torch.equal(resolved[name], mask) for name, mask in other.resolve(masks).items())
    assert other.cost(kept).macs == graph.cost(kept).macs


def test_certain_scores_give_their_disparity() -> None:
    scores = torch.full((1, 1, 16, 2, 3), -100.0)
    scores[0, 0, 5] = 100.0
    torch.testing.assert_close(expected_disparity(scores, 16, (2, 3)), torch.full((1, 2, 3), 5.0))
    torch.testing.assert_close(expected_disparity(0 * scores, 16, (4, 6)), torch.full((1, 4, 6), 7.5))


@pytest.mark.parametrize(("height", "width"), [(40, 64), (32, 72), (32, 16)])
def test_pictures_that_do_not_fit_are_refused(height: int, width: int) -> None:
    picture = torch.zeros(1, 3, height, width)
    with pytest.raises(ValueError, match="multiples of 16 and the width above 16 pixels"):
        small()(picture, picture)


@pytest.mark.parametrize("classes", [0, 8, 24])
def test_disparities_that_cannot_be_halved_are_refused(classes: int) -> None:
    with pytest.raises(ValueError, match="must be a multiple of 16"):
        PSMNet(classes=classes)


@pytest.mark.parametrize("blocks", [(1, 2, 1), (1, 0, 1, 1)])
def test_impossible_blocks_are_refused(blocks: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="blocks must be four numbers of at least 1"):
        PSMNet(classes=16, blocks=blocks)
