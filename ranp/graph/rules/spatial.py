"""Operations on other dims than the channels': pooling, resampling, reductions, softmax, shifts."""

from ranp.graph.call import Call, Result, Rule
from ranp.graph.labels import Tracked


def over_last(dims: int) -> Rule:
    """A rule for operations that act on the last ``dims`` dims and treat all others alike."""

    def rule(call: Call) -> Result:
        source = call.channels(call.tensors[0])
        for other in call.tensors[1:]:
            call.freeze(other, "it steers a resampling")
        if source.dim is None:
            return call.untracked()
        if source.dim >= len(source.shape) - dims:
            return call.freeze_all("it pools or resamples the dim that carries the channels")
        results = [Tracked(shape, source.dim, source.labels) for shape in call.out_shapes]
        return results if isinstance(call.untracked(), list) else results[0]

    return rule


def reduction(call: Call) -> Result:
    """``mean``, ``sum``, ``amax``, ``var`` ... over named dims."""
    source = call.channels(call.tensors[0])
    if source.dim is None:
        return call.untracked()
    dims = call.get("dim", call.get("dims"))
    reduced = {int(dim) % len(source.shape) for dim in ([dims] if isinstance(dims, int) else dims or [])}
    if not reduced or source.dim in reduced:
        return call.freeze_all("it sums or compares over all channels")
    keeps = call.get("keepdim", False)
    dim = source.dim if keeps else source.dim - sum(other < source.dim for other in reduced)
    results = [Tracked(shape, dim, source.labels) for shape in call.out_shapes]
    return results if isinstance(call.untracked(), list) else results[0]


def along_dim(call: Call) -> Result:
    """``softmax``, ``cumsum``, ``flip``, ``roll``: the shape stays, one or several dims are mixed."""
    source = call.channels(call.tensors[0])
    if source.dim is None:
        return call.untracked()
    dims = call.get("dim", call.get("dims"))
    mixed = {int(dim) % len(source.shape) for dim in ([dims] if isinstance(dims, int) else dims or [])}
    if not mixed or source.dim in mixed:
        return call.freeze_all("it mixes or reorders all channels")
    return Tracked(call.out_shape, source.dim, source.labels)


_POOLS = ("max_pool", "avg_pool", "adaptive_avg_pool", "adaptive_max_pool")
_RESAMPLERS = {
    1: ("upsample_nearest1d", "_upsample_nearest_exact1d", "upsample_linear1d"),
    2: (
        "upsample_nearest2d",
        "_upsample_nearest_exact2d",
        "upsample_bilinear2d",
        "upsample_bicubic2d",
        "_upsample_bilinear2d_aa",
        "_upsample_bicubic2d_aa",
        "grid_sampler_2d",
    ),
    3: ("upsample_nearest3d", "_upsample_nearest_exact3d", "upsample_trilinear3d", "grid_sampler_3d"),
}

RULES = {
    **{f"{pool}{n}d{suffix}": over_last(n) for pool in _POOLS for n in (1, 2, 3) for suffix in ("", "_with_indices")},
    **{name: over_last(n) for n, names in _RESAMPLERS.items() for name in names},
    **dict.fromkeys(("mean", "sum", "amax", "amin", "var", "std", "var_mean", "std_mean", "logsumexp"), reduction),
    **dict.fromkeys(("prod", "max", "min", "norm", "linalg_vector_norm", "argmax", "argmin", "all", "any"), reduction),
    **dict.fromkeys(("softmax", "_softmax", "log_softmax", "_log_softmax", "cumsum", "flip", "roll"), along_dim),
}
