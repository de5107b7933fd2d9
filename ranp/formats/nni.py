"""Masks as NNI's pruners return them and ``ModelSpeedup`` reads them: ``{module: {"weight": mask, "bias": mask}}``.

Masks are floats, 1 = keep, of the shape of what they mask. As NNI's own, they cover the weights and biases that produce
the neurons, by the names that the modules use; what reads them is NNI's to find. The file is written by ``torch.save``
since NNI reads it with ``torch.load``; it holds nothing but dicts, names and tensors, so ``weights_only=True`` will do.

Source: https://nni.readthedocs.io/en/stable/compression/pruning_speedup.html (NNI 3.0, the last release)
"""

import io
from collections import defaultdict

import torch
from torch import Tensor, nn

from ranp.graph import NeuronLayer, layer_weights
from ranp.plan import Plan


def nni(plan: Plan, model: nn.Module) -> bytes:
    """A ``torch.save`` file of masks for the layers that lose a neuron."""
    graph = plan.graph_of(model)
    layers, weights = layer_weights(model, list(graph.layers.values()))
    masks: dict[str, dict[str, Tensor]] = defaultdict(dict)
    for layer in layers:
        kept = plan.kept[layer.name]
        if kept.all():
            continue
        for name in filter(None, (layer.weight, layer.bias)):
            module, _, parameter = name.rpartition(".")
            is_weight = name == layer.weight
            masks[module][parameter] = _weight_mask(layer, kept, weights[name].shape) if is_weight else kept.float()
    buffer = io.BytesIO()
    torch.save(dict(masks), buffer)
    return buffer.getvalue()


def _weight_mask(layer: NeuronLayer, kept: Tensor, shape: torch.Size) -> Tensor:
    """Ones where the weight produces a kept neuron; a transposed convolution counts its neurons group by group."""
    mask = torch.zeros(shape)
    if layer.out_dim == 0:
        mask[kept] = 1
    else:
        by_group = mask.unflatten(0, (layer.groups, -1)).transpose(1, 2)
        by_group[kept.reshape(layer.groups, -1)] = 1
    return mask
