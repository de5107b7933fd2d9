"""I3D: the paper's size, TensorFlow's padding, and pruning through inception branches."""

import math

import pytest
import torch
import torch.nn.functional as F

from ranp.data import batches, loss
from ranp.graph import ChannelGraph, trace
from ranp.importance import importance
from ranp.models import build, example_inputs
from ranp.models.i3d import I3d, Mix, Mixed, SamePool, pad_same
from tests.graph.test_fuzz import check_network
from tests.models.test_models import counted


@pytest.fixture(scope="module")
def classroom() -> ChannelGraph:
    return trace(build("i3d", device="meta"), example_inputs("i3d"))


def test_the_papers_counts_come_out() -> None:
    # Issue 3: 27.877 G by the original code's count, and 12,390,789 parameters.
    model, inputs = build("i3d", "ucf101", device="meta").eval(), example_inputs("i3d", "ucf101")
    cost = trace(model, inputs, check=False).cost()
    assert cost.params == sum(parameter.numel() for parameter in model.parameters()) == 12_390_789
    assert {"paper_macs": cost.paper_macs, "activations": cost.activations} == counted(model, inputs)
    assert round(cost.paper_macs / 1e9, 3) == 27.877


def test_sizes_are_the_original_ones() -> None:
    model = build("i3d", "ucf101", device="meta").eval()
    shapes: dict[str, tuple[int, ...]] = {}
    for name, module in model.body.named_children():
        module.register_forward_hook(lambda _m, _i, out, name=name: shapes.update({name: tuple(out.shape[1:])}))
    model(*example_inputs("i3d", "ucf101"))
    assert shapes["stem1"] == (64, 8, 112, 112)
    assert shapes["stem3"] == (192, 8, 56, 56)
    assert shapes["mixed3b"] == (256, 8, 28, 28)
    assert shapes["mixed3c"] == (480, 8, 28, 28)
    assert shapes["mixed4f"] == (832, 4, 14, 14)
    assert shapes["mixed5c"] == (1024, 2, 7, 7)


def test_the_shrunk_network_equals_the_masked_one() -> None:
    check_network(build("i3d"), example_inputs("i3d", batch=2, device="cpu"), seed=0)


def test_all_hidden_neurons_can_go_and_none_are_tied(classroom: ChannelGraph) -> None:
    assert [layer.name for layer in classroom.layers.values() if layer.frozen] == ["logits"]
    assert not any(layer.coupled for layer in classroom.layers.values())


def test_every_layer_scores_on_the_motion_task(classroom: ChannelGraph) -> None:
    clips = batches("motion", (1, 3, 8, 48, 48), classes=8, batch_size=2, count=1, seed=0)
    scores = importance(build("i3d"), clips, loss("motion"), layers=list(classroom.layers.values()))
    assert scores.keys() == classroom.layers.keys()
    assert all(score.isfinite().all() and score.any() for score in scores.values())


@pytest.mark.parametrize("size", [1, 5, 6, 7, 8, 16])
@pytest.mark.parametrize(("window", "stride"), [(1, 1), (3, 1), (7, 1), (1, 2), (2, 2), (3, 2), (7, 2)])
def test_padding_gives_as_many_positions_as_tensorflows(size: int, window: int, stride: int) -> None:
    padded = pad_same(torch.zeros(1, 1, size, size, size), (window,) * 3, (stride,) * 3)
    positions = F.max_pool3d(padded, window, stride).shape[2:]
    assert positions == (math.ceil(size / stride),) * 3


@pytest.mark.filterwarnings("ignore:Using padding=.same. with even kernel")
@pytest.mark.parametrize("window", [2, 3, 4, 7])
def test_padding_is_pytorchs_own_where_the_stride_is_one(window: int) -> None:
    video, weight = torch.randn(2, 3, 5, 6, 7), torch.randn(4, 3, window, window, window)
    ours = F.conv3d(pad_same(video, (window,) * 3, (1, 1, 1)), weight)
    torch.testing.assert_close(ours, F.conv3d(video, weight, padding="same"))


def test_the_odd_zero_is_put_at_the_end() -> None:
    video = torch.ones(1, 1, 1, 1, 4)
    assert pad_same(video, (1, 1, 3), (1, 1, 2)).flatten().tolist() == [1, 1, 1, 1, 0]
    assert pad_same(video, (1, 1, 1), (1, 1, 1)) is video


def test_pools_see_the_border_as_zero() -> None:
    video = torch.full((1, 1, 3, 3, 3), 2.0)
    assert torch.equal(SamePool((3, 3, 3), (1, 1, 1))(video), video)


def test_branches_follow_one_another_along_the_channels() -> None:
    module = Mixed(4, Mix(single=3, reduced_first=2, first=5, reduced_second=2, second=1, pooled=2)).eval()
    video = torch.randn(1, 4, 3, 5, 5)
    out = module(video)
    assert out.shape == (1, 11, 3, 5, 5)
    for part, branch in zip(out.split([3, 5, 1, 2], dim=1), module.children(), strict=True):
        assert torch.equal(part, branch(video))


@pytest.mark.parametrize("size", [(1, 8, 8), (9, 33, 47)])
def test_a_video_of_any_size_fits(size: tuple[int, ...]) -> None:
    assert I3d(classes=5, in_channels=2, width=0.125).eval()(torch.zeros(2, 2, *size)).shape == (2, 5)
