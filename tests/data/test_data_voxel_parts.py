"""Voxel shapes: thin surfaces, parts in their places, distances checked by brute force."""

import itertools

import pytest
import torch

from ranp.data import batches, loss, shapenet, stream, voxel_parts
from ranp.data.voxel_parts import EMPTY, Space

SHAPE = (1, 1, 16, 16, 16)


def shapes(classes: int = 12, count: int = 40, shape: tuple[int, ...] = SHAPE, seed: int = 0) -> torch.Tensor:
    return torch.cat([target for _, target in batches("voxel-parts", shape, classes, 1, count, seed)])


def test_shapes_types_and_values() -> None:
    for occupancy, part in batches("voxel-parts", SHAPE, 12, batch_size=3, count=2, seed=0):
        assert occupancy.shape == (3, 1, 16, 16, 16)
        assert occupancy.dtype == torch.float32
        assert part.shape == (3, 16, 16, 16)
        assert part.dtype == torch.int64
        assert set(occupancy.unique().tolist()) == {0.0, 1.0}
        assert torch.equal(part == EMPTY, occupancy[:, 0] == 0)


def test_a_seed_repeats_and_seeds_differ() -> None:
    assert torch.equal(shapes(seed=3), shapes(seed=3))
    assert not torch.equal(shapes(seed=3), shapes(seed=4))


def test_all_three_parts_of_a_category_occur_in_every_shape() -> None:
    for part in shapes(count=60):
        numbers = part[part != EMPTY].unique()
        assert len(numbers) == 3
        assert len((numbers // 3).unique()) == 1


def test_all_categories_occur() -> None:
    numbers = shapes(count=60)
    assert torch.bincount(numbers[numbers != EMPTY], minlength=12).min() > 20


@pytest.mark.parametrize(("classes", "used"), [(3, 3), (8, 6), (12, 12), (49, 12)])
def test_few_classes_use_the_categories_that_fit(classes: int, used: int) -> None:
    assert shapes(classes, count=60).unique().tolist() == [*range(used), EMPTY]


def test_fifty_classes_use_the_numbers_of_the_data_set() -> None:
    numbers = set(shapes(50, count=60).unique().tolist()) - {EMPTY}
    assert numbers == set(itertools.chain(*voxel_parts.SHAPENET_PARTS.values()))
    first, ranges = 0, {}
    for name, parts in shapenet.SYNSETS.values():
        ranges[name] = range(first, first + parts)
        first += parts
    known_as = {"plane": "airplane"}
    for name, parts in voxel_parts.SHAPENET_PARTS.items():
        assert set(parts) <= set(ranges[known_as.get(name, name)])


def test_furniture_stands_the_right_way_up() -> None:
    """Mean height of each part: tops over shelves, backs over seats over legs, shades over poles over bases."""
    numbers = shapes(count=80, seed=1)
    height = torch.arange(16.0)[None, None, :, None].expand(numbers.shape)
    mean = [height[numbers == k].mean().item() for k in range(12)]
    top, table_legs, shelf, seat, back, chair_legs, base, pole, shade = mean[:9]
    assert top > shelf
    assert top > table_legs
    assert back > seat > chair_legs
    assert shade > pole > base


@pytest.mark.parametrize("size", [16, 48])
def test_surfaces_are_thin_and_shapes_hollow(size: int) -> None:
    """No voxel is wrapped on all sides by two layers of occupied ones: the shell is 1.5 voxels thick."""
    occupied = (shapes(count=8, shape=(1, 1, size, size, size)) != EMPTY)[:, None].float()
    buried = torch.nn.functional.avg_pool3d(occupied, 5, stride=1) == 1
    assert not buried.any()
    assert 0.005 < occupied.mean() < 0.12


def test_the_first_part_that_holds_a_voxel_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three boxes of almost one size: a voxel lies deepest inside the last, yet the first names it."""

    def boxes(space: Space, draw: voxel_parts.Draw) -> voxel_parts.Parts:
        return [voxel_parts.box(space, (0, 0, 0), (half, half, half)) for half in (0.5, 0.50001, 0.50002)]

    monkeypatch.setattr(voxel_parts, "CATEGORIES", {"box": boxes})
    assert shapes(3, count=4).unique().tolist() == [0, EMPTY]


def grid(size: int) -> Space:
    depth, height, width = torch.meshgrid(*[torch.linspace(-1, 1, size)] * 3, indexing="ij")
    return Space(depth, height, width, voxel=0.01)


@pytest.mark.parametrize(
    "solid",
    [
        lambda s: voxel_parts.box(s, (0.1, 0, -0.1), (0.4, 0.3, 0.5)),
        lambda s: voxel_parts.cylinder(s, (0, 0.1, 0), 0.45, 0.4),
        lambda s: voxel_parts.cone(s, (0, 0, 0), 0.6, 0.3, 0.4),
    ],
)
def test_inner_distances_equal_the_distance_to_the_nearest_outside_point(solid) -> None:
    """Brute force over all points of a grid, whose step of 2/30 bounds the difference."""
    space = grid(31)
    distance = solid(space).flatten()
    points = torch.stack([space.depth, space.height, space.width], dim=-1).view(-1, 3)
    outside, inside = points[distance > 0], points[distance <= 0]
    nearest = torch.cdist(inside, outside).amin(dim=1)
    assert (nearest + distance[distance <= 0]).abs().max() < 2 / 30 * 3**0.5


def test_an_ellipsoid_is_exact_on_its_surface_and_of_first_order_nearby() -> None:
    angle = torch.linspace(0, 6.28, 50)
    for stretch in (0.97, 1.0, 1.03):
        semi = (0.8, 0.2, 0.4)
        on = Space(stretch * 0.8 * angle.cos(), stretch * 0.2 * angle.sin(), torch.zeros(50), voxel=0.01)
        distance = voxel_parts.ellipsoid(on, (0, 0, 0), semi)
        if stretch == 1.0:
            assert distance.abs().max() < 1e-5
        else:
            assert (distance.sign() == (1.0 if stretch > 1 else -1.0)).all()
            assert distance.abs().max() < 0.03


def test_loss_counts_occupied_voxels_only() -> None:
    [(_, part)] = batches("voxel-parts", SHAPE, 12, 2, 1, 0)
    logits = torch.randn(2, 12, 16, 16, 16, generator=torch.Generator().manual_seed(0), requires_grad=True)
    value = loss("voxel-parts")(logits, part)
    chosen = logits.movedim(1, -1)[part != EMPTY]
    expected = -chosen.log_softmax(dim=1)[torch.arange(len(chosen)), part[part != EMPTY]].mean()
    assert value.item() == pytest.approx(expected.item(), rel=1e-5)
    value.backward()
    assert (logits.grad[:, :, 0, 0, 0] == 0).all(), "an empty corner has no gradient"


@pytest.mark.parametrize(
    ("shape", "classes", "message"),
    [
        ((1, 4, 16, 16, 16), 12, "give the network 1 input channel"),
        ((1, 1, 4, 4, 4), 12, "8 voxels a side or more"),
        (SHAPE, 2, "the network has 2 classes; give it 3 or more"),
    ],
)
def test_misfits_are_explained(shape: tuple[int, ...], classes: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        voxel_parts.example(shape, classes, stream(0, 0))
