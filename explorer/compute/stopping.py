"""Work that can be ended in the middle of a batch: a batch of a large network takes minutes on a small machine."""

import time
from collections.abc import Callable
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

from explorer.compute.job import Report

ASK_SECONDS = 0.5


class Stoppable(TorchDispatchMode):
    """While it is entered, the job reports that it goes on, twice a second, between two operations of this thread.

    Forward and backward passes alike: what `report` raises ends them. Nothing else changes, nor does any result; an
    operation costs some microseconds more, so nothing is timed in it.
    """

    supports_higher_order_operators = True

    def __init__(self, report: Report, clock: Callable[[], float] = time.monotonic) -> None:
        TorchDispatchMode.__init__(self)
        self._report = report
        self._clock = clock
        self._asked = clock()

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if self._clock() - self._asked >= ASK_SECONDS:
            self._report(0, None)  # of unknown steps: the progress stays what it was
            self._asked = self._clock()
        return func(*args, **(kwargs or {}))
