"""Seconds of one run; a run during which the machine slept, or the process was held, is taken again.

Three clocks tell it. A steady clock may stand still while the machine sleeps and the wall clock does not, or both go on
while nothing is computed on the processor.
"""

import time
from collections.abc import Callable

import torch

MOST_AGAIN = 5
"""So often a run is taken again, then its seconds count whatever the clocks say."""

JUMP_SECONDS = 1.0
"""That the wall clock may be ahead of the steady one, or behind, after one run."""

HELD_SECONDS, HELD_TIMES = 0.5, 5.0
"""A run on the processor that takes so many times the processor's own time, and so many seconds more, was held."""


def wait_for(device: torch.device) -> None:
    """Return once the device has done all that it was given."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def seconds_of(run: Callable[[], object], device: torch.device) -> float:
    """Seconds from the start of ``run()`` until the device has done what it was given."""
    for _ in range(1 + MOST_AGAIN):
        wait_for(device)
        wall, busy, start = time.time(), time.process_time(), time.perf_counter()
        run()
        wait_for(device)
        seconds = time.perf_counter() - start
        if not _was_held(seconds, time.time() - wall, time.process_time() - busy, device):
            break
    return seconds


def _was_held(seconds: float, wall: float, busy: float, device: torch.device) -> bool:
    """An accelerator computes while the processor waits, so its runs are told by the wall clock alone."""
    if abs(wall - seconds) > JUMP_SECONDS:
        return True
    return device.type == "cpu" and seconds > HELD_TIMES * busy + HELD_SECONDS
