"""Where each part of a network stands in the drawing of its architecture.

Data flow from left to right, by the longest way; branches lie side by side; an edge between two parts that a longer way
joins, too, is a skip connection and an arc. A block is as wide as its layer has neurons and as tall as its resolution,
both to scale. Where the resolution rises again, each resolution has a level of its own, so that a U-Net is a U. Nothing
here knows any architecture by name. Lengths are pixels at zoom 1.
"""

from collections.abc import Sequence

import networkx as nx

from explorer.charts.block_places import BlockPlaces
from explorer.charts.block_sizes import HIGHEST, TALLEST, sizes_of
from explorer.charts.layered import ranked
from explorer.charts.spots import Drawing, Spot


def lay_out(spots: Sequence[Spot]) -> Drawing:
    """The drawing of a network; the same for the same spots.

    >>> drawing = lay_out([Spot("input", 1, 8, ()), Spot("layer", 4, 8, (0,)), Spot("layer", 8, 4, (1,))])
    >>> [box.width / drawing.boxes[1].width for box in drawing.boxes[1:]]
    [1.0, 2.0]
    """
    edges = [(source, at) for at, spot in enumerate(spots) for source in spot.sources]
    forth = [edge for edge in edges if edge[0] < edge[1]]
    skips = _skips(forth)
    columns, ways = ranked(range(len(spots)), [edge for edge in forth if edge not in skips])
    drawing = Drawing(0, 0, (), ())
    for tallest in TALLEST:
        page = BlockPlaces(spots, columns, ways, sizes_of(spots, columns, tallest))
        for edge in sorted(skips, key=lambda one: (page.rank[one[1]] - page.rank[one[0]], one)):
            page.skip(*edge)
        for edge in edges:
            if edge[0] >= edge[1]:
                page.loop(*edge)
        drawing = page.drawn([edge for edge in forth if edge not in skips])
        if drawing.height <= HIGHEST:
            break
    return drawing


def _skips(edges: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Edges between spots that a longer way joins, too."""
    graph: nx.DiGraph = nx.DiGraph(edges)
    return set(edges) - set(nx.transitive_reduction(graph).edges)
