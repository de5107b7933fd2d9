"""The real data, sample by sample as training needs them: no data set has to fit into memory.

What is random about sample ``k`` (where a window or a clip begins) is drawn from the seed, the epoch and ``k``, and the
order from the seed and the epoch, so that a run that goes on sees what one that was not stopped would have seen.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

import ranp.data
from ranp.data.task import Batch, Example, stack, stream
from tests.benchmarks.papers.network import Size

KEPT_BACK = 5
"""Where the test labels are not published, every fifth sample is tested on."""


class Samples(Dataset[Example]):
    """The samples of a split; ``draw`` tells apart the epochs and the test, in each of which windows lie elsewhere."""

    def __init__(self, size: Size, folder: Path, split: str, seed: int, draw: int = 0) -> None:
        self._size, self._seed, self._draw = size, seed, draw
        self._real = ranp.data.task(size.task).real
        self.found: list[Any] = _found(size.task, folder, split)
        if not self.found:
            raise ValueError(f"{folder} has no sample of {self._real.title} to {split}: expected {self._real.layout}")

    def at(self, draw: int) -> "Samples":
        """The same samples as they are drawn in another epoch."""
        self._draw = draw
        return self

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, index: int) -> Example:
        generator = stream(self._seed, self._draw * len(self.found) + index + 1)
        return self._real.read(self.found[index], self._size.shapes[0], self._size.classes, generator)


def epoch_of(samples: Samples, batch_size: int, seed: int, epoch: int, workers: int) -> Iterator[Batch]:
    """One epoch's batches, in its own order; what is left over makes no batch, unless it is all there is."""
    order = torch.randperm(len(samples), generator=stream(seed, epoch)).tolist()
    whole = order[: len(order) // batch_size * batch_size] or order
    yield from _loader(samples.at(epoch), whole, batch_size, workers)


def to_test(samples: Samples, batch_size: int, workers: int) -> Iterator[Batch]:
    """All samples in their order."""
    yield from _loader(samples, list(range(len(samples))), batch_size, workers)


def _loader(samples: Samples, order: list[int], batch_size: int, workers: int) -> DataLoader[Batch]:
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return DataLoader(samples, batch_sampler=batches, num_workers=workers, collate_fn=_stacked)  # type: ignore[arg-type]


def _stacked(examples: list[Example]) -> Batch:
    return stack(examples, len(examples))[0]


def _found(task: str, folder: Path, split: str) -> list[Any]:
    find = ranp.data.task(task).real.find
    if task != "brain":
        return find(folder, split)
    return [case for place, case in enumerate(find(folder, "train")) if (place % KEPT_BACK == 0) is (split == "test")]
