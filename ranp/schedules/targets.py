"""How much of what shall go goes in a round, as settings for the network that is left by then.

After part p of the whole (0 to 1), a budget leaves

    full - (full - allowed) x p

of a resource, and a sparsity s of all neurons has removed s x p of them. Budgets and sparsities are shares of the
network that they are given for; so both are restated for what is left of it.
"""

from dataclasses import replace

from ranp.graph import ChannelGraph, Cost
from ranp.selection import BUDGETS, Limit, PruningConfig, allowed

OF_THE_WHOLE = ("caps", "widths", "equal_widths", "layer_sparsities")
"""Settings that are told of the full network's layers, and mean something else for what is left of them."""


def check_rounds(config: PruningConfig) -> None:
    """Raise ``ValueError`` for settings that mean nothing once the network is cut down in more than one round."""
    for name in OF_THE_WHOLE:
        if getattr(config, name):
            raise ValueError(
                f"{name} are told of the full network's layers, so they do not go with a schedule in several rounds; "
                "leave them out, or prune in one"
            )
    check_no_seconds(config)


def check_no_seconds(config: PruningConfig) -> None:
    """Raise ``ValueError`` for settings by the seconds of a time table, of which no part can be asked for."""
    if config.snaps or config.lacks_seconds or {"time", "inference"} & dict(config.budgets).keys():
        raise ValueError(
            "a time table prices the full network cut once, so budgets of time, methods that weigh by seconds and snap "
            "do not go with a schedule in several rounds; leave them out, or prune in one"
        )


def part_of(
    config: PruningConfig, part: float, full: ChannelGraph, now: ChannelGraph, peaks: tuple[float, float]
) -> PruningConfig | None:
    """The settings that take ``now``, what is left of ``full``, to that part of the whole; None where it is there.

    ``peaks`` are the peak memory of a training step of both, which is looked at where that is limited.

    >>> import torch, ranp
    >>> from torch import nn
    >>> network = nn.Sequential(nn.Conv3d(1, 8, 3), nn.ReLU(), nn.Conv3d(8, 2, 1))
    >>> graph = ranp.trace(network, (torch.empty(1, 1, 8, 8, 8),))
    >>> kind, share = part_of(PruningConfig(budget=("macs", 0.2)), 0.5, graph, graph, (0, 0)).budget
    >>> kind, round(share, 9)
    ('macs', 0.6)
    """
    if part >= 1 and now is full:
        return config
    if config.sparsity is not None:
        left = _neurons(full) * (1 - config.sparsity * part)
        sparsity = 1 - left / _neurons(now)
        return replace(config, sparsity=sparsity) if sparsity > 0 else None
    limits = []
    for limit in config.budgets:
        whole, present = peaks if limit[0] == "peak" else (_cost(full.cost(), limit), _cost(now.cost(), limit))
        share = (whole - (whole - allowed(limit, whole)) * part) / present
        if share < 1:
            limits.append((limit[0], share))
    return replace(config, budget=tuple(limits)) if limits else None


def _cost(cost: Cost, limit: Limit) -> float:
    return float(getattr(cost, BUDGETS[limit[0]].cost))


def _neurons(graph: ChannelGraph) -> int:
    return sum(layer.neurons for layer in graph.layers.values())
