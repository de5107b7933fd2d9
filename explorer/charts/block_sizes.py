"""How large each part of a drawing is, and on which level it stands. Lengths are pixels at zoom 1."""

from collections.abc import Hashable, Mapping, Sequence
from math import log2

from explorer.charts.layered import Columns
from explorer.charts.spots import Kind, Spot

WIDTH = 1280
"""What the drawing takes where its layers allow it."""

HIGHEST = 330
"""The same for its height."""

TALLEST = (104, 84, 66, 52)
SHALLOWEST = 5
"""Of a block: the highest resolution of the network, the less the more there is one above the other, and what none
falls below."""

NARROWEST = 3
WIDEST = 110
WIDEST_AT_LEAST = 26
"""Of a block: what none falls below, and between what the widest one lies."""

NAME = 28
"""Below a block: two lines."""

GAPS = (6.0, 38.0)
"""Between two columns, at least and at most."""

DISCS = (7.0, 12.0)
"""Of a place where data are joined, and of an arrow, at least and at most."""

MARGIN = 10.0
"""Left and right of all."""

SLAB = 7
"""How wide an input is: it has no neurons."""

ARC = 7
ARCS = 84
"""Between two arcs one above the other, and of all of them."""

BETWEEN = 10
"""Between two blocks one above the other."""

STEP = 34
"""From a level to the next one, at least."""


def sizes_of(spots: Sequence[Spot], columns: Columns, tallest: float) -> list[tuple[float, float]]:
    """Width and height of each spot."""
    layers = [spot for spot in spots if spot.kind == "layer"]
    sides = [spot.side for spot in spots if spot.kind in ("layer", "input")]
    tall = tallest / max(sides, default=1)
    most = max((spot.channels for spot in layers), default=1)
    widest = [
        max(
            (spots[node].channels for node in column if isinstance(node, int) and spots[node].kind == "layer"),
            default=0,
        )
        for column in columns
    ]
    disc = min(DISCS[1], max(DISCS[0], gap_of(columns)))
    fixed = len(columns) * gap_of(columns) + disc * sum(not width for width in widest)
    wide = (WIDTH - fixed) / max(1, sum(widest))
    wide = min(max(wide, WIDEST_AT_LEAST / most), WIDEST / most)
    found: dict[Kind, tuple[float, float] | None] = {"join": (disc, disc), "output": (disc, disc), "layer": None}
    return [
        found.get(spot.kind)
        or (
            max(NARROWEST, wide * spot.channels) if spot.kind == "layer" else SLAB,
            max(SHALLOWEST, tall * spot.side),
        )
        for spot in spots
    ]


def gap_of(columns: Columns) -> float:
    least, most = GAPS
    return min(most, max(least, 0.45 * WIDTH / max(1, len(columns))))


def levels_of(
    spots: Sequence[Spot], ways: Mapping[tuple[Hashable, Hashable], Sequence[Hashable]]
) -> dict[Hashable, int]:
    """The level of each spot and waypoint: all on one, unless the resolution rises again.

    What has no extent (a pooled vector, a gate) has no resolution either, and stays on its source's level.
    """
    largest = max((spot.side for spot in spots), default=1.0)
    own: list[int] = []
    rises = False
    for at, spot in enumerate(spots):
        before = [own[source] for source in spot.sources if source < at]
        level = round(log2(largest / spot.side)) if spot.side > 1 else max(before, default=0)
        rises = rises or (spot.side > 1 and level < max(before, default=0))
        own.append(level)
    found: dict[Hashable, int] = {at: level if rises else 0 for at, level in enumerate(own)}
    for (start, _), way in ways.items():
        found.update((node, found[start]) for node in way[1:-1])
    return found
