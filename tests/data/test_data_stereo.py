"""Stereo scenes: the disparity is exact, by a check that shares no formula with the renderer."""

import pytest
import torch
import torch.nn.functional as F

from ranp.data import batches, loss, stereo, stream

SHAPE = (1, 3, 64, 128)
DISPARITIES = 32


def scene_and_left(index: int) -> tuple[stereo.Scene, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    row, column = torch.arange(64.0)[:, None], torch.arange(128.0)[None, :]
    scene = stereo.draw_scene(64, 128, DISPARITIES, stream(0, index))
    left, disparity = stereo.see(scene, row, column)
    return scene, row, column, left, disparity


def test_shapes_types_and_range() -> None:
    for (left, right), disparity in batches("stereo", SHAPE, DISPARITIES, batch_size=2, count=2, seed=0):
        assert left.shape == right.shape == (2, 3, 64, 128)
        assert disparity.shape == (2, 64, 128)
        assert left.dtype == disparity.dtype == torch.float32
        assert disparity.min() > 0
        assert disparity.max() < DISPARITIES - 1


def test_a_seed_repeats_and_seeds_differ() -> None:
    def draw(seed: int) -> torch.Tensor:
        return batches("stereo", SHAPE, DISPARITIES, 2, 1, seed)[0][0][1]

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))


@pytest.mark.parametrize("index", range(4))
def test_each_point_is_seen_at_its_disparity_or_hidden_by_something_nearer(index: int) -> None:
    """Looking from the right at x - d shows the same colour and d, or a larger disparity: an occlusion."""
    scene, row, column, left, disparity = scene_and_left(index)
    seen, from_the_right = stereo.see(scene, row, column - disparity, right_camera=True)
    same = (from_the_right - disparity).abs() < 1e-3
    assert same.float().mean() > 0.6
    assert (from_the_right[~same] > disparity[~same]).all()
    assert (seen - left)[:, same].abs().max() < 1e-3


def test_warping_the_right_picture_by_the_disparity_gives_the_left_one() -> None:
    """With the interpolation that stereo networks use, on finished pictures with gain and noise."""
    ratios = []
    for index in range(6):
        (left, right), disparity = stereo.example(SHAPE, DISPARITIES, stream(3, index))
        row, column = torch.meshgrid(torch.arange(64.0), torch.arange(128.0), indexing="ij")
        place = torch.stack([(2 * (column - disparity) + 1) / 128 - 1, (2 * row + 1) / 64 - 1], dim=-1)
        warped = F.grid_sample(right[None], place[None], align_corners=False)[0]
        visible = column - disparity >= 0
        ratios.append((warped - left)[:, visible].abs().median() / (right - left)[:, visible].abs().median())
    assert sum(ratios) / len(ratios) < 0.45


def test_what_is_nearer_hides_what_is_farther() -> None:
    scene, row, column, _, disparity = scene_and_left(1)
    background = scene._replace(
        plane=scene.plane[:1], outline=scene.outline[:1], ellipse=scene.ellipse[:1], texture=scene.texture[:1]
    )
    _, behind = stereo.see(background, row, column)
    assert (disparity >= behind).all()
    assert 0.1 < (disparity > behind).float().mean() < 0.9


@pytest.mark.parametrize("disparities", [8, 32, 192])
def test_disparities_stay_in_the_range_of_the_network(disparities: int) -> None:
    for index in range(10):
        _, disparity = stereo.example((1, 3, 48, 200), disparities, stream(1, index))
        assert disparity.min() > 0
        assert disparity.max() < disparities - 1


def test_planes_are_slanted() -> None:
    _, _, _, _, disparity = scene_and_left(2)
    assert len(disparity.unique()) > 1000


def test_loss_ignores_what_is_not_known_and_weighs_outputs() -> None:
    target = torch.tensor([[[0.0, 3.0, 5.0]]])
    off = torch.tensor([[[50.0, 3.5, 7.0]]])
    by_hand = (0.5 * 0.5**2 + (2 - 0.5)) / 2
    assert loss("stereo")(off, target).item() == pytest.approx(by_hand)
    assert loss("stereo")((off, off, target), target).item() == pytest.approx((0.5 + 0.7) * by_hand)


def test_loss_of_a_picture_without_known_pixels_is_zero_and_differentiable() -> None:
    output = torch.ones(1, 4, 4, requires_grad=True)
    value = loss("stereo")(output, torch.zeros(1, 4, 4))
    value.backward()
    assert value.item() == 0
    assert torch.equal(output.grad, torch.zeros(1, 4, 4))


@pytest.mark.parametrize(
    ("shape", "disparities", "message"),
    [
        ((1, 1, 64, 128), 32, "give the network 3 input channels"),
        ((1, 3, 8, 64, 128), 32, "stereo pictures are"),
        (SHAPE, 4, "largest disparity of 8 pixels or more, the network has 4"),
    ],
)
def test_misfits_are_explained(shape: tuple[int, ...], disparities: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        stereo.example(shape, disparities, stream(0, 0))


def test_more_outputs_than_weights_are_refused() -> None:
    target = torch.ones(1, 2, 2)
    with pytest.raises(ValueError, match="up to 3 outputs, the network gave 4"):
        stereo.loss([target] * 4, target)
