"""Linear maps, and matrix products between activations (which keep all their channels)."""

from math import prod

from ranp.graph.call import Call, Result
from ranp.graph.labels import Tracked
from ranp.graph.rules.layers import charge_layer, neuron_labels, scored_weight

ATTENTION = "it multiplies activations with each other (an attention core), which mixes all channels"


def linear(call: Call) -> Result:
    """``x @ weight.T + bias`` over the last dim; weight ``(out, in)``."""
    source, weight, bias = call["input"], call["weight"], call.get("bias")
    last = len(source.shape) - 1
    if scored_weight(call, weight, 0) is None:
        call.charge("macs", prod(call.out_shape) * weight.shape[1])
        return call.freeze_all("its weight is computed from other tensors")
    if source.dim not in (None, last):
        call.freeze(source, "a linear map acts on another dim than the one that carries the channels")
    read = source.labels if source.dim == last else None
    if read is not None:
        call.bind(weight, 1, read, read=True)
    made = neuron_labels(call, weight, bias, out_dim=0, groups=1)
    coefficient = prod(call.out_shape[:-1]) * (1 if read is not None else weight.shape[1])
    call.resize(out_features=made, **({} if read is None else {"in_features": read}))
    charge_layer(call, bias, made, coefficient, read, made, last)
    return Tracked(call.out_shape, last, made)


def matrix_product(call: Call) -> Result:
    """``matmul``, ``bmm``, ``mm``: charged, and nothing that enters it may go."""
    first = next(value for name, value in call.arguments.items() if name in ("self", "input"))
    call.charge("macs", prod(call.out_shape) * first.shape[-1])
    return call.freeze_all(ATTENTION)


def added_product(call: Call) -> Result:
    """``addmm``, ``baddbmm``."""
    first = call.get("mat1") or call.get("batch1")
    call.charge("macs", prod(call.out_shape) * first.shape[-1])
    return call.freeze_all(ATTENTION)


def einsum(call: Call) -> Result:
    """A product over named dims: with two operands every combination of indices is one multiply-add."""
    operands = call["tensors"]
    letters = call["equation"].replace(" ", "").split("->")[0].split(",")
    if len(operands) == 2 and "." not in call["equation"]:
        sizes = {
            letter: size
            for names, value in zip(letters, operands, strict=True)
            for letter, size in zip(names, value.shape, strict=True)
        }
        call.charge("macs", prod(sizes.values()))
    else:
        call.flow.uncounted[f"einsum '{call['equation']}' in '{call.owner}'"] = None
    return call.freeze_all(ATTENTION)


def attention(call: Call) -> Result:
    """``scaled_dot_product_attention``: queries x keys, then weights x values."""
    query, key, value = call["query"], call["key"], call["value"]
    rows = prod(query.shape[:-1])
    call.charge("macs", rows * key.shape[-2] * (query.shape[-1] + value.shape[-1]))
    return call.freeze_all(ATTENTION)


RULES = {
    "linear": linear,
    **dict.fromkeys(("matmul", "bmm", "mm", "mv"), matrix_product),
    **dict.fromkeys(("addmm", "baddbmm"), added_product),
    "einsum": einsum,
    "scaled_dot_product_attention": attention,
}
