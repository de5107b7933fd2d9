"""Schedules that remove neurons for good, in one round or in several: after training, early, gradually.

In every round the network that is left is scored anew by its present weights, cut down in place, and trained on with
its weights and its optimizer's state (`ranp.schedules.carrying`).

    after      trained for the share ``pretraining``; then in round k of n another n-th of what goes is removed,
               followed by a cycle of learning rates of its own, each from ``rate`` of the peak
    early      all at once, at a share of the training, at a step, or once the gradient's flow settles
               (`ranp.schedules.gradient_flow`)
    gradual    by round k of n, at the share start + (end - start) k / n of the training, the part

                   1 - (1 - k / n)^3

               of all that goes is gone

After training: the classical three steps (Han et al., NeurIPS 2015, arXiv 1506.02626); to begin the learning rate's
cycle anew is learning rate rewinding (Renda et al., ICLR 2020, arXiv 2003.02389). Gradual: Zhu and Gupta (arXiv
1710.01878), whose ramp is of single weights that are masked; here it is of neurons that go, or, with a budget, of what
is saved of the resource, and nothing that is gone comes back. Early: Rachwan et al. (EarlyCroP, ICML 2022, arXiv
2206.10451).
"""

from dataclasses import dataclass
from typing import Any

from ranp.schedules.gradient_flow import GradientFlow
from ranp.schedules.ground import Ground
from ranp.schedules.kinds.scheduled import Scheduled
from ranp.schedules.options import Value
from ranp.schedules.targets import check_rounds, part_of
from ranp.training import Ran

ROUNDING = 1e-9
"""Shares of a training are quotients of steps."""


@dataclass(frozen=True)
class Removal:
    """At the share ``at`` of the training, or at that step, ``part`` of all that goes is gone."""

    at: float
    part: float
    step: int | None = None

    def due(self, ran: Ran) -> bool:
        """Whether the training is there."""
        return ran.done >= self.at - ROUNDING if self.step is None else ran.step >= self.step


def cubic(rounds: int, start: float, end: float) -> tuple[Removal, ...]:
    """Zhu and Gupta's ramp.

    >>> [(removal.at, round(removal.part, 3)) for removal in cubic(4, 0.1, 0.5)]
    [(0.2, 0.578), (0.3, 0.875), (0.4, 0.984), (0.5, 1.0)]
    """
    shares = [number / rounds for number in range(1, rounds + 1)]
    return tuple(Removal(round(start + (end - start) * share, 9), 1 - (1 - share) ** 3) for share in shares)


class Rounds(Scheduled):
    """``removals`` in turn; ``cycles`` are the shares of the training at which the learning rate's cycle begins anew.

    With a ``flow``, the first removal comes as soon as that has settled, and at its own time at the latest. ``refresh``
    says that norm statistics are taken anew after each.
    """

    def __init__(
        self,
        ground: Ground,
        removals: tuple[Removal, ...],
        cycles: tuple[float, ...] = (),
        rate: float = 1.0,
        flow: GradientFlow | None = None,
        refresh: bool = False,
    ) -> None:
        if len(removals) > 1:
            check_rounds(ground.config)
        super().__init__(ground)
        self._removals, self._flow, self._refresh, self._rate = removals, flow, refresh, rate
        self._bounds = (*dict.fromkeys((0.0, *cycles)), 1.0)
        self._gone = 0
        self._by_peak = "peak" in dict(ground.config.budgets)

    def start(self) -> None:
        """What goes before the first step."""
        self._remove(Ran())

    def after(self, ran: Ran, norm: float) -> None:
        """Remove what is due."""
        settled = self._flow is not None and self._gone == 0 and self._flow.settled(norm)
        if self._remove(ran, settled):
            self.save(ran)

    def pace(self, done: float) -> tuple[float, float]:
        """In which cycle the training is, and how far in it."""
        place = max(number for number, bound in enumerate(self._bounds[:-1]) if bound <= done + ROUNDING)
        low, high = self._bounds[place : place + 2]
        trained = place > 0 or self.ground.trained
        return min(max((done - low) / (high - low), 0.0), 1.0), self._rate if trained else 1.0

    def own_state(self) -> dict[str, Any]:
        """How many rounds are over."""
        return {"gone": self._gone}

    def take_state(self, state: dict[str, Any]) -> None:
        """The same, given back."""
        self._gone = int(state["gone"])

    def _remove(self, ran: Ran, settled: bool = False) -> bool:
        """Remove what is due; whether anything was."""
        due = sum(removal.due(ran) for removal in self._removals)
        gone, self._gone = self._gone, max(self._gone, due, int(settled))
        if self._gone == gone:
            return False
        part = self._removals[self._gone - 1].part
        peaks = (self.ground.full_peak() or 0, self.peak() or 0) if self._by_peak else (0, 0)
        config = part_of(self.ground.config, part, self.ground.graph, self.graph, peaks)
        if config is not None:
            self.cut(ran, self.planned(config))
        if self._refresh:
            self.refresh()
        return True


def after(ground: Ground, options: dict[str, Value]) -> Rounds:
    """Train, remove, train on; what a checkpoint holds is trained already."""
    asked, rounds = options["pretraining"], int(options["rounds"])
    trained = (0.0 if ground.trained else 0.5) if asked == "auto" else float(asked)
    at = [trained + (1 - trained) * number / rounds for number in range(rounds)]
    removals = tuple(Removal(each, number / rounds) for number, each in enumerate(at, start=1))
    return Rounds(ground, removals, tuple(at), float(options["rate"]), refresh=True)


def early(ground: Ground, options: dict[str, Value]) -> Rounds:
    """A few steps, then all at once."""
    at = options["at"]
    if at == "flow":
        flow = GradientFlow(float(options["change"]), int(options["window"]))
        return Rounds(ground, (Removal(float(options["latest"]), 1.0),), flow=flow)
    step = int(at) if float(at) >= 1 else None
    return Rounds(ground, (Removal(float(at), 1.0, step),))


def gradual(ground: Ground, options: dict[str, Value]) -> Rounds:
    """Along a cubic ramp."""
    start, end = float(options["start"]), float(options["end"])
    if start >= end:
        raise ValueError(f"gradual:start must be below gradual:end, not {start:g} and {end:g}")
    return Rounds(ground, cubic(int(options["rounds"]), start, end))
