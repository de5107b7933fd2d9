"""Places for the drawing of a directed graph, after Sugiyama: ranks, then few crossings, then short edges.

An edge that skips ranks gets a waypoint at each, so that it goes around what lies between.
Source: Sugiyama, Tagawa, Toda, IEEE Transactions on Systems, Man, and Cybernetics 11, 1981; networkx finds the ranks.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from statistics import mean, median
from typing import TypeAlias

import networkx as nx

Place: TypeAlias = tuple[float, float]
Edge: TypeAlias = tuple[str, str]
Columns: TypeAlias = list[list[Hashable]]
SWEEPS = 8


def layered_layout(nodes: Sequence[str], edges: Iterable[Edge]) -> tuple[dict[str, Place], dict[Edge, list[Place]]]:
    """The place of each node, ranks from left to right one apart, and the way of each edge, ends included.

    ``nodes`` are in an order that edges follow; one that goes back is drawn and does not count for the ranks.

    >>> places, ways = layered_layout(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    >>> [places[name][0] for name in "abc"], len(ways["a", "c"])
    ([0.0, 1.0, 2.0], 3)
    """
    given = [edge for edge in dict.fromkeys(edges) if edge[0] != edge[1]]
    rank = _ranks(nodes, given)
    routed: nx.DiGraph = nx.DiGraph()
    routed.add_nodes_from(nodes)
    ways: dict[Edge, list[Hashable]] = {}
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
    heights = _straighten(columns, lambda node: [*routed.predecessors(node), *routed.successors(node)])
    at = {node: (float(rank[node]), heights[node]) for node in routed.nodes}
    return {name: at[name] for name in nodes}, {edge: [at[node] for node in way] for edge, way in ways.items()}


def _ranks(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[Hashable, int]:
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


def _straighten(columns: Columns, neighbours: Callable[[Hashable], list[Hashable]]) -> dict[Hashable, float]:
    """Heights near the neighbours' mean, at least one apart within a rank."""
    height = {node: row - (len(column) - 1) / 2 for column in columns for row, node in enumerate(column)}
    for sweep in range(4 * SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = [mean([height[other] for other in neighbours(node)] or [height[node]]) for node in column]
            height.update(zip(column, _one_apart(wanted), strict=True))
    return height


def _one_apart(wanted: Sequence[float]) -> list[float]:
    """The ascending heights, one apart or more, with the least squared distance to those wanted.

    >>> _one_apart([0.0, 0.0, 5.0])
    [-0.5, 0.5, 5.0]
    """
    blocks: list[tuple[float, int]] = []  # isotonic regression by pooling neighbours that are out of order
    for row, height in enumerate(wanted):
        level, size = height - row, 1
        while blocks and blocks[-1][0] > level:
            other, count = blocks.pop()
            level, size = (level * size + other * count) / (size + count), size + count
        blocks.append((level, size))
    levels = [level for level, size in blocks for _ in range(size)]
    return [level + row for row, level in enumerate(levels)]
