"""Group sparsity of filters: all neurons are pressed, whole filters at a time, and the weakest go in the end.

Until the share ``end`` of the training the loss has a term more that is small where few filters are left,

    filters    R(w) = sum over neurons u of |w_u|_2
    kernels    R(w) = sum over neurons u of sqrt(sum over input channels i of |w_ui|_2)

where w_u are the weights that produce the neuron u, and w_ui those of them that read channel i: one kernel. Then the
network is scored, by any criterion, and cut down by any method. ``filters`` is the group lasso (Wen et al., "Learning
Structured Sparsity in Deep Neural Networks", NeurIPS 2016, arXiv 1608.03665). ``kernels`` is the hierarchical group
lasso, square-rooted, neuron by neuron (Mitsuno et al., "Hierarchical Group Sparse Regularization for Deep Convolutional
Neural Networks", IJCNN 2020, arXiv 2004.04394): a filter's kernels compete to be zero, and filters among themselves.

Simplified: of the paper's criteria this is the one whose groups are neurons, which are what goes here; its squared ones
thin out every filter and empty few. It adds a term for single weights, which we leave out: masks are per neuron. Biases
and norms are not pressed, nor neurons that cannot go. `TINY` keeps the slope of the roots finite at zero.
"""

import math

import torch
from torch import Tensor

from ranp.graph import Layer, layer_tensors, weights_by_neuron
from ranp.schedules.ground import Ground
from ranp.schedules.kinds.pressed import Pressed
from ranp.schedules.options import Value
from ranp.types import Masks

TINY = 1e-12


class GroupSparsity(Pressed):
    """``kernels`` says that a filter's kernels are groups of their own within it."""

    def __init__(self, ground: Ground, strength: float, end: float, kernels: bool) -> None:
        super().__init__(ground, "group", strength, 0.0, end)
        self._kernels = kernels

    def size(self) -> Tensor:
        """R(w) over all layers that can lose neurons."""
        layers = list(self.graph.layers.values())
        tensors = layer_tensors(self.model, layers)
        sizes = [
            group_sizes(layer, tensors[layer.weight], self._kernels)[movable].sum()
            for layer in layers
            if not layer.output and (movable := torch.from_numpy(self.graph.layer_units[layer.name] > 0)).any()
        ]
        return torch.stack(sizes).sum() if sizes else torch.zeros(())

    def chosen(self) -> Masks:
        """Those above the line, scored now."""
        return self.planned(self.ground.config)


def group_sizes(layer: Layer, weight: Tensor, kernels: bool) -> Tensor:
    """What each neuron of a layer adds to R(w), ``(neurons,)``; ``weight`` is the layer's."""
    rows = weights_by_neuron(layer, weight, None)
    if not kernels:
        return _length(rows)
    each = rows.reshape(len(rows), -1, math.prod(weight.shape[2:]))
    return _length(each).sum(1).add(TINY).sqrt()


def _length(values: Tensor) -> Tensor:
    return values.square().sum(-1).add(TINY).sqrt()


def group_sparsity(ground: Ground, options: dict[str, Value]) -> GroupSparsity:
    """Group sparsity with its settings."""
    kernels = options["groups"] == "kernels"
    return GroupSparsity(ground, float(options["strength"]), float(options["end"]), kernels)
