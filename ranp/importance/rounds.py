"""Importance in rounds: score, silence the neurons that score lowest, and score what is left.

In one pass a criterion knows nothing of what else goes. In R rounds, after round r there stay

    n * (L / n) ** (r / R)        of n neurons in L layers,

so the same share goes in each, down to one neuron a layer; the last one of a layer is left to it. What goes stays away:
its weights and bias are zero from then on. A neuron's score tells when it went, and within a round how it scored, so
one line through the scores keeps at any sparsity what the rounds would have kept. Scores lie between 0 and 1.

Sources: Tanaka et al. (SynFlow), NeurIPS 2020, arXiv 2006.05467, algorithm 1, with its exponential schedule; de Jorge
et al., "Progressive Skeletonization", ICLR 2021, arXiv 2006.09081 (Iterative SNIP; FORCE lets what went come back).
Simplified: whole neurons go, the rounds go on to the end and not to one sparsity, and the shift of a norm behind a
silent neuron stays.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from ranp.graph import NeuronLayer, values_by_neuron
from ranp.types import Masks, Scores


def in_rounds(
    layers: Sequence[NeuronLayer],
    parameters: Mapping[str, Tensor],
    rounds: int,
    score: Callable[[int], Scores],
) -> Scores:
    """When each neuron goes, as a score: layer -> float64 ``(neurons,)``.

    ``score(round)`` scores the network as ``parameters`` are by then, which are changed in place and not brought back.
    Where the last neurons leave no way through the network, the scores before decide the rest.
    """
    found = score(1)
    kept = {name: torch.ones(len(value), dtype=torch.bool) for name, value in found.items()}
    neurons, least = sum(map(len, found.values())), len(found)
    when = {name: torch.zeros(len(value), dtype=torch.float64) for name, value in found.items()}
    for number in range(1, rounds + 1):
        staying = round(neurons * (least / neurons) ** (number / rounds))
        gone = _lowest(found, kept, sum(int(mask.sum()) for mask in kept.values()) - staying)
        _note(when, found, gone, number - 1, rounds)
        kept = {name: mask & ~gone[name] for name, mask in kept.items()}
        for layer in layers:
            _silence(layer, parameters, gone[layer.name])
        if number == rounds:
            break
        now = score(number + 1)
        if not any(bool(value[kept[name]].any()) for name, value in now.items()):
            break
        found = now
    _note(when, found, kept, rounds, rounds)
    return when


def _lowest(scores: Scores, kept: Masks, count: int) -> Masks:
    """The so many kept neurons that score lowest, but for the highest of each layer."""
    gone = {name: torch.zeros_like(mask) for name, mask in kept.items()}
    open_to: list[tuple[float, str, int]] = []
    for name, mask in kept.items():
        neurons = mask.nonzero().flatten().tolist()
        best = max(neurons, key=lambda neuron: (float(scores[name][neuron]), -neuron))
        open_to += [(float(scores[name][neuron]), name, neuron) for neuron in neurons if neuron != best]
    places = {name: place for place, name in enumerate(scores)}
    for _, name, neuron in sorted(open_to, key=lambda one: (one[0], -places[one[1]], -one[2]))[: max(count, 0)]:
        gone[name][neuron] = True
    return gone


def _note(when: Scores, scores: Scores, neurons: Masks, before: int, rounds: int) -> None:
    """Put down the round in which ``neurons`` went; of those of one round, equal scores are equal."""
    pool = torch.cat([scores[name][mask] for name, mask in neurons.items()]).double().sort().values
    for name, mask in neurons.items():
        place = torch.searchsorted(pool, scores[name][mask].double()).double()
        when[name][mask] = (before + (place + 1) / (len(pool) + 1)) / (rounds + 1)


def _silence(layer: NeuronLayer, parameters: Mapping[str, Tensor], gone: Tensor) -> None:
    """Set to zero what produces the neurons."""
    if not bool(gone.any()):
        return
    names = [layer.weight, *([layer.bias] if layer.bias else []), *(name for name, _ in layer.others)]
    start, places = 0, {}
    for name in names:
        size = parameters[name].numel()
        places[name] = torch.arange(start, start + size).view(parameters[name].shape)
        start += size
    share = torch.ones(start)
    share[values_by_neuron(layer, places)[gone].flatten()] = 0
    with torch.no_grad():
        for name in names:
            parameters[name].mul_(share[places[name]].to(parameters[name]))
