"""Where the blocks of a drawing stand, level by level, and how the ways go between them."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise

from explorer.charts.block_sizes import ARC, ARCS, BETWEEN, MARGIN, NAME, STEP, WIDTH, gap_of, levels_of
from explorer.charts.layered import Columns, Place, straighten
from explorer.charts.spots import Box, Drawing, Line, Spot


class BlockPlaces:
    """Blocks in their places; ways are added one after the other."""

    def __init__(
        self,
        spots: Sequence[Spot],
        columns: Columns,
        ways: Mapping[tuple[Hashable, Hashable], Sequence[Hashable]],
        sizes: Sequence[tuple[float, float]],
    ) -> None:
        self._spots, self._columns, self._ways, self._sizes = spots, columns, ways, sizes
        self.rank = {node: at for at, column in enumerate(columns) for node in column}
        self._level = levels_of(spots, ways)
        self._left, self._right = self._across()
        self._height = self._down()
        self._arcs: list[tuple[int, int, int, int, float]] = []  # level, columns, nesting, and how high above its level
        self._lines: dict[tuple[int, int], Line] = {}

    def skip(self, start: int, end: int) -> None:
        """A straight line where nothing lies between, an arc above where something does."""
        level, first, last = self._level[start], self.rank[start], self.rank[end]
        self._lines[start, end] = Line(start, end, "skip", ())
        if self._level[end] != level or self._is_clear(start, end):
            return
        nested = [arc for arc in self._arcs if arc[0] == level and arc[1] < last and first < arc[2]]
        deep = 1 + max((arc[3] for arc in nested), default=0)
        between = [node for column in self._columns[first : last + 1] for node in column if self._level[node] == level]
        top = min(self._height[node] - self._reach(node)[0] for node in between)
        self._arcs.append((level, first, last, deep, top))
        self._lines[start, end] = Line(start, end, "arc", ((top, float(deep)),))

    def loop(self, start: int, end: int) -> None:
        """Back to where data have been, below all else."""
        self._lines[start, end] = Line(start, end, "loop", ())

    def drawn(self, edges: Iterable[tuple[int, int]]) -> Drawing:
        """The whole, levels one below the other."""
        step = min(ARC, ARCS / max([arc[3] for arc in self._arcs], default=1))
        shift, below = self._stacked(step)
        y = {node: self._height[node] + shift[level] for node, level in self._level.items()}
        loops = any(line.kind == "loop" for line in self._lines.values())
        boxes = self._boxes(y)
        lines = [self._way(edge, boxes, y) for edge in edges]
        lines += [self._arc(line, boxes, shift, step, below) for line in self._lines.values()]
        return Drawing(
            round(self._right[-1] + MARGIN if self._right else 0, 2),
            round(below + (BETWEEN if loops else 0), 2),
            boxes,
            tuple(lines),
        )

    def _stacked(self, step: float) -> tuple[dict[int, float], float]:
        """How far down each level goes, and where the last one ends: as high as the levels above leave room."""
        covered = self._covered(step)
        shift: dict[int, float] = {}
        floor: dict[int, float] = defaultdict(float)  # of each column, the lowest that stands there by now
        least = 0.0
        for level in sorted(covered):
            spans = covered[level]
            near = {at: max(floor[at - 1], floor[at], floor[at + 1]) for at in spans}
            shift[level] = max(least, *(near[at] - top for at, (top, _) in spans.items())) + BETWEEN / 2
            floor.update({at: shift[level] + bottom for at, (_, bottom) in spans.items()})
            least = shift[level] + STEP
        return shift, max(floor.values(), default=0.0) + BETWEEN / 2

    def _covered(self, step: float) -> dict[int, dict[int, tuple[float, float]]]:
        """Of each level, and each column in which it has something: from where to where that reaches."""
        spans = [
            (
                level,
                self.rank[node],
                self._height[node] - self._reach(node)[0],
                self._height[node] + self._reach(node)[1],
            )
            for node, level in self._level.items()
        ]
        for level, first, last, deep, above in self._arcs:
            spans += [(level, at, above - step * (deep + 0.5), above) for at in range(first, last + 1)]
        for line in self._lines.values():
            if line.kind == "skip" and self._level[line.start] == self._level[line.end]:
                at, columns = self._height[line.start], range(self.rank[line.start], self.rank[line.end] + 1)
                spans += [(self._level[line.start], column, at - BETWEEN / 2, at + BETWEEN / 2) for column in columns]
        found: dict[int, dict[int, tuple[float, float]]] = defaultdict(dict)
        for level, column, top, bottom in spans:
            high, low = found[level].get(column, (top, bottom))
            found[level][column] = min(high, top), max(low, bottom)
        return found

    def _across(self) -> tuple[list[float], list[float]]:
        """Left and right edge of each column."""
        gap, at, left, right = gap_of(self._columns), MARGIN, [], []
        for column in self._columns:
            width = max((self._sizes[node][0] for node in column if isinstance(node, int)), default=0.0)
            left.append(at)
            right.append(at + width)
            at += width + gap
        return left, right

    def _down(self) -> dict[Hashable, float]:
        """The height of each node within its level."""
        neighbours: dict[Hashable, list[Hashable]] = {node: [] for node in self.rank}
        for way in self._ways.values():
            for one, other in pairwise(way):
                if self._level[one] == self._level[other]:
                    neighbours[one].append(other)
                    neighbours[other].append(one)
        found: dict[Hashable, float] = {}
        for level in sorted(set(self._level.values())):
            columns = [[node for node in column if self._level[node] == level] for column in self._columns]
            found |= straighten(columns, neighbours, {node: self._reach(node) for column in columns for node in column})
        for way in self._ways.values():
            self._level_out(way, found)
        return found

    def _level_out(self, way: Sequence[Hashable], height: dict[Hashable, float]) -> None:
        """Let a long way run at one height where nothing is in its way."""
        level = self._level[way[0]]
        inner = [node for node in way[1:-1] if self._level[node] == level]
        ends = [height[end] for end in (way[0], way[-1]) if self._level[end] == level]
        for wanted in (*ends, *(height[node] for node in inner[-1:])) if inner else ():
            if all(self._is_free(node, wanted, height) for node in inner):
                height.update(dict.fromkeys(inner, wanted))
                return

    def _is_free(self, node: Hashable, wanted: float, height: Mapping[Hashable, float]) -> bool:
        """Whether a waypoint of that height meets nothing in its column."""
        for other in self._columns[self.rank[node]]:
            up, down = self._reach(other)
            near = height[other] - up - BETWEEN / 2 < wanted < height[other] + down + BETWEEN / 2
            if near and other != node and self._level[other] == self._level[node]:
                return False
        return True

    def _reach(self, node: Hashable) -> tuple[float, float]:
        """How far a node goes up and down from its height, with what stays free around it."""
        if not isinstance(node, int):
            return BETWEEN / 2, BETWEEN / 2
        height = self._sizes[node][1]
        named = NAME if self._spots[node].kind == "layer" else 0
        return height / 2 + BETWEEN / 2, height / 2 + BETWEEN / 2 + named

    def _is_clear(self, start: int, end: int) -> bool:
        """Whether a level line between them passes no block and no way."""
        level, at = self._level[start], self._height[start]
        if abs(self._height[end] - at) > BETWEEN:
            return False
        for column in self._columns[self.rank[start] + 1 : self.rank[end]]:
            for node in column:
                up, down = self._reach(node)
                if self._level[node] == level and self._height[node] - up < at < self._height[node] + down:
                    return False
        return True

    def _boxes(self, y: Mapping[Hashable, float]) -> tuple[Box, ...]:
        places = []
        for at, (width, height) in enumerate(self._sizes):
            rank = self.rank[at]
            places.append(Box((self._left[rank] + self._right[rank]) / 2, y[at], width, height, 0.0))
        rooms = _rooms(places, [spot.kind == "layer" for spot in self._spots])
        return tuple(
            Box(round(box.x, 2), round(box.y, 2), round(box.width, 4), round(box.height, 2), round(room, 1))
            for box, room in zip(places, rooms, strict=True)
        )

    def _way(self, edge: tuple[int, int], boxes: Sequence[Box], y: Mapping[Hashable, float]) -> Line:
        """Through its waypoints, level where it crosses a column."""
        points = [_side(boxes[edge[0]], 1)]
        for node in self._ways[edge][1:-1]:
            rank = self.rank[node]
            points += [(self._left[rank], y[node]), (self._right[rank], y[node])]
        return Line(*edge, "way", _rounded([*points, _side(boxes[edge[1]], -1)]))

    def _arc(self, line: Line, boxes: Sequence[Box], shift: Mapping[int, float], step: float, below: float) -> Line:
        start, end = boxes[line.start], boxes[line.end]
        if line.kind == "skip":
            return Line(line.start, line.end, "skip", _rounded([_side(start, 1), _side(end, -1)]))
        if line.kind == "loop":
            foot, head = (start.x, start.y + start.height / 2), (end.x, end.y + end.height / 2)
            return Line(line.start, line.end, "loop", _rounded([foot, (foot[0], below), (head[0], below), head]))
        ((top, deep),) = line.points
        over = top + shift[self._level[line.start]] - step * deep
        foot, head = (start.x, start.y - start.height / 2), (end.x, end.y - end.height / 2)
        return Line(line.start, line.end, "arc", _rounded([foot, (foot[0], over), (head[0], over), head]))


def _rooms(boxes: Sequence[Box], named: Sequence[bool]) -> list[float]:
    """How wide the name below each box may be: it must meet neither a block nor another name."""
    rooms = [float(WIDTH)] * len(boxes)
    strip = [(box.y + box.height / 2, box.y + box.height / 2 + NAME) for box in boxes]
    for at, (box, is_named) in enumerate(zip(boxes, named, strict=True)):
        for other, (around, other_named) in enumerate(zip(boxes, named, strict=True)):
            apart = abs(box.x - around.x)
            if not is_named or other == at or apart == 0:
                continue
            top, bottom = strip[at]
            if other_named and strip[other][0] < bottom and top < strip[other][1]:
                rooms[at] = min(rooms[at], apart)
            if around.y - around.height / 2 < bottom and top < around.y + around.height / 2:
                rooms[at] = min(rooms[at], 2 * (apart - around.width / 2))
    return rooms


def _side(box: Box, side: int) -> Place:
    return box.x + side * box.width / 2, box.y


def _rounded(points: Iterable[Place]) -> tuple[Place, ...]:
    return tuple((round(x, 2), round(y, 2)) for x, y in points)
