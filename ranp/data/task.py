"""What a task is to the rest of the library: a source of batches and a loss.

A batch is ``(inputs, target)`` on the CPU, ``float32`` in and ``int64`` (classes) or ``float32`` (disparity) out, batch
first. Examples that are drawn, procedural ones or patches of a scan that is installed, need no download; real ones come
from the data set's own folder layout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ranp.extras import require

Shape = tuple[int, ...]
Inputs = Tensor | tuple[Tensor, ...]
Example = tuple[Inputs, Tensor]
"""One unbatched example: what the network sees and what it should say."""
Batch = tuple[Inputs, Tensor]
"""Examples stacked along a new first axis."""


class Loaded(NamedTuple):
    """What was read from a folder, and one sentence for each sample that could not be read."""

    batches: list[Batch]
    skipped: list[str]


@dataclass(frozen=True)
class RealData:
    """How a public data set lies on disk: which samples a folder holds, and how one is read.

    ``find(folder, split)`` lists the samples without opening them; ``read(sample, input_shape, classes, generator)``
    returns one example or raises ``ValueError`` with a sentence that names the file.
    """

    title: str
    layout: str
    find: Callable[[Path, str], list[Any]]
    read: Callable[[Any, Shape, int, torch.Generator], Example]


@dataclass(frozen=True)
class Task:
    """A problem that a network of the library is trained for.

    ``example(input_shape, classes, generator)`` draws one example; ``loss(output, target)`` is the scalar that
    importance and training differentiate. ``source`` says whose layout the tensors have and who published it, ``drawn``
    what examples are drawn from, and ``about`` tells people what they are and what they are not. Where another seed is
    not enough to have other examples, ``held_out`` draws those that networks are tested on. ``needs`` names the modules
    that drawing takes and that the extra of the task's name brings, ``labels`` what the target's numbers mean, from 0.
    """

    name: str
    title: str
    source: str
    example: Callable[[Shape, int, torch.Generator], Example]
    loss: Callable[[Any, Tensor], Tensor]
    real: RealData
    about: str
    drawn: str = "procedural"
    held_out: Callable[[Shape, int, torch.Generator], Example] | None = None
    needs: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    def lacks(self) -> str | None:
        """Why nothing can be drawn here, in a sentence that says what to install; None where it can."""
        try:
            require(self.name, f"the task {self.name}", self.needs)
        except ValueError as error:
            return str(error)
        return None

    def batches(
        self, input_shape: Shape, classes: int, batch_size: int, count: int, seed: int, split: str = "train"
    ) -> list[Batch]:
        """Draw ``count`` batches; example ``k`` of a seed is the same at every batch size."""
        _check_counts(batch_size, count, seed)
        check_split(split)
        draw = self.held_out if split == "test" and self.held_out is not None else self.example
        return stack([draw(input_shape, classes, stream(seed, k)) for k in range(batch_size * count)], batch_size)

    def load(
        self,
        folder: str | Path,
        input_shape: Shape,
        classes: int,
        batch_size: int,
        count: int | None,
        seed: int,
        split: str = "train",
        skip_bad: bool = False,
    ) -> Loaded:
        """Read up to ``count`` batches (``None``: all) of the real data set, in an order drawn from ``seed``.

        No sample is used twice, so a small folder gives fewer batches and the last one may be smaller. With
        ``skip_bad`` an unreadable sample is left out and reported in ``skipped``; without it the first one raises.
        """
        _check_counts(batch_size, 1 if count is None else count, seed)
        samples = self.real.find(_existing(folder, self.real), split)
        if not samples:
            raise ValueError(f"{folder} holds no sample of {self.real.title}: expected {self.real.layout}")
        order = torch.randperm(len(samples), generator=stream(seed, 0)).tolist()
        wanted = len(samples) if count is None else batch_size * count

        examples: list[Example] = []
        skipped: list[str] = []
        for index in order:
            if len(examples) == wanted:
                break
            try:
                examples.append(self.real.read(samples[index], input_shape, classes, stream(seed, index + 1)))
            except ValueError as error:
                if not skip_bad:
                    raise
                skipped.append(str(error))
        if not examples:
            raise ValueError(f"none of the {len(samples)} samples in {folder} could be read; the first: {skipped[0]}")
        return Loaded(stack(examples, batch_size), skipped)


def stream(seed: int, index: int) -> torch.Generator:
    """The independent random stream of example ``index`` under ``seed``.

    torch keeps only 32 bits of a CPU seed, so the pair is hashed rather than added or shifted.
    """
    (state,) = np.random.SeedSequence([seed, index]).generate_state(1)
    return torch.Generator().manual_seed(int(state))


def stack(examples: list[Example], batch_size: int) -> list[Batch]:
    """Group examples into batches; inputs that are tuples are stacked member by member."""
    return [_stack(examples[start : start + batch_size]) for start in range(0, len(examples), batch_size)]


def one_line(error: Exception) -> str:
    """What another library says, fit to stand inside a sentence of ours."""
    return " ".join(str(error).split()).rstrip(".")


def check_split(split: str) -> None:
    """Raise ``ValueError`` for anything but train or test."""
    if split not in ("train", "test"):
        raise ValueError(f"split must be train or test, got {split!r}")


def _stack(examples: list[Example]) -> Batch:
    inputs = [example[0] for example in examples]
    target = torch.stack([example[1] for example in examples])
    if isinstance(inputs[0], Tensor):
        return torch.stack(inputs), target  # type: ignore[arg-type]
    return tuple(torch.stack(member) for member in zip(*inputs, strict=True)), target


def _check_counts(batch_size: int, count: int, seed: int) -> None:
    for name, value, least in (("batch_size", batch_size, 1), ("count", count, 1), ("seed", seed, 0)):
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")


def _existing(folder: str | Path, real: RealData) -> Path:
    path = Path(folder)
    if not path.is_dir():
        problem = "is a file, not a folder" if path.exists() else "does not exist"
        raise ValueError(f"{path} {problem}; give the folder of {real.title}: {real.layout}")
    return path
