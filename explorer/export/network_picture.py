"""The drawing of a network and a plan for it as SVG, as the live drawing on Explore has it (`live/assets/drawing/`).

A block is a layer: as wide as it has neurons, as tall as its resolution; what is filled is kept. Colours are the
report's, in `assets/report.css`. Lengths are pixels at zoom 1, as the packet's drawing has them.
"""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from math import dist
from typing import Any

from explorer.facts import LayerFacts

LETTER = 6.3
LINE = 12
BEHIND = 3
ROUND = 7
BELOW = 16
"""Pixels: of a letter, between lines of a name, of a layer that is called again, of a corner, and below the drawing."""

Point = Sequence[float]


def picture(drawing: Mapping[str, Any], layers: Sequence[LayerFacts]) -> str:
    """An SVG element; ``drawing`` as `explorer.packets.draw` makes it, ``layers`` in network order."""
    width, height = drawing["width"], drawing["height"] + BELOW
    lines = "".join(f'<path class="way {kind}" d="{_way(kind, points)}"/>' for _, _, kind, points in drawing["lines"])
    places = "".join(
        _other(place) if place["layer"] is None else _block(place, layers[place["layer"]])
        for place in drawing["places"]
    )
    held = (
        '<pattern id="network-held" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path class="stripe" d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5"/></pattern>'
    )
    return (
        f'<svg class="network" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(in_words(layers))}" '
        f'style="width:{width:g}px;min-width:{0.6 * width:g}px"><defs>{held}</defs>{lines}{places}</svg>'
    )


def in_words(layers: Sequence[LayerFacts]) -> str:
    """The drawing for a reader who does not see it, or does not know yet what it shows."""
    kept, neurons = sum(layer.kept for layer in layers), sum(layer.neurons for layer in layers)
    return (
        f"The network, {len(layers)} layers from left to right: {kept:,} of {neurons:,} neurons kept. Each block is as "
        "wide as its layer has neurons and as tall as its resolution; what is filled is kept, striped where it is held "
        "or protected. Dashed lines are skip connections."
    )


def _block(place: Mapping[str, Any], layer: LayerFacts) -> str:
    x, y, width, height = place["box"]
    left, top = x - width / 2, y - height / 2
    told = f"{layer.name}: {layer.kept:,} of {layer.neurons:,} neurons kept"
    again = _rectangle("full", left + BEHIND, top - BEHIND, width, height) if place["calls"] > 1 else ""
    kept = width * layer.kept_share
    marks = _rectangle("kept", left, top, kept, height)
    if layer.held is not None:
        marks += _rectangle("held", left, top, kept, height, ' fill="url(#network-held)"')
    if layer.emptied:
        marks += f'<path class="emptied" d="M{x - 5:g} {y - 5:g}l10 10M{x + 5:g} {y - 5:g}l-10 10"/>'
    full = _rectangle("full", left, top, width, height)
    return f"<g><title>{escape(told)}</title>{again}{full}{marks}</g>{_name(place, x, top + height)}"


def _name(place: Mapping[str, Any], x: float, bottom: float) -> str:
    """The longest of the layer's names that has room, on two lines where that helps."""
    most = int((place["room"] - 2) / LETTER)
    ways = (lines for name in place["names"] for lines in ([name], _halved(name)))
    lines = next((lines for lines in ways if all(len(line) <= most for line in lines)), [])
    return "".join(
        f'<text x="{x:.1f}" y="{bottom + LINE * number:.1f}">{escape(line)}</text>'
        for number, line in enumerate(lines, 1)
    )


def _halved(name: str) -> list[str]:
    """A name cut at the dot that makes its longer part shortest.

    >>> _halved("encoder1.conv1")
    ['encoder1', 'conv1']
    """
    parts = name.split(".")
    cuts = [[".".join(parts[:at]), ".".join(parts[at:])] for at in range(1, len(parts))]
    return min(cuts, key=lambda cut: max(map(len, cut)), default=[name])


def _other(place: Mapping[str, Any]) -> str:
    """An input, an output, or a circle where data are joined."""
    x, y, width, height = place["box"]
    size = max(3.0, width / 2)
    if place["kind"] == "input":
        return _rectangle("full", x - width / 2, y - height / 2, width, height)
    if place["kind"] == "output":
        arrow = f"M{x - size:.1f} {y - size:.1f}L{x + size:.1f} {y:.1f}L{x - size:.1f} {y + size:.1f}Z"
        return f'<path class="output" d="{arrow}"/>'
    sign = f'<text class="sign" x="{x:.1f}" y="{y + 4:.1f}">{escape(place["sign"])}</text>' if size >= 4 else ""
    return f'<circle class="full" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>{sign}'


def _rectangle(kind: str, x: float, y: float, width: float, height: float, more: str = "") -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.2f}" height="{height:.1f}"{more}/>'


def _way(kind: str, points: Sequence[Point]) -> str:
    """Level at every point and bent between them; of arcs and loops straight, with round corners."""
    path = f"M{_at(points[0])}"
    if kind in ("way", "skip"):
        for (x, y), (right, below) in pairwise(points):
            middle = (x + right) / 2
            level = f"H{right:.1f}"
            path += level if y == below else f"C{_at((middle, y))} {_at((middle, below))} {_at((right, below))}"
        return path
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        path += f"L{_at(_near(corner, before))}Q{_at(corner)} {_at(_near(corner, after))}"
    return f"{path}L{_at(points[-1])}"


def _near(corner: Point, other: Point) -> Point:
    """A point on the way from a corner, at most half of the way."""
    length = dist(corner, other)
    share = min(0.5, ROUND / length) if length else 0.0
    return [start + share * (end - start) for start, end in zip(corner, other, strict=True)]


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
