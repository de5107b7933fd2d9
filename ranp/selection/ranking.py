"""From a method's name to the scores that it ranks neurons by.

A method says from what it starts (connection sensitivity, random numbers, weights' magnitude); its allocation says
whether layers are balanced, and by which cost they are reweighted. Ranked scores are ``layer -> float tensor
(neurons,)`` over all layers of the graph, in network order; the larger, the longer a neuron is kept.
"""

from collections.abc import Collection
from dataclasses import replace

import torch
from torch import nn

from ranp.graph import ChannelGraph, Coupling
from ranp.importance import choose
from ranp.selection.budgets import Pricers
from ranp.selection.config import PruningConfig
from ranp.selection.equal_widths import check_groups
from ranp.selection.methods import METHODS
from ranp.selection.reweighting import blend_costs, reweight
from ranp.selection.scaling import SCALES
from ranp.selection.scaling.tied import as_groups
from ranp.selection.select import floor_under_cap, magnitude_scores, random_scores
from ranp.selection.unknown import unknown_layer
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
    return as_groups(graph, _shared_out(graph, start, config), config.tied)


def _shared_out(graph: ChannelGraph, start: Scores, config: PruningConfig) -> Scores:
    """The start scores as the allocation balances and weighs them."""
    rule = config.rule
    if rule.scale is not None:
        return SCALES[rule.scale](graph, start)
    if rule.cost == "blend":
        seconds = _given_costs(graph, config) if config.weighs_time else None
        two = graph.layer_costs("macs"), graph.layer_costs("activations")
        blended = blend_costs(*two, config.alpha, seconds, config.time_share)
        return reweight(start, blended, config.lam, rule.balance, largest=1.0)
    if rule.cost in ("given", "seconds"):
        return reweight(start, _given_costs(graph, config), config.lam, rule.balance)
    if rule.cost is not None or rule.balance:
        costs = graph.layer_costs(rule.cost) if rule.cost is not None else None
        return reweight(start, costs, config.lam, rule.balance)
    return start


def with_seconds(config: PruningConfig, pricers: Pricers | None) -> PruningConfig:
    """The settings with the seconds of each layer, where they weigh by those and leave them to a pricer of ``time``."""
    told = None if pricers is None or "time" not in pricers else pricers["time"].layer_costs
    return config if told is None or not config.lacks_seconds else replace(config, layer_costs=tuple(told.items()))


def kept_whole(graph: ChannelGraph, protect: Collection[str], coupling: Coupling) -> tuple[str, ...]:
    """The layers that selection leaves whole: those of the output, and the protected ones.

    Except under coupling ``any`` a tied layer could drop a protected layer's channels, so whatever is tied to one is
    kept too. Raises ``ValueError`` for a layer that the graph does not have.
    """
    keep = dict.fromkeys(graph.output_layers)
    for name in protect:
        if name not in graph.layers:
            raise ValueError(f"cannot protect {unknown_layer(name, graph)}")
        keep[name] = None
        if coupling != "any":
            keep.update(dict.fromkeys(graph.layers[name].coupled))
    return tuple(keep)


def least_kept(graph: ChannelGraph, caps: Collection[tuple[str, float]]) -> dict[str, int]:
    """How many neurons of each capped layer selection leaves. ``ValueError`` for a layer that the graph lacks."""
    shares = _known_layers(graph, caps, "cap")
    return {name: floor_under_cap(graph.layers[name].neurons, share) for name, share in shares.items()}


def own_sparsities(graph: ChannelGraph, config: PruningConfig) -> dict[str, float]:
    """Which share of a layer's neurons goes whatever the sparsity is. ``ValueError`` for a layer the graph lacks."""
    return _known_layers(graph, config.layer_sparsities, "set the sparsity of") if config.rule.line == "given" else {}


def own_widths(graph: ChannelGraph, config: PruningConfig) -> dict[str, int]:
    """How many neurons a layer keeps whatever the sparsity is. ``ValueError`` for a layer that has not so many."""
    widths = {name: int(width) for name, width in _known_layers(graph, config.widths, "set the width of").items()}
    for name, width in widths.items():
        if width > graph.layers[name].neurons:
            raise ValueError(
                f"layer '{name}' cannot keep {width} neurons, it has {graph.layers[name].neurons}; give a smaller width"
            )
    return widths


def check_layers(graph: ChannelGraph, config: PruningConfig) -> None:
    """Raise ``ValueError`` for a layer that the settings name and the graph lacks, or one whose cost they leave out."""
    kept_whole(graph, config.protect, config.coupling)
    least_kept(graph, config.caps)
    own_sparsities(graph, config)
    check_groups(graph, config.equal_widths)
    own_widths(graph, config)
    if config.layer_costs:
        _given_costs(graph, config)


def _given_costs(graph: ChannelGraph, config: PruningConfig) -> dict[str, float]:
    if not config.layer_costs:
        raise ValueError(
            f"'{config.allocation or config.method}' weighs layers by their seconds, which a time table tells; pass "
            "pricers={'time': ranp.timing.TimePrices(graph, work, table).pricer()}, or layer_costs"
        )
    costs = _known_layers(graph, config.layer_costs, "weigh")
    for name in graph.layers:
        if name not in costs:
            raise ValueError(f"layer '{name}' has no cost; layer_costs must have one of every layer")
    return costs


def _known_layers(graph: ChannelGraph, numbers: Collection[tuple[str, float]], what: str) -> dict[str, float]:
    for name, _ in numbers:
        if name not in graph.layers:
            raise ValueError(f"cannot {what} {unknown_layer(name, graph)}")
    return dict(numbers)


def _fitting(graph: ChannelGraph, scores: Scores) -> Scores:
    """The scores in network order, if there is one for every neuron of the graph and for no other."""
    for name in scores:
        if name not in graph.layers:
            raise ValueError(f"there are scores for {unknown_layer(name, graph)}")
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
