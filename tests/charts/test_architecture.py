"""The layout of a drawing, as a pure function: on networks made by hand, and on random ones."""

import random
from itertools import combinations, pairwise

import pytest

from explorer.charts import Drawing, Spot, lay_out, short_names

CHAIN = [
    Spot("input", 0, 8, ()),
    *(Spot("layer", 4 * at, 8, (at - 1,)) for at in range(1, 5)),
    Spot("output", 0, 8, (4,)),
]


def u_net(depth: int = 3) -> list[Spot]:
    """Down and up again, a layer at each resolution, with a skip connection at each."""
    spots = [Spot("input", 0, 2.0 ** (depth + 1), ())]
    for level in range(depth + 1):
        spots.append(Spot("layer", 2 ** (level + 2), 2.0 ** (depth + 1 - level), (len(spots) - 1,)))
    for level in reversed(range(depth)):
        spots.append(Spot("join", 0, 2.0 ** (depth + 1 - level), (level + 1, len(spots) - 1)))
        spots.append(Spot("layer", 2 ** (level + 2), 2.0 ** (depth + 1 - level), (len(spots) - 1,)))
    return [*spots, Spot("output", 0, 2.0 ** (depth + 1), (len(spots) - 1,))]


def drawn_at_random(seed: int) -> list[Spot]:
    """Layers and joins that read from any that came before; now and then a loop."""
    draw = random.Random(seed)
    spots = [Spot("input", 0, 32, ())]
    for at in range(1, draw.randint(8, 40)):
        kind = draw.choice(["layer", "layer", "layer", "join"])
        sources = draw.sample(range(at), min(at, draw.randint(1, 3)))
        if kind == "join" and draw.random() < 0.1:
            sources.append(at + 1)
        side = draw.choice([32, 16, 8, 4, 1])
        spots.append(
            Spot("join", 0, side, tuple(sources))
            if kind == "join"
            else Spot("layer", draw.randint(1, 512), side, tuple(sources))
        )
    return [*spots, Spot("output", 0, 1, (len(spots) - 1,))]


NETWORKS = {"chain": CHAIN, "u-net": u_net(), **{f"random {seed}": drawn_at_random(seed) for seed in range(12)}}


def overlaps(drawing: Drawing) -> list[tuple[int, int]]:
    """Blocks that lie upon one another."""
    return [
        (one, other)
        for (one, a), (other, b) in combinations(enumerate(drawing.boxes), 2)
        if abs(a.x - b.x) < (a.width + b.width) / 2 - 0.01 and abs(a.y - b.y) < (a.height + b.height) / 2 - 0.01
    ]


@pytest.mark.parametrize("spots", NETWORKS.values(), ids=NETWORKS)
def test_blocks_are_apart_and_data_flow_forwards(spots: list[Spot]) -> None:
    drawing = lay_out(spots)
    assert len(drawing.boxes) == len(spots)
    assert overlaps(drawing) == []
    edges = {(source, at) for at, spot in enumerate(spots) for source in spot.sources}
    assert {(line.start, line.end) for line in drawing.lines} == edges
    for line in drawing.lines:
        forwards = drawing.boxes[line.start].x < drawing.boxes[line.end].x
        assert forwards or line.kind == "loop"
        assert (line.kind == "loop") == (line.start >= line.end)
    for box in drawing.boxes:
        assert box.width / 2 <= box.x <= drawing.width - box.width / 2
        assert box.height / 2 <= box.y <= drawing.height - box.height / 2


@pytest.mark.parametrize("spots", NETWORKS.values(), ids=NETWORKS)
def test_the_same_network_is_drawn_alike(spots: list[Spot]) -> None:
    assert lay_out(spots) == lay_out(list(spots))


def test_width_is_to_scale_and_height_is_the_resolution() -> None:
    spots = u_net()
    drawing = lay_out(spots)
    layers = [(spot, box) for spot, box in zip(spots, drawing.boxes, strict=True) if spot.kind == "layer"]
    assert len({round(box.width / spot.channels, 3) for spot, box in layers}) == 1
    assert len({round(box.height / spot.side, 2) for spot, box in layers}) == 1


def test_a_u_net_is_a_u_with_straight_skip_connections() -> None:
    spots = u_net()
    drawing = lay_out(spots)
    heights = [box.y for spot, box in zip(spots, drawing.boxes, strict=True) if spot.kind == "layer"]
    assert heights[:4] == sorted(heights[:4])
    assert heights[:3] == heights[:3:-1]  # up by the levels that it went down
    skips = [line for line in drawing.lines if line.kind != "way"]
    assert [line.kind for line in skips] == ["skip"] * 3
    assert all(line.points[0][1] == line.points[-1][1] for line in skips)


def test_a_chain_of_residual_blocks_is_one_row_with_an_arc_over_each_block() -> None:
    spots = [Spot("layer", 8, 8, ())]
    for _ in range(3):
        start = len(spots) - 1
        spots += [
            Spot("layer", 8, 8, (start,)),
            Spot("layer", 8, 8, (start + 1,)),
            Spot("join", 0, 8, (start, start + 2)),
        ]
    drawing = lay_out(spots)
    assert len({box.y for box in drawing.boxes}) == 1  # the resolution never rises
    arcs = [line for line in drawing.lines if line.kind == "arc"]
    assert [(line.start, line.end) for line in arcs] == [(0, 3), (3, 6), (6, 9)]
    for line in arcs:
        between = drawing.boxes[line.start : line.end + 1]
        assert min(y for _, y in line.points) < min(box.y - box.height / 2 for box in between)


def test_branches_lie_side_by_side() -> None:
    spots = [Spot("input", 0, 8, ()), *(Spot("layer", 8, 8, (0,)) for _ in range(4)), Spot("join", 0, 8, (1, 2, 3, 4))]
    boxes = lay_out(spots).boxes[1:5]
    assert len({box.x for box in boxes}) == 1
    assert len({box.y for box in boxes}) == 4


def test_nothing_is_drawn_of_nothing() -> None:
    assert lay_out([]).boxes == ()


NAMES = ["net.body.encoder1.conv1.conv", "net.body.encoder1.conv2.conv", "net.body.encoder2.conv1.conv"]
NAMES += ["net.body.decoder1.conv1.conv", "net.body.embedding", "net.head"]


def test_names_of_one_length_tell_all_layers_apart() -> None:
    for names in (NAMES, ["a", "a.b", "a.c"], ["conv"], ["0", "1", "10"], ["x.mixed_3b", "x.mixed_3c", "x.max_3b"]):
        found = short_names(names)
        for length in zip(*found, strict=True):
            assert len(set(length)) == len(names)
        assert all(len(longer) >= len(shorter) for of in found for longer, shorter in pairwise(of))


def test_what_names_have_in_common_goes() -> None:
    assert short_names(NAMES)[0] == (NAMES[0], "body.encoder1.conv1", "enc1.conv1", "en1.c1")
    assert short_names(["net.conv"]) == [("net.conv", "conv", "conv", "c")]
