"""Widths by hand: layers that keep exactly so many neurons, the best of them, at every sparsity.

Tied neurons stay or go together, so a width says something of tied layers, too, and two widths can contradict each
other. What counts of a tied channel is the score by which its neurons decide (`ranp.selection.counts.worth`).
"""

import numpy as np
import torch
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.selection.config import PruningConfig
from ranp.selection.counts.worth import unit_worth
from ranp.selection.ranking import kept_whole, least_kept, own_widths
from ranp.types import Lifetimes, Scores

Fates = NDArray[np.int8]
"""Of each unit: 1 stays and -1 goes at every sparsity, 0 is open."""


def fates(graph: ChannelGraph, ranked: Scores, config: PruningConfig) -> Fates:
    """What the widths of ``config`` decide, ``(units,)``, with what always stays.

    Layers of few neurons decide before larger ones, since those may hold the neurons of several. ``ValueError`` where a
    width cannot be kept, with the reason.
    """
    widths = own_widths(graph, config)
    found: Fates = np.zeros(graph.unit_count, dtype=np.int8)
    found[0] = 1
    for name in kept_whole(graph, config.protect, config.coupling):
        found[graph.layer_units[name]] = 1
    worth = unit_worth(graph, ranked, config.coupling)
    done: dict[str, int] = {}
    for name in sorted(widths, key=lambda name: graph.layers[name].neurons):
        _decide(graph, name, widths[name], found, worth, done)
        done[name] = widths[name]
    _check_caps(graph, found, config)
    return found


def fixed_layers(graph: ChannelGraph, found: Fates) -> frozenset[str]:
    """The layers of which some neuron that could go is decided upon."""
    return frozenset(name for name, of in graph.layer_units.items() if bool((found[of[of > 0]] != 0).any()))


def with_fates(graph: ChannelGraph, lives: Lifetimes, found: Fates, points: int) -> Lifetimes:
    """The lifetimes with what is decided upon kept to the end of the grid, or never."""
    changed = {}
    for name, life in lives.items():
        fate = torch.from_numpy(found[graph.layer_units[name]])
        changed[name] = torch.where(fate > 0, points, torch.where(fate < 0, 0, life))
    return changed


def _decide(
    graph: ChannelGraph, name: str, width: int, found: Fates, worth: NDArray[np.float64], done: dict[str, int]
) -> None:
    """Let the best open units of a layer stay until it has its width; the others go."""
    units, sizes = np.unique(graph.layer_units[name], return_counts=True)
    stay = int(sizes[found[units] > 0].sum())
    open_units = found[units] == 0
    if not stay <= width <= stay + int(sizes[open_units].sum()):
        raise ValueError(_contradiction(graph, name, width, stay, done))
    for place in sorted(np.flatnonzero(open_units).tolist(), key=lambda place: -worth[units[place]]):
        fits = stay + int(sizes[place]) <= width
        found[units[place]] = 1 if fits else -1
        stay += int(sizes[place]) if fits else 0
    if stay != width:
        raise ValueError(
            f"layer '{name}' cannot keep {width} neurons: they stay or go in groups; the next smaller width is {stay}"
        )


def _contradiction(graph: ChannelGraph, name: str, width: int, stay: int, done: dict[str, int]) -> str:
    layer = graph.layers[name]
    tied = next((other for other in done if other in layer.coupled), None)
    if tied is not None:
        return (
            f"the widths of '{tied}' ({done[tied]}) and '{name}' ({width}) contradict each other: these layers are "
            "tied, so their neurons stay or go together"
        )
    if layer.output:
        return f"layer '{name}' cannot keep {width} neurons: it makes the network's output and stays whole"
    reason = layer.frozen_reason if layer.frozen > width else "they are protected, or tied to what stays whole"
    return f"layer '{name}' cannot keep {width} neurons: {stay} of its {layer.neurons} stay in any case ({reason})"


def _check_caps(graph: ChannelGraph, found: Fates, config: PruningConfig) -> None:
    for name, least in least_kept(graph, config.caps).items():
        left = graph.layers[name].neurons - int((found[graph.layer_units[name]] < 0).sum())
        if left < least:
            raise ValueError(
                f"the cap of layer '{name}' keeps {least} of its neurons at least, the width of a layer that is tied "
                f"to it leaves {left}; raise the cap, or that width"
            )
