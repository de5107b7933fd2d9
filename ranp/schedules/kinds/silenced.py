"""What schedules share in which some neurons are silent in a step, until at the last of their moments the rest goes.

After each step the silent entries are given back (`ranp.schedules.silencing`), what the step says of neurons is taken
in, and where a moment is due, it is decided anew who is silent; at the last one the network is cut down for good, and
its norm statistics are taken anew.
"""

from abc import abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor

from ranp.schedules.ground import Ground
from ranp.schedules.kinds.scheduled import Scheduled
from ranp.schedules.silencing import Silence
from ranp.training import Ran
from ranp.types import Masks


class Silenced(Scheduled):
    """``last`` is the number of the moment at which the rest goes."""

    def __init__(self, ground: Ground, last: int) -> None:
        super().__init__(ground)
        self._last, self._over = last, 0
        """How many moments are over."""
        self._silence = Silence()

    def begin(self, optimizer: torch.optim.Optimizer) -> Ran | None:
        """Go on where the run was cut short, or start."""
        ran = super().begin(optimizer)
        self._fall()
        return ran

    def after(self, ran: Ran, norm: float) -> None:
        """Take in what the step says; decide anew who is silent, or cut down, where that is due."""
        if self._gone:
            return
        self._silence.lift(self.model)
        self.feel(ran.done)
        due = min(self.due(ran.done), self._last)
        if due > self._over:
            self._over = due
            if self._gone:
                self.cut(ran, self.chosen())
                self.refresh()
            else:
                self.decide()
            self.save(ran)
        self._fall()

    @abstractmethod
    def due(self, done: float) -> int:
        """How many moments are over at that share of the training, or more."""

    @abstractmethod
    def feel(self, done: float) -> None:
        """Take in what the last step says of neurons."""

    @abstractmethod
    def decide(self) -> None:
        """At a moment before the last."""

    @abstractmethod
    def chosen(self) -> Masks:
        """Which neurons stay in the end."""

    @abstractmethod
    def silent(self) -> Mapping[str, Tensor]:
        """The entries that are silent in the next step: parameter -> bool of its shape."""

    @property
    def _gone(self) -> bool:
        return self._over == self._last

    def _fall(self) -> None:
        if not self._gone:
            self._silence.fall(self.model, self.silent())
