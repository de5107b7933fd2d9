"""What a training run needs to know of its subject: batches, a loss, and figures of how good the answers are.

Two things are such material: the pools of a task of the library (`ranp.training.pools`), and what a user names
(`ranp.training.own`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ranp.inputs import Arguments
from ranp.training.parallel import Alone
from ranp.training.speed import Speed

Pair = tuple[Arguments, Any]
"""What a network is called with, and the target that the loss expects."""


class DivergedError(ValueError):
    """The loss or the answers are no longer finite."""


@dataclass(frozen=True)
class Answering:
    """A network with the device, the layout and the arithmetic that it answers in."""

    model: nn.Module
    device: torch.device
    speed: Speed

    def answer(self, given: Arguments) -> Any:
        """The network's output."""
        placed = given.map(lambda tensor: self.speed.laid_out(tensor.to(self.device)))
        with self.speed.arithmetic(self.device):
            return placed.call(self.model)


class Material(Protocol):
    """What networks are trained on and judged by, the same for all that are compared."""

    def check(self, batch_size: int, processes: Alone) -> None:
        """Raise ``ValueError`` where so many processes cannot share it."""

    def batches(self, batch_size: int, seed: int, processes: Alone) -> Iterator[Pair]:
        """Batch after batch without end, in an order drawn from the seed; of several processes, this one's share."""

    def loss(self, network: Answering, pair: Pair) -> Tensor:
        """The loss of the network's answer, one number."""

    def figures(self, network: Answering, batch_size: int, processes: Alone) -> dict[str, float]:
        """Figures of the network's answers to what is held out; `DivergedError` where none can be given."""

    def shown(self, count: int) -> Pair:
        """The first held-out examples as one batch: ``count`` of them, or as many as there are in the first batch."""
