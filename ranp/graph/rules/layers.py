"""What convolutions and linear maps share: making neurons and charging for them."""

from math import prod

from torch import nn

from ranp.graph.call import Call
from ranp.graph.computed import Origin, Source
from ranp.graph.flow import NeuronLayer
from ranp.graph.labels import LabelVector, Tracked


def scored_weight(call: Call, weight: Tracked, out_dim: int) -> Source | None:
    """The parameter of a layer's weight, and its dim of output channels; ``None`` where no parameter makes it alone.

    A weight that is computed from parameters (masked, normalised, standardised) has that of its own shape.
    """
    if weight.parameter is None:
        return None
    if weight.parameter not in call.flow.computed:
        return Source(weight.parameter, out_dim)
    origin = call.flow.origin(weight.parameter, out_dim) or Origin(())
    along = {source.parameter: source.dim for source in origin.sources if source.dim < 2}
    size = prod(weight.shape)
    for name in call.flow.computed[weight.parameter].parameters:
        shape, dim = call.flow.shapes[name], along.get(name, out_dim)
        if _is_parameter(call, name) and prod(shape) == size and shape[dim : dim + 1] == (weight.shape[out_dim],):
            return Source(name, dim)
    return None


def neuron_labels(call: Call, weight: Tracked, bias: Tracked | None, out_dim: int, groups: int) -> LabelVector:
    """The labels of a weight's neurons, one per output channel; made at the weight's first use.

    A bias shares them. A transposed convolution's output channels are dim 1 within each group, so with groups they
    are more than the weight's dim 1 is long.
    """
    scored = scored_weight(call, weight, out_dim)
    assert scored is not None
    assert weight.parameter is not None
    flow = call.flow
    layer = flow.layers.get(scored.parameter)
    count = weight.shape[out_dim] * (groups if out_dim == 1 else 1)
    labels = call.own(weight, out_dim) if groups == 1 else None
    if layer is None:
        labels = flow.labels.fresh(count) if labels is None else labels
        layer = _new_layer(call, scored, weight, labels, groups)
        if count == 1:
            flow.labels.freeze(labels, call.reason("it has a single neuron"))
    elif (layer.out_dim, layer.groups) != (scored.dim, groups):
        call.freeze(weight, "its weight is used in two different ways")
        flow.labels.freeze(layer.labels, call.reason("its weight is used in two different ways"))
        return flow.labels.fixed(count)
    elif labels is not None:
        flow.labels.tie(layer.labels, labels)
    flow.made_by[call.key] = layer.name
    _note_what_it_is_made_of(call, layer, weight, bias)
    call.understood.add(weight.parameter)
    if bias is not None:
        call.bind(bias, 0, layer.labels)
        _note_bias(call, layer, bias)
    return layer.labels


def _new_layer(call: Call, scored: Source, weight: Tracked, labels: LabelVector, groups: int) -> NeuronLayer:
    flow = call.flow
    taken = {layer.name for layer in flow.layers.values()}
    name = scored.parameter.removesuffix(".weight")
    if weight.parameter != scored.parameter and call.owner and call.owner not in taken:
        name = call.owner  # whose forward uses the weight; the parameters may lie in a module that computes it
    module = flow.modules.get(name)
    kind = call.operation if module is None else _kind(module)
    layer = NeuronLayer(name, kind, scored.parameter, None, scored.dim, groups, labels)
    origin = flow.origin(weight.parameter or "", scored.dim) if weight.parameter in flow.computed else None
    for source in origin.sources if origin else ():
        along = flow.shapes[source.parameter][source.dim] == labels.size
        if source.parameter != scored.parameter and along and _is_parameter(call, source.parameter):
            layer.others[source.parameter] = source.dim
    flow.layers[scored.parameter] = layer
    return layer


def _kind(module: nn.Module) -> str:
    """The name of its class; a parametrized module has one of its own, made from the plain one's."""
    kind = type(module)
    return (kind.__base__ or kind).__name__ if nn.utils.parametrize.is_parametrized(module) else kind.__name__


def _note_what_it_is_made_of(call: Call, layer: NeuronLayer, *tensors: Tracked | None) -> None:
    for tensor in tensors:
        if tensor is not None and tensor.parameter in call.flow.computed:
            names = call.flow.computed[tensor.parameter].parameters
            layer.made_of |= dict.fromkeys(name for name in names if _is_parameter(call, name))


def _note_bias(call: Call, layer: NeuronLayer, bias: Tracked) -> None:
    """Of a layer whose weight several modules share, each with a bias of its own, every bias counts."""
    flow = call.flow
    names: tuple[str | None, ...] = (bias.parameter,)
    if bias.parameter in flow.computed:
        names = flow.computed[bias.parameter].parameters
    for name in names:
        if name is None or not _is_parameter(call, name) or flow.shapes[name] != bias.shape:
            continue
        if layer.bias in (None, name):
            layer.bias = name
        else:
            layer.others[name] = 0


def _is_parameter(call: Call, name: str) -> bool:
    return name in call.flow.names


def charge_layer(
    call: Call,
    bias: Tracked | None,
    made: LabelVector,
    coefficient: int,
    inner: LabelVector | None,
    outer: LabelVector | None,
    channel: int,
) -> None:
    """Charge a layer's MACs, its bias additions (the original code counts one per output element), its output."""
    name = call.flow.made_by.get(call.key, call.owner)
    elements = prod(call.out_shape) // call.out_shape[channel]
    call.charge("macs", coefficient, inner, outer, owner=name)
    call.charge("outputs", elements, made, owner=name)
    if bias is not None:
        call.charge("bias", elements, made, owner=name)
