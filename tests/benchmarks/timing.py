"""Medians of repeated calls, with the calls that are compared taking turns so that a busy moment meets both."""

import statistics
import time
from collections.abc import Callable
from typing import Any


def seconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def median_seconds(call: Callable[[], Any], repeats: int, warmup: int = 1) -> float:
    for _ in range(warmup):
        call()
    return statistics.median(seconds(call) for _ in range(repeats))


def taking_turns(
    ours: Callable[[], float], beside: Callable[[], float], repeats: int, warmup: int = 1
) -> tuple[float, float, float]:
    """Median of ours, median of the other, and the median of ours / other over neighbouring pairs.

    Each call returns its own figure. Which goes first alternates, so that neither always finds the caches warm.
    """
    for _ in range(warmup):
        ours(), beside()
    pairs = []
    for turn in range(repeats):
        if turn % 2:
            other, own = beside(), ours()
        else:
            own, other = ours(), beside()
        pairs.append((own, other))
    own, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    return own, other, statistics.median(a / b for a, b in pairs)
