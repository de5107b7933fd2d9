"""Weights computed over whole dims: summed, normed, standardised, or with their dims moved, split and merged."""

from math import prod

from ranp.graph.call import Call
from ranp.graph.computed import Origin, Origins
from ranp.graph.rules.indexing import dim_order
from ranp.graph.rules.reshaping import factor
from ranp.graph.rules.weights_pointwise import Along, along, keep, union, vanishing

_IGNORE_ZEROS = {"sum", "norm", "linalg_vector_norm"}


def reduction(call: Call) -> Origins:
    """Sums and norms over named dims do not notice zeros; means and deviations count them, so those dims stay."""
    source = call.tensors[0]
    dims = call.get("dim", call.get("dims"))
    dims = [dims] if isinstance(dims, int) else dims
    reduced = {int(dim) % len(source.shape) for dim in dims or range(len(source.shape))}
    order = call.get("ord", call.get("p", 2))
    ignores_zeros = call.operation in _IGNORE_ZEROS and isinstance(order, (int, float)) and order > 0
    keeps = call.get("keepdim", False)
    found: Origins = {}
    for dim, size in enumerate(source.shape):
        origin = call.flow.origin(source.parameter or "", dim) if size > 1 else None
        if origin is None:
            continue
        if dim not in reduced:
            found[dim if keeps else dim - sum(other < dim for other in reduced)] = origin
        elif not (ignores_zeros and origin.vanishes and all(one.zeroed for one in origin.sources)):
            keep(call, origin)
    return found


def view(call: Call) -> Origins:
    """Dims that are neither split nor merged with others keep their origin."""
    source = call["self"]
    found: Origins = {}
    for inner, outer in factor(source.shape, call.out_shape):
        long = [dim for dim in inner if source.shape[dim] > 1]
        out = [dim for dim in outer if call.out_shape[dim] > 1]
        origins = [call.flow.origin(source.parameter, dim) for dim in long]
        if len(long) == len(out) == 1 and origins[0] is not None:
            found[out[0]] = origins[0]
        else:
            for origin in origins:
                keep(call, origin)
    return found


def permute(call: Call) -> Origins:
    """Each dim takes its origin along."""
    source = call["self"]
    order = dim_order(call, len(source.shape))
    origins = {new: call.flow.origin(source.parameter, old) for new, old in enumerate(order)}
    return {dim: origin for dim, origin in origins.items() if origin is not None}


def expand_as(call: Call) -> Origins:
    """A dim of length one takes the length of the other's; what it holds has nothing of the other's."""
    source, other = call.tensors
    found: Origins = {}
    for dim, size in enumerate(call.out_shape):
        mine = along(call, source, dim)
        length = call.flow.origin(other.parameter or "", dim) if size > 1 else None
        origin = mine.origin if mine.long else length and length.surviving()
        if origin is not None:
            found[dim] = origin
    return found


def weight_norm(call: Call) -> Origins:
    """``g * v / |v|``, the norm taken over all dims but ``dim``: zero where g is, and v may not be zero there."""
    directions, lengths, kept = call["v"], call["g"], int(call.get("dim", 0))
    kept = kept % len(directions.shape) if kept >= 0 else -1
    found: Origins = {}
    for dim, size in enumerate(directions.shape):
        origin = call.flow.origin(directions.parameter, dim) if size > 1 else None
        if origin is None:
            continue
        length = call.flow.origin(lengths.parameter, dim) if dim == kept else None
        if length is not None:
            sources = (*origin.kept_from_zero().sources, *length.sources)
            found[dim] = Origin(sources, length.vanishes)
        elif dim != kept and origin.vanishes:
            found[dim] = origin
        else:
            keep(call, origin)
    return found


def batch_norm(call: Call) -> Origins:
    """Weights standardised as if they were activations: dim 1 holds the neurons, and the other dims are mixed."""
    source = call["input"]
    call.charge("norm", 4 * prod(source.shape))
    found: Origins = {}
    scales = [call.get(name) for name in ("weight", "bias", "running_mean", "running_var")]
    others = [call.flow.origin(scale.parameter or "", 0) for scale in scales if scale is not None]
    for dim, size in enumerate(source.shape):
        origin = call.flow.origin(source.parameter, dim) if size > 1 else None
        if dim == 1 and origin is not None and None not in others:
            parts = [Along(True, one) for one in (origin, *others)]
            found[1] = union(parts) if all(vanishing(parts)) else union(parts).surviving()
        else:
            keep(call, origin)
    return found
