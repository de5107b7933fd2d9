"""Tensors that the network makes itself, and bookkeeping that carries no values."""

from ranp.graph.call import Call, Result
from ranp.graph.labels import Tracked


def factory(call: Call) -> Result:
    """``zeros``, ``empty``, ``full`` ...: dim 1 is assumed to be sized by whatever is written into it."""
    shape = call.out_shape
    if len(shape) < 3 or shape[1] == 1 or not call.assume():
        return call.untracked()
    return Tracked(shape, 1, call.flow.labels.fresh(shape[1]))


def nothing(call: Call) -> None:
    """Assertions and size queries of the exporter: no values flow through them."""
    for value in call.tensors:
        if value.parameter is not None:
            call.understood.add(value.parameter)


_FACTORIES = ("zeros", "ones", "empty", "full", "rand", "randn")

RULES = {
    **dict.fromkeys((*_FACTORIES, *(f"new_{name}" for name in _FACTORIES[:4]), "empty_strided"), factory),
    **dict.fromkeys(
        ("_assert_tensor_metadata", "_assert_async", "_assert_scalar", "sym_size", "sym_numel", "is_nonzero"), nothing
    ),
}
