"""What a plan says of each layer: neurons and costs, before and after."""

from dataclasses import dataclass

from ranp.graph import ChannelGraph, Cost
from ranp.types import Masks


@dataclass(frozen=True)
class LayerSummary:
    """One layer before and after: its neurons and its costs (units as in `ranp.graph.Cost`)."""

    name: str
    kind: str
    neurons: int
    kept: int
    macs: int
    params: int
    activations: int
    pruned_macs: int
    pruned_params: int
    pruned_activations: int


def summarise(graph: ChannelGraph, kept: Masks) -> tuple[LayerSummary, ...]:
    """One summary a layer, in network order, of the consistent masks ``kept``."""
    full, pruned = graph.cost_by_layer(), graph.cost_by_layer(kept)
    nothing = Cost(macs=0, paper_macs=0, params=0, activations=0)
    return tuple(
        LayerSummary(
            name=name,
            kind=layer.kind,
            neurons=layer.neurons,
            kept=int(kept[name].sum()),
            **{kind: getattr(full.get(name, nothing), kind) for kind in ("macs", "params", "activations")},
            **{
                f"pruned_{kind}": getattr(pruned.get(name, nothing), kind) for kind in ("macs", "params", "activations")
            },
        )
        for name, layer in graph.layers.items()
    )
