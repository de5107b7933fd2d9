"""Plateaus: neurons of one score, all on the same side of a threshold, unless an order is set among them.

They are no rarity: a norm whose scale starts at zero, a dead unit and binary weights give hundreds of neurons the same
score, mostly zero. The paper's rule (arXiv 2010.02488, section 4.3) keeps whatever reaches the threshold, so all of a
plateau stays or all of it goes. By default a plateau is cut instead, at a level f that rises from 0 to 1: a layer with
m neurons in it has given up int(f * m) of them, those of the highest index first; at the same level the earlier layer
goes first. So the last neuron that each layer has in a plateau goes at its very end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ranp.files import one_line
from ranp.selection.counts.line import kept_count
from ranp.types import Scores

Plateau = Literal["cut", "keep"]
PLATEAUS: dict[str, str] = {
    "cut": "neurons of equal score go one by one, of each layer the same share",
    "keep": "neurons of equal score stay together (as in the paper), or go together",
}


@dataclass(frozen=True)
class EqualScores:
    """The neurons whose common score is the threshold, and how many of them selection keeps, before tied layers agree.

    ``layer`` is the one that they are of, where each has a threshold of its own; ``asked`` is how many of them the
    sparsity leaves, which is less than ``kept`` where a plateau is kept.

    >>> print(EqualScores(score=0.0, neurons=20, asked=12, kept=12))
    20 neurons score 0, where the line falls: 12 of them are kept, and each layer gives up the same share of its own
    >>> print(EqualScores(score=0.25, neurons=20, asked=12, kept=20))
    20 neurons score 0.25, where the line falls: all of them are kept, so 8 fewer go than asked for
    """

    score: float
    neurons: int
    asked: int
    kept: int
    layer: str | None = None

    def __str__(self) -> str:
        where = f" of '{one_line(self.layer)}'" if self.layer is not None else ""
        start = f"{self.neurons} neurons{where} score {self.score:.3g}, where the line falls"
        if self.kept == self.neurons:
            return f"{start}: all of them are kept, so {self.neurons - self.asked} fewer go than asked for"
        own = ", the first ones" if self.layer is not None else ", and each layer gives up the same share of its own"
        return f"{start}: {self.kept} of them {'is' if self.kept == 1 else 'are'} kept{own}"


def in_words(found: Sequence[EqualScores], most: int = 3) -> list[str]:
    """A sentence for each, or for the first of many and one that counts the others."""
    more = len(found) - most
    rest = [f"so it is in {more} other layer{'s' if more > 1 else ''}"] if more > 0 else []
    return [*map(str, found[:most]), *rest]


def ranks(layers: Sequence[Tensor], plateau: Plateau = "cut") -> Tensor:
    """Each neuron's rank in the pool of all layers, ``(neurons,)``: how many are kept longer.

    Under ``keep``, equal scores share the rank of the first of them.

    >>> layers = [torch.tensor([0.0, 0.0, 1.0]), torch.tensor([0.0, 0.0])]
    >>> ranks(layers), ranks(layers, "keep")
    (tensor([2, 4, 0, 1, 3]), tensor([1, 1, 0, 1, 1]))
    """
    pool = torch.cat([*layers])
    ordered = pool.sort().values
    higher = pool.numel() - torch.searchsorted(ordered, pool, right=True)
    if plateau == "keep" or bool((ordered[1:] > ordered[:-1]).all()):
        return higher
    layer_of = np.repeat(np.arange(len(layers)), [scores.numel() for scores in layers])
    return torch.from_numpy(_in_order(higher.numpy(), layer_of))


def _in_order(higher: NDArray[np.int64], layer_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ranks without equals; where ``higher`` is equal, the neurons are of one plateau."""
    together = np.lexsort((layer_of, higher))  # stable: within a plateau and layer by index
    first, starts = _run_starts(higher[together], layer_of[together])
    sizes = np.diff(np.append(starts, len(higher)))[first]
    left = sizes - (np.arange(len(higher)) - starts[first])  # of the layer's in the plateau, itself included
    # A neuron goes once the share (left / size) of the plateau has gone; equal fractions are equal floats.
    order = together[np.lexsort((-layer_of[together], -(left / sizes), higher[together]))]
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places


def _run_starts(*keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each place the number of its run of equal keys, and where each run starts."""
    new = np.ones(len(keys[0]), dtype=np.bool_)
    new[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return np.cumsum(new) - 1, np.flatnonzero(new)


def equal_scores(
    scores: Scores,
    sparsity: float,
    layerwise: bool = False,
    plateau: Plateau = "cut",
    own_sparsities: Mapping[str, float] | None = None,
    up: bool = False,
) -> tuple[EqualScores, ...]:
    """The plateaus through which the sparsity's threshold goes: at most one of the network, or one of each layer.

    `own_sparsities` are those of layers that have another; `up` is as in `ranp.selection.select.lifetimes`.

    >>> equal_scores({"a": torch.tensor([0.0, 0.0, 1.0]), "b": torch.tensor([0.0, 0.0])}, 0.5)
    (EqualScores(score=0.0, neurons=4, asked=1, kept=1, layer=None),)
    """
    pools: list[tuple[str | None, Tensor]] = [(None, torch.cat([*scores.values()]))]
    if layerwise:
        pools = [*scores.items()]
    found = []
    for name, pool in pools:
        own = sparsity if name is None else (own_sparsities or {}).get(name, sparsity)
        kept = kept_count(pool.numel(), own, up)
        if kept == 0:
            continue
        score = pool.sort(descending=True).values[kept - 1]
        higher, equal = int((pool > score).sum()), int((pool == score).sum())
        if kept < higher + equal:
            stay = kept - higher if plateau == "cut" else equal
            found.append(EqualScores(float(score), equal, kept - higher, stay, name))
    return tuple(found)
