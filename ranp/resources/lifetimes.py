"""When each storage of a training step is made and gone, and of which shape it is: a step written down once.

Two networks of the same code at other widths make the same storages in the same order, at other sizes. So a step is a
list of storages and, after each of them, which are alive. Storages that go between two others have no order: it is that
of Python's dictionaries and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ranp.inputs import InputSpec
from ranp.resources.memory import watch_step
from ranp.resources.peak_tracker import PeakTracker


@dataclass(frozen=True, eq=False)
class Storage:
    """One storage: the shape of the tensor that it was made for, and the bytes that it holds."""

    shape: tuple[int, ...]
    nbytes: int

    @property
    def plain(self) -> bool:
        """Whether the storage holds that tensor and no more."""
        return self.nbytes % max(prod(self.shape), 1) == 0


@dataclass(frozen=True, eq=False)
class StepRecord:
    """The storages in the order in which they are made; number n is alive until storage ``ends[n]`` is made."""

    storages: tuple[Storage, ...]
    ends: NDArray[np.int64]

    def follows(self, other: "StepRecord") -> bool:
        """Whether both made storages of the same number of dims, and let go of them, in the same order."""
        return (
            len(self.storages) == len(other.storages)
            and np.array_equal(self.ends, other.ends)
            and all(len(a.shape) == len(b.shape) for a, b in zip(self.storages, other.storages, strict=True))
        )

    def alive(self) -> NDArray[np.bool_]:
        """Which storages are alive once each is made, ``(made, storages)``; only moments after which one goes."""
        made = np.arange(len(self.storages))
        last = made[np.isin(made + 1, self.ends) | (made == len(made) - 1)]
        alive: NDArray[np.bool_] = (made[None, :] <= last[:, None]) & (self.ends[None, :] > last[:, None])
        return alive


class _Writer(PeakTracker):
    """Writes down each storage, and how many had been made when it went."""

    def __init__(self) -> None:
        super().__init__()
        self.storages: list[Storage] = []
        self.ends: dict[int, int] = {}

    def made(self, tensor: Tensor) -> int:
        self.storages.append(Storage(tuple(tensor.shape), tensor.untyped_storage().nbytes()))
        return len(self.storages) - 1

    def gone(self, number: int) -> None:
        self.ends[number] = len(self.storages)


def record_step(
    model: nn.Module, inputs: InputSpec, optimizer: str, loss: Callable[[Any], Tensor], any_device: bool
) -> StepRecord:
    """The training step that `ranp.resources.peak_training_bytes` prices, which says what is raised."""
    writer = watch_step(_Writer, model, inputs, optimizer, loss, any_device)
    count = len(writer.storages)
    return StepRecord(
        tuple(writer.storages), np.array([writer.ends.get(number, count) for number in range(count)], dtype=np.int64)
    )
