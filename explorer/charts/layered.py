"""Places for the drawing of a directed graph, after Sugiyama: ranks, then few crossings, then short edges.

An edge that skips ranks gets a waypoint at each, so that it goes around what lies between.
Source: Sugiyama, Tagawa, Toda, IEEE Transactions on Systems, Man, and Cybernetics 11, 1981; networkx finds the ranks.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean, median
from typing import TypeAlias

import networkx as nx

Place: TypeAlias = tuple[float, float]
Edge: TypeAlias = tuple[str, str]
Columns: TypeAlias = list[list[Hashable]]
Ways: TypeAlias = dict[tuple[Hashable, Hashable], list[Hashable]]
SWEEPS = 8


def layered_layout(nodes: Sequence[str], edges: Sequence[Edge]) -> tuple[dict[str, Place], dict[Edge, list[Place]]]:
    """The place of each node, ranks from left to right one apart, and the way of each edge, ends included.

    ``nodes`` are in an order that edges follow; one that goes back is drawn and does not count for the ranks.

    >>> places, ways = layered_layout(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    >>> [places[name][0] for name in "abc"], len(ways["a", "c"])
    ([0.0, 1.0, 2.0], 3)
    """
    columns, ways = ranked(nodes, edges)
    rank = {node: at for at, column in enumerate(columns) for node in column}
    neighbours: dict[Hashable, list[Hashable]] = {node: [] for node in rank}
    for way in ways.values():
        for one, other in pairwise(way):
            neighbours[one].append(other)
            neighbours[other].append(one)
    heights = straighten(columns, neighbours, dict.fromkeys(rank, (0.5, 0.5)))
    at = {node: (float(rank[node]), heights[node]) for node in rank}
    return {name: at[name] for name in nodes}, {
        (start, end): [at[node] for node in ways[start, end]] for start, end in dict.fromkeys(edges) if start != end
    }


def ranked(nodes: Iterable[Hashable], edges: Iterable[tuple[Hashable, Hashable]]) -> tuple[Columns, Ways]:
    """The nodes of each rank from top to bottom, and the way of each edge, ends included.

    A way that skips ranks has a waypoint ``(start, end, rank)`` in each of them.
    """
    nodes = list(nodes)
    given = [edge for edge in dict.fromkeys(edges) if edge[0] != edge[1]]
    rank = _ranks(nodes, given)
    routed: nx.DiGraph = nx.DiGraph()
    routed.add_nodes_from(nodes)
    ways: Ways = {}
    for start, end in given:
        between = range(min(rank[start], rank[end]) + 1, max(rank[start], rank[end]))
        waypoints: list[Hashable] = [(start, end, place) for place in between]
        rank.update(zip(waypoints, between, strict=True))
        forth = rank[start] <= rank[end]
        ways[start, end] = [start, *(waypoints if forth else waypoints[::-1]), end]
        nx.add_path(routed, ways[start, end] if forth else ways[start, end][::-1])
    columns: Columns = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for node in routed.nodes:
        columns[rank[node]].append(node)
    _uncross(columns, routed.predecessors, routed.successors)
    return columns, ways


def _ranks(nodes: Sequence[Hashable], edges: Sequence[tuple[Hashable, Hashable]]) -> dict[Hashable, int]:
    """The number of edges on the longest way to each node."""
    order = {name: place for place, name in enumerate(nodes)}
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edge for edge in edges if order[edge[0]] < order[edge[1]])
    return {name: rank for rank, names in enumerate(nx.topological_generations(graph)) for name in names}


def _uncross(
    columns: Columns,
    before: Callable[[Hashable], Iterable[Hashable]],
    after: Callable[[Hashable], Iterable[Hashable]],
) -> None:
    """Sort each rank by the median place of its nodes' neighbours, to and fro."""
    place = {node: row - len(column) / 2 for column in columns for row, node in enumerate(column)}
    for sweep in range(SWEEPS):
        neighbours = before if sweep % 2 == 0 else after
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = {node: median([place[other] for other in neighbours(node)] or [place[node]]) for node in column}
            column.sort(key=wanted.__getitem__)
            place.update((node, row - len(column) / 2) for row, node in enumerate(column))


def straighten(
    columns: Columns, neighbours: Mapping[Hashable, Sequence[Hashable]], sizes: Mapping[Hashable, tuple[float, float]]
) -> dict[Hashable, float]:
    """Heights near the neighbours' mean; within a rank no two nodes overlap.

    ``sizes`` says how far each reaches up and down from its height.
    """
    offsets = [_stacked([sizes[node] for node in column]) for column in columns]
    height = {
        node: offset - (stack[-1] / 2)
        for column, stack in zip(columns, offsets, strict=True)
        for node, offset in zip(column, stack, strict=True)
    }
    for sweep in range(4 * SWEEPS):
        order = range(len(columns)) if sweep % 2 == 0 else reversed(range(len(columns)))
        for at in order:
            wanted = [fmean([height[other] for other in neighbours[node]] or [height[node]]) for node in columns[at]]
            height.update(zip(columns[at], _apart(wanted, offsets[at]), strict=True))
    return height


def _stacked(sizes: Sequence[tuple[float, float]]) -> list[float]:
    """Heights of nodes that touch one another, the first at 0."""
    found = [0.0] if sizes else []
    for (_, down), (up, _) in pairwise(sizes):
        found.append(found[-1] + down + up)
    return found


def _apart(wanted: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """The heights at least as far apart as the ``offsets`` are, with the least squared distance to those wanted.

    >>> _apart([0.0, 0.0, 5.0], [0.0, 1.0, 2.0])
    [-0.5, 0.5, 5.0]
    """
    blocks: list[tuple[float, int]] = []  # isotonic regression by pooling neighbours that are out of order
    for height, offset in zip(wanted, offsets, strict=True):
        level, size = height - offset, 1
        while blocks and blocks[-1][0] > level:
            other, count = blocks.pop()
            level, size = (level * size + other * count) / (size + count), size + count
        blocks.append((level, size))
    levels = [level for level, size in blocks for _ in range(size)]
    return [level + offset for level, offset in zip(levels, offsets, strict=True)]
