"""Convolutions, plain and transposed, grouped and depthwise, in one to three dimensions.

A weight's output channels are the layer's neurons; its input channels are those of the tensor that it reads. A
convolution of ``groups`` groups is thinned in one of two ways that keep it rectangular: whole groups go together
(depthwise is the special case of one channel a group), or the same positions go in every group.
"""

from math import prod

from ranp.graph.call import Call, Result
from ranp.graph.labels import LabelVector, Tracked
from ranp.graph.rules.layers import charge_layer, neuron_labels, scored_weight


def convolution(call: Call) -> Result:
    """``conv1d`` .. ``conv3d``: weight ``(out, in / groups, *kernel)``."""
    return _convolve(call, transposed=False)


def transposed(call: Call) -> Result:
    """``conv_transpose1d`` .. ``conv_transpose3d``: weight ``(in, out / groups, *kernel)``."""
    return _convolve(call, transposed=True)


def general(call: Call) -> Result:
    """``aten.convolution``, where plain and transposed are told apart by an argument."""
    return _convolve(call, transposed=bool(call["transposed"]))


def _convolve(call: Call, transposed: bool) -> Result:
    source, weight, bias, groups = call["input"], call["weight"], call.get("bias"), int(call.get("groups", 1))
    channel = len(source.shape) - (len(weight.shape) - 2) - 1
    if scored_weight(call, weight, int(transposed)) is None:
        return _computed_weight(call, source, weight, transposed)
    if source.dim not in (None, channel):
        call.freeze(source, "a convolution slides over the dim that carries the channels")
    read = source.labels if source.dim == channel else None
    made = neuron_labels(call, weight, bias, out_dim=int(transposed), groups=groups)
    if groups == 1:
        inner: LabelVector | None = read
        outer: LabelVector | None = made
        if read is not None:
            call.bind(weight, 0 if transposed else 1, read, read=True)
    else:
        inner, outer = _grouped(call, weight, read, made, groups, transposed)
    slid_over = source.shape if transposed else call.out_shape
    positions = prod(slid_over) // slid_over[channel]
    coefficient = positions * prod(weight.shape[2:])
    if inner is None:
        coefficient *= weight.shape[0 if transposed else 1]
    if outer is None:
        coefficient *= weight.shape[1 if transposed else 0]
    call.resize(out_channels=made, **({} if read is None else {"in_channels": read}))
    charge_layer(call, bias, made, coefficient, inner, outer, channel)
    return Tracked(call.out_shape, channel, made)


def _grouped(
    call: Call, weight: Tracked, read: LabelVector | None, made: LabelVector, groups: int, transposed: bool
) -> tuple[LabelVector | None, LabelVector | None]:
    """Tie what a grouped convolution needs tied; the labels that its MACs vary with, inner and outer."""
    labels = call.flow.labels
    made_by_group = made.reshape(groups, -1)
    if read is None:
        call.flow.labels.freeze(made, call.reason("its groups read a tensor of fixed size"))
        return None, None
    read_by_group = read.reshape(groups, -1)
    if groups >= read_by_group.shape[1]:  # whole groups go together
        labels.tie_along(made_by_group, axis=1)
        labels.tie_along(read_by_group, axis=1)
        labels.tie(made_by_group[:, 0], read_by_group[:, 0])
        call.bind(weight, 0, read if transposed else made, read=transposed)
        call.expect("groups", made_by_group[:, 0])
        call.resize(groups=made_by_group[:, 0])
        return (read, None) if transposed else (None, made)
    labels.tie_along(made_by_group, axis=0)  # the same positions go in every group
    labels.tie_along(read_by_group, axis=0)
    if transposed:
        call.bind(weight, 0, read, read=True)
        call.bind(weight, 1, made_by_group[0])
        return read, made_by_group[0]
    call.bind(weight, 0, made)
    call.bind(weight, 1, read_by_group[0], read=True)
    return read_by_group[0], made


def _computed_weight(call: Call, source: Tracked, weight: Tracked, transposed: bool) -> Result:
    """A weight that is no parameter, nor made from parameters alone (a fixed blur, dynamic kernels): nothing goes."""
    call.charge("macs", prod(source.shape if transposed else call.out_shape) * prod(weight.shape[1:]))
    return call.freeze_all("its weight is computed from other tensors")


RULES = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), convolution),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), transposed),
    "convolution": general,
}
