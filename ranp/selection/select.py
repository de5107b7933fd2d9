"""Selection: which neurons stay at a sparsity, the fraction of neurons removed.

One threshold for the whole network (arXiv 2010.02488, section 4.3): with the n neurons of all layers pooled, keep
every neuron whose score is at least the k-th largest, k = int(n * (1 - sparsity)). Counted the other way round, a
neuron of rank r, the number of neurons that are kept longer, stays as long as r < k. So masks are nested, and a whole
grid takes one sort. Neurons of equal score go one by one, as `ranp.selection.plateau` orders them; under
``plateau="keep"``, the paper's rule, they share the best rank and stay. Layers in `keep` (the output layer, protected
ones) count in the pool and are kept whole.
"""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise

import torch
from torch import Tensor, nn

from ranp.graph import NeuronLayer, layer_weights, values_by_neuron
from ranp.importance import REDUCTIONS, choose
from ranp.selection.counts.line import kept_count
from ranp.selection.plateau import Plateau, ranks
from ranp.selection.reweighting import check_scores
from ranp.types import Lifetimes, Masks, Scores


def select(
    scores: Scores,
    sparsity: float,
    keep: Collection[str] = (),
    min_neurons: int = 0,
    plateau: Plateau = "cut",
) -> Masks:
    """Masks at one threshold for the whole network; True keeps the neuron.

    `keep` names layers to keep whole; of every other layer, at least the `min_neurons` best neurons stay. Raises
    `ValueError` for a sparsity outside 0 <= sparsity < 1, for scores that cannot be ranked and for an unknown layer.

    >>> scores = {"a": torch.tensor([0.1, 0.9, 0.5]), "b": torch.tensor([0.2, 0.3, 0.4])}
    >>> select(scores, sparsity=0.5)
    {'a': tensor([False,  True,  True]), 'b': tensor([False, False,  True])}
    >>> select(scores, sparsity=0.8, min_neurons=1)
    {'a': tensor([False,  True, False]), 'b': tensor([False, False,  True])}
    """
    return _masks(lifetimes(scores, [sparsity], keep, min_neurons, plateau=plateau))


def select_layerwise(
    scores: Scores,
    sparsity: float,
    keep: Collection[str] = (),
    min_neurons: int = 0,
    plateau: Plateau = "cut",
) -> Masks:
    """Masks that remove the same fraction of every layer: the baseline without a common threshold.

    As `select`, with k = int(neurons of the layer * (1 - sparsity)) in each layer.

    >>> scores = {"a": torch.tensor([0.1, 0.9, 0.5, 0.7]), "b": torch.tensor([0.2, 0.3])}
    >>> select_layerwise(scores, sparsity=0.5)
    {'a': tensor([False,  True, False,  True]), 'b': tensor([False,  True])}
    """
    return _masks(lifetimes(scores, [sparsity], keep, min_neurons, layerwise=True, plateau=plateau))


def lifetimes(
    scores: Scores,
    sparsities: Sequence[float],
    keep: Collection[str] = (),
    min_neurons: int = 0,
    layerwise: bool = False,
    floors: Mapping[str, int] | None = None,
    plateau: Plateau = "cut",
    own_sparsities: Mapping[str, float] | None = None,
    up: bool = False,
) -> Lifetimes:
    """At how many points of an ascending grid of sparsities each neuron is still kept.

    A neuron with lifetime t is in the masks of the first t sparsities and in none after. `floors` says of single layers
    how many of their best neurons stay, where that is more than `min_neurons`; `own_sparsities` what share of a layer
    goes at every point, where layers are selected one by one. `up` rounds what stays up. Raises `ValueError` as
    `select`, and for a grid that is empty or not ascending.

    >>> lifetimes({"a": torch.tensor([0.1, 0.9, 0.5, 0.7])}, [0.0, 0.25, 0.5, 0.75])
    {'a': tensor([1, 4, 2, 3])}
    """
    check_scores(scores)
    check_grid(sparsities)
    _check_keep(keep, scores)
    if min_neurons < 0:
        raise ValueError(f"min_neurons must be at least 0, not {min_neurons}")

    found: Lifetimes = {}
    own = own_sparsities or {}
    for names in [[name] for name in scores] if layerwise else [list(scores)]:
        places = ranks([scores[name] for name in names], plateau)
        points = [own.get(names[0], sparsity) for sparsity in sparsities] if layerwise else sparsities
        kept = torch.tensor([kept_count(places.numel(), sparsity, up) for sparsity in points])
        # A neuron stays where kept > rank; kept falls along the grid, so its negative is sorted as searching wants it.
        lives = torch.searchsorted(-kept, -places)
        found.update(zip(names, torch.split(lives, [scores[name].numel() for name in names]), strict=True))
    least = {name: max(min_neurons, (floors or {}).get(name, 0)) for name in scores}
    return {name: _guarded(found[name], scores[name], len(sparsities), name in keep, least[name]) for name in scores}


