"""What schedules share that press neurons towards zero by a term of the loss, and cut them off at the end.

From the share ``start`` of the training until the share ``end`` the loss has the term

    strength x R(w)

more; then the network is cut down for good, and its norm statistics are taken anew.
"""

from abc import abstractmethod
from typing import Any

from torch import Tensor

from ranp.schedules.ground import Ground
from ranp.schedules.kinds.rounds import ROUNDING
from ranp.schedules.kinds.scheduled import Scheduled
from ranp.training import Ran
from ranp.types import Masks


class Pressed(Scheduled):
    """``name`` is the schedule's, for messages."""

    def __init__(self, ground: Ground, name: str, strength: float, start: float, end: float) -> None:
        if start >= end:
            raise ValueError(f"{name}:start must be below {name}:end, not {start:g} and {end:g}")
        super().__init__(ground)
        self._strength, self._shares = strength, (start, end)
        self._over = 0
        """1 while neurons are pressed, 2 once they are gone."""

    def start(self) -> None:
        """What begins before the first step."""
        self._go_on(Ran())

    def after(self, ran: Ran, norm: float) -> None:
        """Begin to press, or cut down, where that is due."""
        if self._go_on(ran):
            self.save(ran)

    def penalty(self) -> Tensor | None:
        """The term of the loss."""
        return self._strength * self.size() if self._over == 1 else None

    @abstractmethod
    def size(self) -> Tensor:
        """R(w), a number that gradients reach the weights through."""

    def press(self) -> None:
        """Called once, before neurons are pressed."""

    @abstractmethod
    def chosen(self) -> Masks:
        """Which neurons stay in the end."""

    def own_state(self) -> dict[str, Any]:
        """How far it is."""
        return {"over": self._over}

    def take_state(self, state: dict[str, Any]) -> None:
        """The same, given back."""
        self._over = int(state["over"])

    def _go_on(self, ran: Ran) -> bool:
        due = sum(ran.done >= share - ROUNDING for share in self._shares)
        if due <= self._over:
            return False
        if self._over == 0:
            self.press()
        self._over = due
        if due == len(self._shares):
            self.cut(ran, self.chosen())
            self.refresh()
        return True
