"""What other processes do meanwhile, in processors: a time that was measured beside them is not the machine's own."""

import time

import psutil

_WAITING = ("idle", "iowait", "guest", "guest_nice")
"""Of the system's times those in which no processor computes, and those that it counts twice."""


class Others:
    """Begins to count where it is made."""

    def __init__(self) -> None:
        self._all, self._own, self._start = _computed(), time.process_time(), time.perf_counter()

    def processors(self) -> float:
        """How many processors others have kept busy since, in the mean."""
        passed = time.perf_counter() - self._start
        others = _computed() - self._all - (time.process_time() - self._own)
        return max(0.0, others / passed)


def _computed() -> float:
    return float(sum(value for name, value in psutil.cpu_times()._asdict().items() if name not in _WAITING))
