"""Timing one operation alone, on tensors of its own."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from ranp.averages import middle_half
from ranp.resources import seconds_of
from ranp.timing.operations import Shape
from ranp.timing.work import Example

WARM_UP = 1
LEAST_SECONDS = 0.01
LEAST, MOST = 3, 15
"""Repeats: as many as `LEAST_SECONDS` hold, within these."""
DRAWN = 2**14
"""Random numbers that a tensor is filled with."""


@dataclass(frozen=True)
class Timed:
    """Seconds of one call in the median, and the middle half of the repeats as a share of that."""

    seconds: float
    spread: float


def time_example(example: Example, widths: Sequence[int], device: torch.device) -> Timed:
    """Time an operation at other widths than the full network's.

    Raises:
        RuntimeError: the operation does not run at these widths, or not on this device.
    """
    call = _prepared(example, widths, device)
    with torch.no_grad():
        return _repeated(call, device)


def call_example(example: Example, widths: Sequence[int], device: torch.device) -> None:
    """Call it once; raises as `time_example` does."""
    with torch.no_grad():
        _prepared(example, widths, device)()()


def _prepared(example: Example, widths: Sequence[int], device: torch.device) -> Callable[[], Callable[[], Any]]:
    """What makes the arguments of one call, and returns the call: an operation that changes its own gets fresh ones."""
    operation = example.operation
    function = _function(operation.name)
    given = iter(example.integers(widths))
    leaves = [_real(leaf, given, device) for leaf in operation.leaves]
    changes = function._schema.is_mutable

    def call() -> Callable[[], Any]:
        fresh = [leaf.clone() if changes and isinstance(leaf, Tensor) else leaf for leaf in leaves]
        positional, named = pytree.tree_unflatten(fresh, operation.spec)
        return partial(function, *positional, **named)

    return call


def _repeated(call: Callable[[], Callable[[], Any]], device: torch.device) -> Timed:
    found: list[float] = []
    began = time.perf_counter()
    while len(found) < WARM_UP + LEAST or (
        len(found) < WARM_UP + MOST and time.perf_counter() - began < LEAST_SECONDS * 2
    ):
        found.append(seconds_of(call(), device))
    counted = found[WARM_UP:]
    return Timed(statistics.median(counted), middle_half(counted))


def _function(name: str) -> Any:
    space, operation, overload = name.split(".")
    return getattr(getattr(getattr(torch.ops, space), operation), overload)


def _real(leaf: Any, given: Any, device: torch.device) -> Any:
    """A tensor of the shape, or the argument; whole numbers are the next of ``given``."""
    if isinstance(leaf, Shape):
        return _filled([next(given) for _ in leaf.dims], leaf.dtype, device)
    if type(leaf) is int:
        return next(given)
    if isinstance(leaf, torch.device):
        return device
    return leaf


def _filled(dims: list[int], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Positive random numbers, which roots and logarithms take; indices are 0, which is always one.

    A few numbers are repeated: drawing as many as a large tensor has takes longer than what is timed.
    """
    if not dtype.is_floating_point:
        return torch.zeros(dims, dtype=dtype, device=device)
    size = prod(dims)
    drawn = torch.rand(min(size, DRAWN), device=device).add_(0.5).to(dtype)
    return drawn.repeat(-(-size // DRAWN))[:size].view(dims)
