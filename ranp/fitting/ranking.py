"""By what a network's neurons are ranked: the batches of its user, or what there is without them."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from ranp.graph import ChannelGraph
from ranp.importance import Batch, importance
from ranp.types import Scores

Loss = Callable[[Any, Any], Tensor]

_SIZES = "l2"
"""The criterion that looks at the weights alone."""


def check_scoring(batches: object, loss: object, scores: object, most_batches: object) -> None:
    """Raise ``ValueError`` unless batches and their loss are there together, not beside scores, and one at least."""
    if not isinstance(most_batches, int) or isinstance(most_batches, bool) or most_batches < 1:
        raise ValueError(f"most_batches must be a whole number of at least 1, not {most_batches!r}")
    if batches is not None and scores is not None:
        raise ValueError("give batches to rank neurons by, or scores, not both")
    if (batches is None) != (loss is None):
        given, missing = ("loss", "batches") if batches is None else ("batches", "loss")
        raise ValueError(f"{given} needs {missing}, too: batches of (inputs, target), and a loss of (output, target)")


def ranking(
    network: nn.Module, graph: ChannelGraph, batches: Iterable[Batch] | None, loss: Loss | None, most_batches: int
) -> tuple[Scores, tuple[str, ...]]:
    """Scores of every neuron, and what one should know of them.

    From the first ``most_batches`` batches; without batches from the sizes of the weights; without weights, on
    ``meta``, the same for all neurons.
    """
    layers = list(graph.layers.values())
    if any(parameter.is_meta for parameter in network.parameters()):
        return {layer.name: torch.ones(layer.neurons) for layer in layers}, (
            "the network lies on meta: every layer loses the same share of its neurons, and no batch was looked at; "
            "which neurons matter, and the proof that the smaller network computes the same, need its weights",
        )
    if batches is None or loss is None:
        scores = importance(network, [], _no_loss, _SIZES, layers=layers, inputs=graph.inputs)
        return scores, (
            "no batches: neurons are ranked by the sizes of their weights, which know nothing of your data",
        )
    return importance(network, list(islice(batches, most_batches)), loss, layers=layers, inputs=graph.inputs), ()


def _no_loss(output: Any, target: Any) -> Tensor:
    raise AssertionError(f"criterion {_SIZES} computes no loss")
