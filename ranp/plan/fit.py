"""Whether a plan fits a network: the same layers, of the same width, tied in the same way."""

import torch

from ranp.graph import ChannelGraph
from ranp.types import Masks


def check_fits(kept: Masks, graph: ChannelGraph, made_for: str = "") -> None:
    """Raise ``ValueError``, with the layer's name, unless ``kept`` is a consistent choice for the traced network.

    ``made_for`` says in the message which network the choice was made for.
    """
    for name, mask in kept.items():
        if name not in graph.layers:
            raise ValueError(
                f"the plan has a layer '{name}' and the network does not; apply it to the architecture that it "
                f"was made for{made_for}"
            )
        neurons = graph.layers[name].neurons
        if mask.numel() != neurons:
            raise ValueError(
                f"the plan was made for another width: its mask for '{name}' has {mask.numel()} entries, the layer has "
                f"{neurons} neurons; apply it to the network that it was made for{made_for}"
            )
    for name in graph.layers:
        if name not in kept:
            raise ValueError(
                f"the network has a layer '{name}' and the plan does not; apply it to the architecture that it was "
                f"made for{made_for}"
            )
    for name, mask in graph.resolve(kept).items():
        if not torch.equal(mask, kept[name]):
            raise ValueError(
                f"the plan's mask for '{name}' disagrees with the layers that are tied to it; make the plan again for "
                "this network"
            )
