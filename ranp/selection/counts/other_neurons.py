"""The same widths with other neurons: what tells whether it matters *which* neurons a method picks.

Of each kind of interchangeable units (`ranp.graph.ChannelGraph.unit_kinds`) as many stay as before, so every layer has
the same width, ties are respected and the network costs exactly the same. With weights drawn anew such a network is the
same one, to the bit; with the surviving weights it is not.
"""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ranp.graph import ChannelGraph
from ranp.types import Masks

Pick = Literal["best", "worst", "shuffled"]
PICKS: dict[str, str] = {"best": "its best", "worst": "its worst", "shuffled": "drawn at random, from the seed"}


def other_neurons(graph: ChannelGraph, kept: Masks, worth: NDArray[np.float64], pick: Pick, seed: int) -> Masks:
    """As many neurons of every layer as ``kept`` has: the ``worst`` by ``worth``, or ``shuffled`` from the seed.

    ``worth`` is each unit's, ``(units,)``. Under ``best`` the neurons stay those that are kept. Raises ``ValueError``
    for masks that are not consistent.
    """
    if pick == "best":
        return kept
    before = graph.unit_kept(kept)
    draw = np.random.default_rng(seed).random(len(before)) if pick == "shuffled" else worth
    after = np.zeros_like(before)
    after[0] = True
    kinds = graph.unit_kinds
    for kind in np.unique(kinds[1:]):
        units = 1 + np.flatnonzero(kinds[1:] == kind)
        lowest = units[np.lexsort((-units, draw[units]))]
        after[lowest[: int(before[units].sum())]] = True
    return {name: torch.from_numpy(after[units]) for name, units in graph.layer_units.items()}
