"""What convolutions and linear maps share: making neurons and charging for them."""

from math import prod

from ranp.graph.call import Call
from ranp.graph.flow import NeuronLayer
from ranp.graph.labels import LabelVector, Tracked


def neuron_labels(call: Call, weight: Tracked, bias: Tracked | None, out_dim: int, groups: int) -> LabelVector:
    """The labels of a weight's neurons, one per output channel; made at the weight's first use.

    A bias shares them. A transposed convolution's output channels are dim 1 within each group, so with groups they
    are more than the weight's dim 1 is long.
    """
    assert weight.parameter is not None
    flow = call.flow
    layer = flow.layers.get(weight.parameter)
    if layer is None:
        count = weight.shape[out_dim] * (groups if out_dim == 1 else 1)
        labels = call.own(weight, out_dim) if groups == 1 else flow.labels.fresh(count)
        name = weight.parameter.removesuffix(".weight")
        module = dict(flow.model.named_modules()).get(name)
        kind = type(module).__name__ if module is not None else call.operation
        bias_name = bias.parameter if bias is not None else None
        layer = NeuronLayer(name, kind, weight.parameter, bias_name, out_dim, groups, labels)
        flow.layers[weight.parameter] = layer
        if count == 1:
            flow.labels.freeze(labels, call.reason("it has a single neuron"))
    elif (layer.out_dim, layer.groups) != (out_dim, groups):
        call.freeze(weight, "its weight is used in two different ways")
        flow.labels.freeze(layer.labels, call.reason("its weight is used in two different ways"))
        return flow.labels.fixed(weight.shape[out_dim] * (groups if out_dim == 1 else 1))
    call.understood.add(weight.parameter)
    if bias is not None:
        call.bind(bias, 0, layer.labels)
    return layer.labels


def charge_layer(
    call: Call,
    weight: Tracked,
    bias: Tracked | None,
    made: LabelVector,
    coefficient: int,
    inner: LabelVector | None,
    outer: LabelVector | None,
    channel: int,
) -> None:
    """Charge a layer's MACs, its bias additions (the original code counts one per output element), its output."""
    assert weight.parameter is not None
    name = call.flow.layers[weight.parameter].name
    elements = prod(call.out_shape) // call.out_shape[channel]
    call.charge("macs", coefficient, inner, outer, owner=name)
    call.charge("outputs", elements, made, owner=name)
    if bias is not None:
        call.charge("bias", elements, made, owner=name)
