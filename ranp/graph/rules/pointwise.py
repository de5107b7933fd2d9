"""Element-wise operations: under broadcasting, operands that meet on the channel dim keep the same channels."""

from ranp.graph.call import Call, Result
from ranp.graph.labels import Tracked


def pointwise(call: Call) -> Result:
    """Tie the operands' channels; an operand of fixed size keeps all of them.

    Works for any number of operands: ``x + y``, ``x * gate``, ``x * gamma``, ``torch.where``, activations, dropout.
    Parameters in the operation (layer scale, position embeddings) are sliced along the channel dim.
    """
    operands = [call.channels(value) for value in call.tensors]
    tracked = [value for value in operands if value.dim is not None]
    if not tracked:
        return call.untracked()
    leader = next((value for value in tracked if value.parameter is None), tracked[0])
    assert leader.dim is not None
    position = leader.dim - len(leader.shape)  # counted from the end, as broadcasting does
    widest = max((value for value in tracked if value.dim == len(value.shape) + position), key=lambda v: len(v.labels))
    for value in operands:
        _meet(call, widest, value, position)
    out_dim = len(call.out_shape) + position
    if call.in_place and operands[0].dim is None:
        call.freeze(widest, "it writes channels into a tensor of fixed size")
    return Tracked(call.out_shape, out_dim, widest.labels)


def _meet(call: Call, widest: Tracked, value: Tracked, position: int) -> None:
    """Tie ``value`` to the operand with the most channels, or keep what cannot be tied."""
    dim = len(value.shape) + position
    size = value.shape[dim] if dim >= 0 else 1
    if value.dim == dim and len(value.labels) == len(widest.labels):
        call.flow.labels.tie(widest.labels, value.labels)
        return
    if value.dim is not None:
        call.freeze(value, "its channels are spread over a dim on which the other operand has its own")
    if size == 1:
        return
    if value.parameter is not None and value.dim is None:
        call.bind(value, dim, widest.labels)
    else:
        call.freeze(widest, "it meets a tensor of fixed size (the network's input or a constant) channel by channel")


def copy(call: Call) -> Result:
    """``target.copy_(source)``: both keep the same channels; labels flow back through views of the target."""
    return pointwise(call)


def passthrough(call: Call) -> Result:
    """The result has the first argument's channels, whatever the other arguments are."""
    value = call.channels(call.tensors[0])
    if value.dim is None:
        return call.untracked()
    return Tracked(call.out_shape, value.dim, value.labels)


RULES = {
    **dict.fromkeys(
        ("dropout", "alpha_dropout", "feature_dropout", "contiguous", "clone", "detach", "alias", "to", "_to_copy"),
        pointwise,
    ),
    **dict.fromkeys(
        ("type_as", "lift_fresh_copy", "relu6", "hardtanh", "hardswish", "hardsigmoid", "silu", "mish", "celu", "selu"),
        pointwise,
    ),
    **dict.fromkeys(("rrelu", "rrelu_with_noise", "elu", "leaky_relu", "gelu", "softplus", "threshold"), pointwise),
    **dict.fromkeys(("zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like"), passthrough),
    **dict.fromkeys(("bernoulli", "fill", "zero"), passthrough),
    "copy": copy,
}
