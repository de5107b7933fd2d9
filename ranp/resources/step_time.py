"""How long a training step takes on this machine: the full network and a smaller one, measured in turn.

A step is a forward pass in training mode, the squared error of `ranp.memory`, a backward pass and one AdamW update, on
random input. The networks take turns, so that whatever else the machine does meanwhile slows them alike; the first
steps of each, which allocate memory and choose kernels, do not count.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor, nn

from ranp.memory import squared_error

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class StepTimes:
    """Seconds of each measured step, in order; the network is judged by their median."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds of the step in the middle."""
        return median(self.seconds)

    @property
    def spread(self) -> tuple[float, float]:
        """The fastest and the slowest step."""
        return min(self.seconds), max(self.seconds)


def time_steps(
    models: Sequence[nn.Module],
    shapes: Sequence[tuple[int, ...]],
    steps: int = 10,
    warm_up: int = 2,
    budget: float = 60.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[StepTimes]:
    """Train each of ``models`` (in place) for ``steps`` measured steps, or for as many as ``budget`` seconds allow.

    ``shapes`` are those of the inputs, batch first. At least one step of each is measured.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inputs = tuple(torch.randn(shape) for shape in shapes)
        runs = [_step(model.train(), inputs) for model in models]
        found: list[list[float]] = [[] for _ in models]
        start = time.perf_counter()
        for step in range(warm_up + steps):
            seconds = [run() for run in runs]
            if progress is not None:
                progress(step + 1, warm_up + steps)
            late = time.perf_counter() - start > budget
            if step >= warm_up or late:
                for times, taken in zip(found, seconds, strict=True):
                    times.append(taken)
            if late:
                break
    return [StepTimes(tuple(times)) for times in found]


def _step(model: nn.Module, inputs: tuple[Tensor, ...]) -> Callable[[], float]:
    """One training step as a function that returns how many seconds it took."""
    optimizer = torch.optim.AdamW(model.parameters())

    def run() -> float:
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        squared_error(model(*inputs)).backward()
        optimizer.step()
        return time.perf_counter() - start

    return run
