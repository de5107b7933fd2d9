"""The drawing of a network for the browser: where each part of it stands, and what leads where.

`assets/drawing/` draws it. Layers are named by their position in network order, so that what moves needs no names.
"""

from itertools import count
from math import prod
from typing import Any

from explorer.charts import Spot, lay_out, short_names
from ranp.graph import ChannelGraph, Place

SIGNS = {"add": "+", "sub": "−", "mul": "×", "cat": "∥", "concat": "∥", "stack": "∥", "bmm": "×", "matmul": "×"}
"""Of operations that join; others are a dot."""


def draw(graph: ChannelGraph) -> dict[str, Any]:
    """The drawing as JSON holds it: ``places`` and ``lines``, lengths in pixels at zoom 1."""
    order = {name: at for at, name in enumerate(graph.layers)}
    names = short_names(list(graph.layers))
    drawing = lay_out(spots_of(graph))
    batch = max((shape[0] for shape in graph.input_shapes if shape), default=1)
    return {
        "width": drawing.width,
        "height": drawing.height,
        "places": [
            {
                "kind": place.kind,
                "layer": order[place.name] if place.kind == "layer" else None,
                "names": list(names[order[place.name]]) if place.kind == "layer" else [other],
                "sign": SIGNS.get(place.name, "•") if place.kind == "join" else None,
                "shape": list(_without_batch(place.shape, batch)),
                "calls": place.calls,
                "box": [box.x, box.y, box.width, box.height],
                "room": box.room,
            }
            for place, box, other in zip(graph.topology, drawing.boxes, _numbered(graph), strict=True)
        ],
        "lines": [[line.start, line.end, line.kind, [list(point) for point in line.points]] for line in drawing.lines],
    }


def _numbered(graph: ChannelGraph) -> list[str]:
    """The name of each place; of several inputs, each with its number."""
    inputs = sum(place.kind == "input" for place in graph.topology)
    number = count(1)
    return [f"input {next(number)}" if place.kind == "input" and inputs > 1 else place.name for place in graph.topology]


def spots_of(graph: ChannelGraph) -> list[Spot]:
    """What the layout has to know of each place of the topology."""
    dimensions = max((len(place.shape) - 2 for place in graph.topology if place.kind == "input"), default=0)
    spots: list[Spot] = []
    for place in graph.topology:
        channels = graph.layers[place.name].neurons if place.kind == "layer" else 0
        extents = _extents(place, channels)
        before = [spots[source].side for source in place.sources if source < len(spots)]
        if extents:
            side = prod(extents) ** (1 / (len(extents) if len(extents) > 1 else max(1, dimensions)))
        else:
            side = 1.0 if place.kind == "layer" or not before else max(before)
        spots.append(Spot(place.kind, channels, max(1.0, side), place.sources))
    return spots


def _extents(place: Place, channels: int) -> tuple[int, ...]:
    """The sizes of what the place gives, batch and channels aside; none where it has no extent."""
    rest = place.shape[1:]
    if place.kind == "join" and len(rest) < 3:  # rows of vectors: which of the two are the channels is not said
        return ()
    if place.kind == "layer" and channels in rest:
        at = rest.index(channels) if len(rest) > 2 else len(rest) - 1 - rest[::-1].index(channels)
        return rest[:at] + rest[at + 1 :]
    return rest[1:]


def _without_batch(shape: tuple[int, ...], batch: int) -> tuple[int, ...]:
    return shape[1:] if shape[:1] == (batch,) else shape
