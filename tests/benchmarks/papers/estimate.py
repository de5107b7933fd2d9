"""What a run would take, before it begins: multiply-adds by seconds for each, measured on this machine.

    multiply-adds = 3 x MACs of one example x examples x epochs

forward once and, for the gradients of the outputs and of the weights, about twice that backward. Seconds for each are
those of one training step on a part of the input, for the full network at full width: on the CPU the largest part that
takes at most `MOST_MACS` forward, elsewhere all of it.
"""

import time
from dataclasses import dataclass

import torch

from ranp.units import count, duration
from tests.benchmarks.papers.network import Size
from tests.benchmarks.papers.settings import SETTINGS, Setting

BACKWARD = 3
MOST_MACS = 4e9
HALVINGS = 4


@dataclass(frozen=True)
class Estimate:
    """Multiply-adds of the whole training, and seconds for each of them on a device."""

    name: str
    macs: int
    """Of one example, forward."""
    work: float
    """Multiply-adds of the training."""
    seconds_each: float
    part: tuple[int, ...]
    """The size of the input with which it was measured."""

    @property
    def seconds(self) -> float:
        """Of the whole training."""
        return self.work * self.seconds_each

    @property
    def text(self) -> str:
        """In a sentence."""
        return (
            f"{self.name}: {count(self.work)} multiply-adds ({BACKWARD} x {count(self.macs)} MACs for each example and "
            f"epoch), about {self.seconds / 3600:,.0f} hours on this device, measured with an input of "
            f"{'x'.join(map(str, self.part))}"
        )


def work_of(setting: Setting, macs: int, examples: int | None = None) -> float:
    """Multiply-adds of a whole training.

    >>> work_of(SETTINGS["unet3d/brats"], macs=10, examples=2)
    12000.0
    """
    return float(BACKWARD * macs * (examples or setting.examples) * setting.epochs)


def estimate(name: str, device: str, most_macs: float = MOST_MACS) -> Estimate:
    """Measure a step, and multiply."""
    size = Size(SETTINGS[name])
    macs = size.graph().cost().macs
    shapes, part = _measured(size, device, most_macs, macs)
    seconds = _step_seconds(size, shapes, device)
    return Estimate(name, macs, work_of(size.setting, macs), seconds / (BACKWARD * part), shapes[0][2:])


def _measured(size: Size, device: str, most_macs: float, macs: int) -> tuple[tuple[tuple[int, ...], ...], int]:
    """The inputs to measure with, and their MACs: the whole, or halved along each axis until a step is short."""
    shapes, found = size.shapes, macs
    for _ in range(HALVINGS):
        if torch.device(device).type != "cpu" or found <= most_macs:
            break
        halved = size.at(tuple(extent // 2 for extent in shapes[0][2:]))
        try:
            found = size.graph(halved).cost().macs
        except ValueError:  # the network takes none so small
            break
        shapes = halved
    return shapes, found


def _step_seconds(size: Size, shapes: tuple[tuple[int, ...], ...], device: str) -> float:
    """Of the second of two steps: the first allocates."""
    model = size.model(device="cpu").to(device).train()
    optimizer = size.setting.optimizer(model.parameters())
    seconds = 0.0
    for _ in range(2):
        inputs = [torch.rand(2, *shape[1:], device=device) for shape in shapes]  # of one, some norms have no deviation
        begun = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        output = model(*inputs)
        members = output if isinstance(output, (list, tuple)) else [output]
        sum(member.square().mean() for member in members).backward()
        optimizer.step()
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - begun
    return seconds / 2


def whole(estimates: list[Estimate]) -> str:
    """All of them together."""
    return f"all: about {duration(sum(each.seconds for each in estimates))}, and as long again for RANP-f at most"
