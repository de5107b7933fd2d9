"""How long a training step takes on this machine: the full network and a smaller one, measured in turn.

A step is a forward pass in training mode, the squared error of `ranp.resources.memory`, a backward pass and one AdamW
update, on random input; an inference is a forward pass in evaluation mode. The networks take turns, so that whatever
else the machine does meanwhile slows them alike; the first steps of each, which allocate memory and choose kernels, do
not count. Nor does the first of each turn: oneDNN keeps the last thousand kernels, and a dozen networks of many widths
push each other's out, so that each would pay at every turn for what it pays once when it is trained by itself.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

import torch
from torch import nn

from ranp.averages import middle_half
from ranp.inputs import Arguments, InputSpec
from ranp.resources.memory import squared_error
from ranp.resources.stopwatch import seconds_of

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
    def unrest(self) -> float:
        """The middle half of the steps as a share of their median."""
        return middle_half(self.seconds)

    @property
    def spread(self) -> tuple[float, float]:
        """The fastest and the slowest step."""
        return min(self.seconds), max(self.seconds)


def time_steps(
    models: Sequence[nn.Module],
    inputs: InputSpec,
    steps: int = 10,
    warm_up: int = 2,
    budget: float = 60.0,
    seed: int = 0,
    progress: Progress | None = None,
    training: bool = True,
) -> list[StepTimes]:
    """Train each of ``models`` (in place) for ``steps`` measured steps, or for as many as ``budget`` seconds allow.

    ``inputs`` says how all are called, batch first; they go to the networks' device. At least one step of each is
    measured. Without ``training`` a step is an inference.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        given, make = inputs.drawn(seed), _step if training else _inference
        runs = [make(model.train(training), _on(device_of(model), given)) for model in models]
        found: list[list[float]] = [[] for _ in models]
        start = time.perf_counter()
        for step in range(warm_up + steps):
            seconds = [_second_of(run) for run in runs]
            if progress is not None:
                progress(step + 1, warm_up + steps)
            late = time.perf_counter() - start > budget
            if step >= warm_up or late:
                for times, taken in zip(found, seconds, strict=True):
                    times.append(taken)
            if late:
                break
    return [StepTimes(tuple(times)) for times in found]


def _second_of(run: Callable[[], float]) -> float:
    """Seconds of the second of two steps."""
    run()
    return run()


def device_of(model: nn.Module) -> torch.device:
    """The device of its first parameter; the CPU where it has none."""
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def _on(device: torch.device, inputs: Arguments) -> Arguments:
    return inputs.map(lambda tensor: tensor.to(device))


def _step(model: nn.Module, inputs: Arguments) -> Callable[[], float]:
    """One training step as a function that returns how many seconds it took."""
    optimizer = torch.optim.AdamW(model.parameters())

    def run() -> None:
        optimizer.zero_grad(set_to_none=True)
        squared_error(inputs.call(model)).backward()
        optimizer.step()

    return partial(seconds_of, run, device_of(model))


def _inference(model: nn.Module, inputs: Arguments) -> Callable[[], float]:
    def run() -> None:
        with torch.no_grad():
            inputs.call(model)

    return partial(seconds_of, run, device_of(model))
