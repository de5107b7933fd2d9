"""A drawing of a network: its parts, where each stands, and the ways between them."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from explorer.charts.layered import Place

Kind: TypeAlias = Literal["input", "layer", "join", "output"]


@dataclass(frozen=True)
class Spot:
    """A part of the network: an input, a layer, what joins several, or an output.

    ``side`` is its resolution: the mean length of an edge of what it gives, 1 where that has no extent. ``sources`` are
    positions of spots that it reads from; one that does not come before it closes a loop.
    """

    kind: Kind
    channels: int
    side: float
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Box:
    """Where a spot stands: its centre, its size, and how wide a name below it may be."""

    x: float
    y: float
    width: float
    height: float
    room: float


@dataclass(frozen=True)
class Line:
    """A way from a spot to another: along points, or over or under what lies between as an arc."""

    start: int
    end: int
    kind: Literal["way", "skip", "arc", "loop"]
    points: tuple[Place, ...]


@dataclass(frozen=True)
class Drawing:
    """All of it, as large as ``width`` and ``height``."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
