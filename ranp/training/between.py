"""What may happen to a network between the steps of its training: it shrinks, its weights are held down, it is counted.

`Between` is what a run asks at every step, and does nothing by itself; `ranp.schedules` has those that do. `Ran` is how
far the run is by then, plain values, from which it goes on where it was cut short.
"""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from ranp.files import COUNT, Leaf, check
from ranp.training.material import Pair
from ranp.training.point import FIGURE, Point

_LISTS = Leaf("a list", lambda value: isinstance(value, list))
_FORM = {
    "step": COUNT,
    "judged": COUNT,
    **dict.fromkeys(("done", "wall", "cpu"), FIGURE),
    **dict.fromkeys(("losses", "curve"), _LISTS),
}


@dataclass
class Ran:
    """How far a run is after so many steps; wall and CPU seconds are counted while it is entered.

    >>> Ran.from_dict(Ran(step=3, done=0.5, losses=[0.7]).as_dict()).done
    0.5
    """

    step: int = 0
    done: float = 0.0
    """Share of the training that lies behind, 0 to 1."""
    judged: int = 0
    """How often the network was judged."""
    losses: list[float] = field(default_factory=list)
    """Of the steps since it was judged last."""
    curve: list[Point] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0
    _since: tuple[float, float] = (0.0, 0.0)

    def __enter__(self) -> "Ran":
        self._since = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self._since[0]
        self.cpu += time.process_time() - self._since[1]

    def work(self, device: torch.device) -> float:
        """Seconds of training: those of the processor, or wall time elsewhere."""
        return self.cpu if device.type == "cpu" else self.wall

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {name: value for name, value in asdict(self).items() if name in _FORM}

    @classmethod
    def from_dict(cls, document: Any) -> "Ran":
        """What `as_dict` wrote; ``ValueError`` for anything else."""
        check(document, _FORM, "how far a run is")
        return cls(**{**document, "curve": [Point.from_dict(point) for point in document["curve"]]})


class Between:
    """Nothing happens between the steps."""

    def begin(self, optimizer: torch.optim.Optimizer) -> Ran | None:
        """Called once, before anything; where to go on, for a run that was cut short."""

    def done(self, ran: Ran) -> float | None:
        """The share of the training that lies behind, where neither steps nor seconds are what is shared out."""

    def pace(self, done: float) -> tuple[float, float]:
        """How far the cycle of learning rates is by then, 0 to 1, and what its peak is multiplied by."""
        return done, 1.0

    def penalty(self) -> Tensor | None:
        """What is added to the loss."""

    def count(self, ran: Ran, pair: Pair) -> None:
        """Called after every step, which was on ``pair``, before anybody asks how much is done."""

    def after(self, ran: Ran, norm: float) -> None:
        """Called then, before the network is judged; ``norm`` is that of the whole gradient, before it was clipped.

        The network and its optimizer may be changed in place.
        """
