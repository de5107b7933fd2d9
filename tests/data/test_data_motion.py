"""Moving shapes: the classes differ in time and in nothing else."""

import math

import pytest
import torch

from ranp.data import batches, motion, stream
from ranp.data.motion import MOTIONS, Motion

SHAPE = (1, 3, 8, 48, 48)


def still_scene(size: tuple[int, int, int], index: int = 0) -> motion.Scene:
    return motion.draw_scene(size, 0.6, stream(0, index))._replace(jitter=torch.zeros(size[0], 2))


def centre_of_mass(frame: torch.Tensor, background: torch.Tensor) -> torch.Tensor:
    """Row and column of the middle of what differs from the background."""
    changed = ((frame - background).abs().sum(dim=0) > 0.05).float()
    return torch.stack([g.double().mean() for g in changed.nonzero(as_tuple=True)])


def test_shapes_types_and_range() -> None:
    for clip, label in batches("motion", SHAPE, 8, batch_size=3, count=2, seed=0):
        assert clip.shape == (3, 3, 8, 48, 48)
        assert clip.dtype == torch.float32
        assert label.shape == (3,)
        assert label.dtype == torch.int64
        assert clip.abs().max() < 1 + 6 * motion.NOISE


def test_a_seed_repeats_and_seeds_differ() -> None:
    def draw(seed: int) -> torch.Tensor:
        return batches("motion", SHAPE, 8, 4, 1, seed)[0][0]

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))


@pytest.mark.parametrize("classes", [2, 8, 11, 101])
def test_every_class_occurs(classes: int) -> None:
    labels = torch.cat([label for _, label in batches("motion", (1, 3, 2, 8, 8), classes, 1, 12 * classes, 0)])
    assert labels.unique().tolist() == list(range(classes))


@pytest.mark.parametrize("name", MOTIONS)
def test_the_middle_frame_is_the_same_whatever_the_motion(name: str) -> None:
    """So a network that sees only this frame cannot do better than chance."""
    size = (9, 32, 32)
    scene = still_scene(size)
    middle = motion.render(scene, MOTIONS[name], size)[:, 4]
    assert torch.equal(middle, motion.render(scene, Motion(), size)[:, 0])


def test_a_clip_played_backwards_is_the_opposite_motion() -> None:
    size = (8, 32, 32)
    scene = still_scene(size)
    for there, back in (("left", "right"), ("up", "down"), ("clockwise", "counter-clockwise"), ("in", "out")):
        forwards, backwards = (motion.render(scene, MOTIONS[name], size) for name in (there, back))
        assert torch.allclose(forwards.flip(1), backwards, atol=1e-5)
        assert not torch.allclose(forwards, backwards, atol=0.1)


@pytest.mark.parametrize(("name", "axis", "sign"), [("left", 1, -1), ("right", 1, 1), ("up", 0, -1), ("down", 0, 1)])
def test_objects_go_where_the_class_says(name: str, axis: int, sign: int) -> None:
    size = (5, 64, 64)
    scene = still_scene(size)
    motion_at_half_speed = Motion(*(0.4 * part for part in MOTIONS[name]))
    clip = motion.render(scene, motion_at_half_speed, size)
    first, last = (centre_of_mass(clip[:, k], scene.background) for k in (0, -1))
    travelled = (last - first) / 64 * 2
    assert travelled[axis] == pytest.approx(sign * 0.8, abs=0.05)
    assert travelled[1 - axis] == pytest.approx(0, abs=0.05)


def test_growing_and_shrinking_change_the_area_as_the_square() -> None:
    size = (3, 96, 96)
    scene = still_scene(size)
    clip = motion.render(scene, Motion(growth=0.3), size)
    area = ((clip - scene.background[:, None]).abs().sum(dim=0) > 0.05).flatten(1).sum(dim=1)
    assert area[2] / area[0] == pytest.approx(math.exp(4 * 0.3), rel=0.12)


def test_clockwise_is_what_turning_the_picture_clockwise_does() -> None:
    size = (3, 49, 49)
    scene = still_scene(size)._replace(centre=torch.zeros(2), background=torch.zeros(3, 49, 49))
    before, middle, after = motion.render(scene, Motion(clockwise=math.pi / 2), size).unbind(dim=1)
    assert torch.allclose(after, middle.rot90(-1, dims=(1, 2)), atol=1e-4)
    assert torch.allclose(before, middle.rot90(1, dims=(1, 2)), atol=1e-4)
    assert not torch.allclose(before, middle, atol=0.1)


def test_the_background_stands_still() -> None:
    clip = motion.render(still_scene((8, 48, 48)), MOTIONS["up"], (8, 48, 48))
    corner = clip[:, :, :4, :4]
    assert torch.equal(corner[:, :1].expand_as(corner), corner)


def test_blocks_of_classes_differ_in_colour() -> None:
    hues = {}
    for k in range(60):
        clip, label = motion.example((1, 3, 3, 24, 24), 24, stream(0, k))
        middle = clip[:, 1, 9:15, 9:15].mean(dim=(1, 2))
        hues.setdefault(int(label) // 8, []).append(middle)
    red, green, blue = (torch.stack(hues[block]).mean(dim=0).argmax() for block in range(3))
    assert (red, green, blue) == (0, 1, 2)


@pytest.mark.parametrize(
    ("shape", "classes", "message"),
    [((1, 1, 8, 48, 48), 8, "give the network 3 input channels"), (SHAPE, 1, "needs 2 classes or more")],
)
def test_misfits_are_explained(shape: tuple[int, ...], classes: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        motion.example(shape, classes, stream(0, 0))