def floor_under_cap(neurons: int, share: float) -> int:
    """How many of a layer's neurons stay where at most that share of them may be removed.

    >>> floor_under_cap(neurons=10, share=0.3), floor_under_cap(neurons=8, share=1.0)
    (7, 0)
    """
    return neurons - int(neurons * share + 1e-9)  # 0.3 of 10 is 3, whatever the float 0.3 is


def random_scores(scores: Scores, seed: int) -> Scores:
    """Uniform random scores of the same shapes: selecting from them is the random baseline.

    >>> again = [random_scores({"a": torch.ones(3)}, seed=1)["a"] for _ in range(2)]
    >>> torch.equal(*again)
    True
    """
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(score.shape, generator=generator) for name, score in scores.items()}


def magnitude_scores(model: nn.Module, layers: Sequence[NeuronLayer], reduce: str = "sum") -> Scores:
    """Absolute weights, reduced over those that produce a neuron, its bias included: the data-free baseline.

    Source: Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017, who sum. Raises `ValueError` for an unknown
    `reduce` and for a layer whose parameters the model does not have.

    >>> from ranp.graph import find_layers
    >>> model = nn.Conv3d(1, 2, 1)
    >>> with torch.no_grad():
    ...     _ = model.weight.copy_(torch.tensor([-1.0, 2.0]).view(2, 1, 1, 1, 1)), model.bias.fill_(0.5)
    >>> magnitude_scores(model, find_layers(model))
    {'': tensor([1.5000, 2.5000])}
    """
    reduction = choose(REDUCTIONS, reduce, "reduce")
    layers, weights = layer_weights(model, layers)
    sizes = {name: value.abs() for name, value in weights.items()}
    return {layer.name: reduction(values_by_neuron(layer, sizes)).float().cpu() for layer in layers}


def _guarded(lives: Tensor, scores: Tensor, points: int, whole: bool, min_neurons: int) -> Tensor:
    """The lifetimes with a whole layer, or its `min_neurons` best neurons, kept to the end of the grid."""
    if whole:
        return torch.full_like(lives, points)
    if min_neurons == 0:
        return lives
    best = scores.argsort(descending=True, stable=True)[:min_neurons]
    return lives.index_fill(0, best, points)


def _masks(lives: Lifetimes) -> Masks:
    return {name: life > 0 for name, life in lives.items()}


def check_grid(sparsities: Sequence[float]) -> None:
    """Raise ``ValueError`` unless there is a sparsity, each is one, and they ascend."""
    if len(sparsities) == 0:
        raise ValueError("there is no sparsity to select at; give at least one")
    for sparsity in sparsities:
        if not 0 <= sparsity < 1:
            raise ValueError(
                f"sparsity must be at least 0 and below 1 (the fraction of neurons removed), not {sparsity}"
            )
    if any(later < earlier for earlier, later in pairwise(sparsities)):
        raise ValueError("sparsities must ascend; sort them")


def _check_keep(keep: Collection[str], scores: Scores) -> None:
    for name in keep:
        if name not in scores:
            close = get_close_matches(name, scores, n=3, cutoff=0.4)
            hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else f"; layers are {', '.join(scores)}"
            raise ValueError(f"there is no layer {name!r} to keep{hint}")
