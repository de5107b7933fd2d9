"""MobileNetV2-3D: the paper's size, and pruning through depthwise convolutions and inverted residuals."""

import pytest
import torch

from ranp.data import batches, loss
from ranp.graph import ChannelGraph, trace
from ranp.importance import importance
from ranp.models import build, example_inputs
from ranp.models.mobilenetv2 import MobileNetV2
from tests.graph.test_fuzz import check_network
from tests.models.test_models import counted


@pytest.fixture(scope="module")
def classroom() -> ChannelGraph:
    return trace(build("mobilenetv2", device="meta"), example_inputs("mobilenetv2"))


def test_the_papers_counts_come_out() -> None:
    # Parameters: issue 3. Memory: as the original code counts it, 41,279,717 numbers of 4 bytes are 157.47 MB.
    model = build("mobilenetv2", "ucf101", device="meta").eval()
    inputs = example_inputs("mobilenetv2", "ucf101")
    cost = trace(model, inputs, check=False).cost()
    assert cost.params == sum(parameter.numel() for parameter in model.parameters()) == 2_483_429
    assert {"paper_macs": cost.paper_macs, "activations": cost.activations} == counted(model, inputs)


def test_sizes_and_channels_are_the_original_ones() -> None:
    model = build("mobilenetv2", "ucf101", device="meta").eval()
    shapes: list[tuple[int, ...]] = []
    for module in (model.stem, *model.stages, model.tail):
        module.register_forward_hook(lambda _m, _i, out: shapes.append(tuple(out.shape[1:])))
    model(*example_inputs("mobilenetv2", "ucf101"))
    assert shapes == [
        (32, 16, 56, 56),
        (16, 16, 56, 56),
        (24, 8, 28, 28),
        (32, 4, 14, 14),
        (64, 2, 7, 7),
        (96, 2, 7, 7),
        (160, 1, 4, 4),
        (320, 1, 4, 4),
        (1280, 1, 4, 4),
    ]
    assert [len(stage) for stage in model.stages] == [1, 2, 3, 4, 3, 3, 1]


def test_the_shrunk_network_equals_the_masked_one() -> None:
    check_network(build("mobilenetv2"), example_inputs("mobilenetv2", batch=2, device="cpu"), seed=0)


def test_all_hidden_neurons_can_go(classroom: ChannelGraph) -> None:
    assert [layer.name for layer in classroom.layers.values() if layer.frozen] == ["classifier"]


def test_depthwise_neurons_go_with_those_that_they_look_at(classroom: ChannelGraph) -> None:
    expand, depthwise = (f"stages.1.0.{part}.conv" for part in ("expand", "depthwise"))
    assert classroom.layers[depthwise].coupled == (expand,)
    neurons = classroom.layers[expand].neurons
    kept = classroom.resolve({expand: torch.arange(neurons) < 5, depthwise: torch.arange(neurons) < 3})
    assert kept[expand].nonzero().flatten().tolist() == kept[depthwise].nonzero().flatten().tolist() == [0, 1, 2, 3, 4]


def test_only_blocks_that_keep_the_shape_add_their_input(classroom: ChannelGraph) -> None:
    assert classroom.layers["stages.1.0.project.conv"].coupled == ("stages.1.1.project.conv",)
    assert "stages.2.0.project.conv" not in classroom.layers["stages.1.1.project.conv"].coupled


def test_every_layer_scores_on_the_motion_task(classroom: ChannelGraph) -> None:
    clips = batches("motion", (1, 3, 8, 48, 48), classes=8, batch_size=2, count=1, seed=0)
    scores = importance(build("mobilenetv2"), clips, loss("motion"), layers=list(classroom.layers.values()))
    assert scores.keys() == classroom.layers.keys()
    assert all(score.isfinite().all() and score.any() for score in scores.values())


def test_width_and_blocks_make_it_smaller() -> None:
    model = MobileNetV2(classes=5, in_channels=2, width=0.5, blocks=(1, 3), tail_channels=40)
    assert [len(stage) for stage in model.stages] == [1, 3]
    assert model.stages[1][0].project.conv.out_channels == 12
    assert model(torch.zeros(2, 2, 3, 17, 9)).shape == (2, 5)


@pytest.mark.parametrize("blocks", [(), (1, 0), (1,) * 8])
def test_impossible_blocks_are_refused(blocks: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="blocks must be 1 to 7 numbers of at least 1"):
        MobileNetV2(classes=5, blocks=blocks)
