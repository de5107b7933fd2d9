"""The material of a task of the library: a pool of examples to learn from, and one to be judged on."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ranp.data import METRICS, Batch, loss, stream
from ranp.inputs import Arguments
from ranp.training.material import Answering, DivergedError, Pair
from ranp.training.parallel import Alone


@dataclass(frozen=True)
class Pools:
    """What a network learns from and what it is judged on: all examples of each, stacked along the first axis."""

    task: str
    classes: int
    train: Batch
    test: Batch

    def check(self, batch_size: int, processes: Alone) -> None:
        """Every process needs its share of a batch and of the test examples."""
        if batch_size % processes.world:
            raise ValueError(f"batches of {batch_size} cannot be shared by {processes.world} processes evenly")
        if len(self.test[1]) < processes.world:
            raise ValueError(f"{len(self.test[1])} test examples are too few for {processes.world} processes")

    def batches(self, batch_size: int, seed: int, processes: Alone) -> Iterator[Pair]:
        """Each process's share of every batch."""
        examples = len(self.train[1])
        for chosen in orders(examples, min(batch_size, examples), seed):
            yield _picked(self.train, processes.share(chosen))

    def loss(self, network: Answering, pair: Pair) -> Tensor:
        """The task's."""
        with network.speed.arithmetic(network.device):
            return loss(self.task)(network.answer(pair[0]), pair[1].to(network.device))

    def figures(self, network: Answering, batch_size: int, processes: Alone) -> dict[str, float]:
        """By the task's metric, over the examples of all processes."""
        metric = METRICS[self.task]
        found = []
        for chosen in processes.share(torch.arange(len(self.test[1]))).split(batch_size):
            given, target = _picked(self.test, chosen)
            output = network.answer(given)
            found.append(metric.rows(output.float(), target.to(network.device), self.classes))
            if not output.isfinite().all():
                raise DivergedError("the network answers with nan or infinity: it diverged; lower the learning rate")
        return metric.summary(processes.rows(torch.cat(found)))

    def shown(self, count: int) -> Pair:
        """The first of the test examples."""
        return _picked(self.test, torch.arange(min(count, len(self.test[1]))))


def orders(examples: int, batch_size: int, seed: int) -> Iterator[Tensor]:
    """Indices of batch after batch: every pass over the examples in a new order, incomplete batches left out.

    >>> [batch.tolist() for batch, _ in zip(orders(5, 2, seed=0), range(3))]
    [[1, 3], [0, 4], [0, 3]]
    """
    generator = stream(seed, 0)
    while True:
        order = torch.randperm(examples, generator=generator)
        yield from order[: examples // batch_size * batch_size].split(batch_size)


def _picked(pool: Batch, chosen: Tensor) -> tuple[Arguments, Tensor]:
    inputs = pool[0]
    members = inputs if isinstance(inputs, tuple) else (inputs,)
    return Arguments(tuple(member[chosen] for member in members)), pool[1][chosen]
