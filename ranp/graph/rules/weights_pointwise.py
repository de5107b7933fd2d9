"""Weights computed entry by entry: which dims of the result follow which parameters, and what a zero becomes."""

from collections.abc import Callable
from dataclasses import dataclass

from ranp.graph.call import Call
from ranp.graph.computed import Origin, Origins
from ranp.graph.labels import Tracked

MIXED = "its weight is computed in a way that mixes channels"


@dataclass(frozen=True)
class Along:
    """One operand along one dim of the result: ``long`` where it has as many positions, from ``origin``."""

    long: bool
    origin: Origin | None


def along(call: Call, value: Tracked, dim: int) -> Along:
    """The operand along a dim of the result, as broadcasting lays it."""
    own = dim - len(call.out_shape) + len(value.shape)
    if own < 0 or value.shape[own] == 1:
        return Along(False, None)
    return Along(True, None if value.parameter is None else call.flow.origin(value.parameter, own))


def keep(call: Call, origin: Origin | None) -> None:
    """Keep what the dim follows: the operation mixes it."""
    if origin is not None:
        call.flow.freeze_sources(origin, call.reason(MIXED))


def _pointwise(call: Call, combine: Callable[[list[Along]], Origin | None]) -> Origins:
    """Dim by dim what ``combine`` makes of the operands; a dim that one of them fixes stays."""
    found: Origins = {}
    for dim, size in enumerate(call.out_shape):
        operands = [along(call, value, dim) for value in call.tensors]
        if size == 1:
            continue
        fixed = any(one.long and one.origin is None for one in operands)
        origin = None if fixed else combine(operands)
        if origin is None:
            for one in operands:
                keep(call, one.origin)
        else:
            found[dim] = origin
    return found


def union(operands: list[Along]) -> Origin:
    """All that one of the operands follows."""
    sources = dict.fromkeys(source for one in operands if one.origin for source in one.origin.sources)
    return Origin(tuple(sources))


def vanishing(operands: list[Along]) -> list[bool]:
    """Of each operand whether it is zero where what it follows goes."""
    return [one.origin is not None and one.origin.vanishes for one in operands]


def product(call: Call) -> Origins:
    """Zero where one factor is."""

    def combine(operands: list[Along]) -> Origin:
        joined = union(operands)
        return joined if any(vanishing(operands)) else joined.surviving()

    return _pointwise(call, combine)


def quotient(call: Call) -> Origins:
    """Zero where the dividend is; where the divisor is zero with it, neither may be."""

    def combine(operands: list[Along]) -> Origin | None:
        joined = union(operands)
        zero = vanishing(operands)
        if len(operands) == 1:
            return joined if zero[0] else joined.surviving()
        above, below = zero
        if below:
            return joined.kept_from_zero() if above else None
        return joined if above else joined.surviving()

    if not isinstance(call["self"], Tracked):
        return poles(call)
    return _pointwise(call, combine)


def total(call: Call) -> Origins:
    """Zero where all terms are."""

    def combine(operands: list[Along]) -> Origin:
        joined = union(operands)
        numbers = len(call.tensors) < 2
        return joined if all(vanishing(operands)) and not numbers else joined.surviving()

    return _pointwise(call, combine)


def keeps_zero(call: Call) -> Origins:
    """Each entry by itself, a zero to a zero."""

    def combine(operands: list[Along]) -> Origin:
        joined = union(operands)
        return joined if all(vanishing(operands)) else joined.surviving()

    return _pointwise(call, combine)


def power(call: Call) -> Origins:
    """A zero stays one where the exponent is a positive number."""
    exponent = call.get("exponent")
    positive = isinstance(exponent, (int, float)) and exponent > 0
    return keeps_zero(call) if positive else poles(call)


def other_pointwise(call: Call) -> Origins:
    """Entry by entry, with no word on what becomes of a zero."""
    return _pointwise(call, lambda operands: union(operands).surviving())


def poles(call: Call) -> Origins:
    """Operations that make no finite number of a zero."""
    return _pointwise(call, lambda one: None if any(vanishing(one)) else union(one).surviving())
