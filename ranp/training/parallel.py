"""Processes that work on one network together, each on its share of the examples; or one process alone.

Every process runs the same program and holds the same weights. `Alone` is what runs by itself; `Together` wraps
Hugging Face's ``accelerate``, which has joined the processes that ``accelerate launch`` started.
"""

import os

import torch
from torch import Tensor, nn

from ranp.extras import extra
from ranp.types import Scores


class Alone:
    """One process: nothing is shared and nothing is waited for."""

    rank = 0
    world = 1

    def __init__(self, device: str | torch.device = "cpu") -> None:
        self.device = torch.device(device)

    def share(self, indices: Tensor) -> Tensor:
        """This process's part of the examples."""
        return indices[self.rank :: self.world]

    def prepare(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[nn.Module, torch.optim.Optimizer]:
        """The network and its optimizer on this process's device, gradients averaged over all processes."""
        return model.to(self.device), optimizer

    def backward(self, loss: Tensor) -> None:
        """Gradients of the loss."""
        loss.backward()

    def mean(self, value: float) -> float:
        """The mean over all processes."""
        return value

    def rows(self, mine: Tensor) -> Tensor:
        """The rows of all processes, one below the other, on the CPU."""
        return mine.cpu()

    def total(self, sums: Scores, count: int) -> tuple[Scores, int]:
        """Sums over batches, and how many batches, of all processes; what `ranp.importance` takes as ``combine``."""
        return sums, count

    def close(self) -> None:
        """Take leave of the other processes."""


class Together(Alone):
    """Several processes, started by ``accelerate launch``."""

    def __init__(self) -> None:
        with extra("parallel", "training in several processes"):
            from accelerate import Accelerator
            from accelerate.utils import gather_object

        self._gather = gather_object
        self._accelerator = Accelerator(cpu=not torch.accelerator.is_available())
        super().__init__(self._accelerator.device)
        self.rank, self.world = self._accelerator.process_index, self._accelerator.num_processes

    def prepare(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[nn.Module, torch.optim.Optimizer]:
        """Wrapped by ``DistributedDataParallel``."""
        prepared: tuple[nn.Module, torch.optim.Optimizer] = self._accelerator.prepare(model, optimizer)
        return prepared

    def backward(self, loss: Tensor) -> None:
        """Gradients of the loss, averaged over the processes."""
        self._accelerator.backward(loss)

    def mean(self, value: float) -> float:
        """The mean over all processes, which thereby agree on one number."""
        found = self._accelerator.reduce(torch.tensor(value, dtype=torch.float64, device=self.device), "mean")
        return float(found)

    def rows(self, mine: Tensor) -> Tensor:
        """Gathered; processes may hold different numbers of rows."""
        return torch.tensor([row for rows in self._gather([mine.tolist()]) for row in rows], dtype=mine.dtype)

    def total(self, sums: Scores, count: int) -> tuple[Scores, int]:
        """Summed over the processes; every process needs at least one batch."""
        added = {name: self._accelerator.reduce(value.contiguous(), "sum") for name, value in sums.items()}
        return added, int(self._accelerator.reduce(torch.tensor(count, device=self.device), "sum"))

    def close(self) -> None:
        """Wait for all and end the group; a process that leaves without a word makes others abort."""
        self._accelerator.end_training()


def processes(device: str = "cpu") -> Alone:
    """`Together` where a launcher has started several processes, `Alone` otherwise."""
    return Together() if int(os.environ.get("WORLD_SIZE", "1")) > 1 else Alone(device)
