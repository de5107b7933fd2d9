"""From a method's name to the scores that it ranks neurons by.

``METHODS`` says from what a method starts (connection sensitivity, random numbers, weights' magnitude), whether layers
are balanced, and by which cost they are reweighted. Ranked scores are ``layer -> float tensor (neurons,)`` over all
layers of the graph, in network order; the larger, the longer a neuron is kept.
"""

from collections.abc import Collection
from difflib import get_close_matches

import torch
from torch import nn

from ranp.config import METHODS, PruningConfig
from ranp.criteria import choose
from ranp.graph import ChannelGraph
from ranp.reweighting import blend_costs, reweight
from ranp.selection import floor_under_cap, magnitude_scores, random_scores
from ranp.types import Scores


def ranked_scores(
    graph: ChannelGraph, scores: Scores | None, config: PruningConfig, model: nn.Module | None = None
) -> Scores:
    """The scores that ``config.method`` selects from.

    ``scores`` is connection sensitivity, from `ranp.importance`; the method ``random`` needs none, and ``magnitude``
    needs ``model`` instead. Raises ``ValueError`` where they are missing or of another network.
    """
    method = choose(METHODS, config.method, "method")
    if method.scores == "random":
        start = random_scores({name: torch.ones(layer.neurons) for name, layer in graph.layers.items()}, config.seed)
    elif method.scores == "magnitude":
        if model is None:
            raise ValueError(f"method '{config.method}' ranks the weights themselves; pass the model that holds them")
        start = magnitude_scores(model, list(graph.layers.values()), config.reduce)
    else:
        if scores is None:
            raise ValueError(f"method '{config.method}' needs scores; compute them with ranp.importance")
        start = _fitting(graph, scores)
    if method.cost == "blend":
        blended = blend_costs(graph.layer_costs("macs"), graph.layer_costs("activations"), config.alpha)
        return reweight(start, blended, config.lam, method.balance, largest=1.0)
    if method.cost is not None or method.balance:
        costs = graph.layer_costs(method.cost) if method.cost is not None else None
        return reweight(start, costs, config.lam, method.balance)
    return start


def kept_whole(graph: ChannelGraph, protect: Collection[str], coupling: str) -> tuple[str, ...]:
    """The layers that selection leaves whole: those of the output, and the protected ones.

    Except under coupling ``any`` a tied layer could drop a protected layer's channels, so whatever is tied to one is
    kept too. Raises ``ValueError`` for a layer that the graph does not have.
    """
    keep = dict.fromkeys(graph.output_layers)
    for name in protect:
        if name not in graph.layers:
            raise ValueError(f"cannot protect {_unknown_layer(name, graph)}")
        keep[name] = None
        if coupling != "any":
            keep.update(dict.fromkeys(graph.layers[name].coupled))
    return tuple(keep)


def least_kept(graph: ChannelGraph, caps: Collection[tuple[str, float]]) -> dict[str, int]:
    """How many neurons of each capped layer selection leaves. ``ValueError`` for a layer that the graph lacks."""
    for name, _ in caps:
        if name not in graph.layers:
            raise ValueError(f"cannot cap {_unknown_layer(name, graph)}")
    return {name: floor_under_cap(graph.layers[name].neurons, share) for name, share in caps}


def _fitting(graph: ChannelGraph, scores: Scores) -> Scores:
    """The scores in network order, if there is one for every neuron of the graph and for no other."""
    for name in scores:
        if name not in graph.layers:
            raise ValueError(f"there are scores for {_unknown_layer(name, graph)}")
    for name, layer in graph.layers.items():
        if name not in scores:
            raise ValueError(
                f"layer '{name}' has no scores; score the network that was traced, with its graph's layers"
            )
        if tuple(scores[name].shape) != (layer.neurons,):
            raise ValueError(
                f"scores for '{name}' have {scores[name].numel()} entries, the layer has {layer.neurons} neurons; "
                "score the network at this width"
            )
    return {name: scores[name] for name in graph.layers}


def _unknown_layer(name: str, graph: ChannelGraph) -> str:
    close = get_close_matches(name, graph.layers, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"its layers are {', '.join(graph.layers)}"
    return f"layer '{name}', which the network does not have; {hint}"
