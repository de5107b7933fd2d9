"""Short training runs: some steps with AdamW on a pool of examples, judged on others on the way.

    AdamW, weight decay 1e-4; one-cycle learning rate (`ranp.schedule`); gradients clipped to length 5

A run is a function of the network's weights, the pools and the seed: every network of a comparison sees the same
batches in the same order. Time that is spent on judging does not count as training.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ranp.data import Batch, Inputs, loss
from ranp.data.task import stream
from ranp.metrics import METRICS
from ranp.models import Recipe
from ranp.parallel import Alone
from ranp.schedule import one_cycle
from ranp.speed import Speed

WEIGHT_DECAY = 1e-4
CLIP = 5.0


class DivergedError(ValueError):
    """The loss or the answers are no longer finite."""


@dataclass(frozen=True)
class Point:
    """A point of the learning curve: the mean loss since the last one, and how good the answers are by then."""

    step: int
    seconds: float
    """Time of training until here, CPU-seconds of this process (wall time on an accelerator)."""
    loss: float
    figures: dict[str, float]
    """As `ranp.metrics` names them."""


@dataclass(frozen=True)
class Step:
    """What a watcher is told after every step; ``point`` where the network was judged."""

    step: int
    done: float
    """Share of the training that lies behind, 0 to 1."""
    loss: float
    point: Point | None


@dataclass(frozen=True)
class Trained:
    """How a run went; ``curve`` ends with the final figures."""

    curve: tuple[Point, ...]
    steps: int
    wall_seconds: float
    cpu_seconds: float

    @property
    def figures(self) -> dict[str, float]:
        """The figures at the end."""
        return self.curve[-1].figures


@dataclass(frozen=True)
class Pools:
    """What a network learns from and what it is judged on: all examples of each, stacked along the first axis."""

    task: str
    classes: int
    train: Batch
    test: Batch


@dataclass
class _Clock:
    """Wall and CPU time while it runs."""

    wall: float = 0.0
    cpu: float = 0.0
    _since: tuple[float, float] = field(default=(0.0, 0.0))

    def __enter__(self) -> "_Clock":
        self._since = (time.perf_counter(), time.process_time())
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self._since[0]
        self.cpu += time.process_time() - self._since[1]

    def work(self, device: torch.device) -> float:
        return self.cpu if device.type == "cpu" else self.wall


def train(
    model: nn.Module,
    pools: Pools,
    recipe: Recipe,
    seed: int,
    seconds: float | None = None,
    speed: Speed | None = None,
    processes: Alone | None = None,
    watch: Callable[[Step], None] | None = None,
) -> Trained:
    """Train ``model`` in place for ``recipe.steps`` steps, or for ``seconds`` of work instead.

    ``seconds`` are CPU-seconds of this process on the CPU and wall time elsewhere. ``watch`` is called after every step
    and may raise to stop the run. With several ``processes`` each works on its share of every batch. Raises
    `DivergedError` where the loss is no longer finite, and ``ValueError`` where a batch cannot be shared evenly.
    """
    processes, speed = processes or Alone(), speed or Speed()
    if recipe.batch_size % processes.world:
        raise ValueError(f"batches of {recipe.batch_size} cannot be shared by {processes.world} processes evenly")
    if len(pools.test[1]) < processes.world:
        raise ValueError(f"{len(pools.test[1])} test examples are too few for {processes.world} processes")
    if seconds is not None and processes.world > 1:
        raise ValueError("several processes train for equal steps, not for equal time")
    optimizer: torch.optim.Optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, weight_decay=WEIGHT_DECAY
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)  # for dropout
        network, optimizer = processes.prepare(model, optimizer)
        network = speed.prepare(network)
        return _steps(network, optimizer, pools, recipe, seed, seconds, speed, processes, watch)


def judge(model: nn.Module, pools: Pools, batch_size: int, speed: Speed, processes: Alone) -> dict[str, float]:
    """Figures of the network's answers to the test pool; `DivergedError` where none can be given."""
    metric = METRICS[pools.task]
    model.eval()
    found = []
    with torch.no_grad():
        indices = processes.share(torch.arange(len(pools.test[1])))
        for chosen in indices.split(batch_size):
            inputs, target = _picked(pools.test, chosen, processes.device, speed)
            with speed.arithmetic(processes.device):
                output = model(*inputs)
            found.append(metric.rows(output.float(), target, pools.classes))
            if not output.isfinite().all():
                raise DivergedError("the network answers with nan or infinity: it diverged; lower the learning rate")
    model.train()
    return metric.summary(processes.rows(torch.cat(found)))


def orders(examples: int, batch_size: int, seed: int) -> Iterator[Tensor]:
    """Indices of batch after batch: every pass over the examples in a new order, incomplete batches left out.

    >>> [batch.tolist() for batch, _ in zip(orders(5, 2, seed=0), range(3))]
    [[1, 3], [0, 4], [0, 3]]
    """
    generator = stream(seed, 0)
    while True:
        order = torch.randperm(examples, generator=generator)
        yield from order[: examples // batch_size * batch_size].split(batch_size)


def _steps(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    pools: Pools,
    recipe: Recipe,
    seed: int,
    seconds: float | None,
    speed: Speed,
    processes: Alone,
    watch: Callable[[Step], None] | None,
) -> Trained:
    criterion = loss(pools.task)
    batches = orders(len(pools.train[1]), min(recipe.batch_size, len(pools.train[1])), seed)
    clock, curve, losses = _Clock(), list[Point](), list[float]()
    step, done = 0, 0.0
    model.train()
    while done < 1:
        with clock:
            inputs, target = _picked(pools.train, processes.share(next(batches)), processes.device, speed)
            _set_pace(optimizer, recipe.learning_rate, done)
            with speed.arithmetic(processes.device):
                value = criterion(model(*inputs), target)
            losses.append(processes.mean(value.item()))
            if not math.isfinite(losses[-1]):
                raise DivergedError(
                    f"the loss is {losses[-1]} at step {step + 1}: the run diverged; lower the learning rate, now "
                    f"{recipe.learning_rate:g}"
                )
            optimizer.zero_grad(set_to_none=True)
            processes.backward(value)
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
        step += 1
        done = step / recipe.steps if seconds is None else clock.work(processes.device) / seconds
        point = None
        if done >= (len(curve) + 1) / recipe.evaluations or done >= 1:
            figures = judge(model, pools, recipe.batch_size, speed, processes)
            point = Point(step, clock.work(processes.device), sum(losses) / len(losses), figures)
            curve.append(point)
            last, losses = losses[-1], []
        else:
            last = losses[-1]
        if watch is not None:
            watch(Step(step, min(done, 1.0), last, point))
    return Trained(tuple(curve), step, clock.wall, clock.cpu)


def _set_pace(optimizer: torch.optim.Optimizer, learning_rate: float, done: float) -> None:
    pace = one_cycle(done)
    for group in optimizer.param_groups:
        group["lr"] = learning_rate * pace.rate
        group["betas"] = (pace.momentum, group["betas"][1])


def _picked(pool: Batch, chosen: Tensor, device: torch.device, speed: Speed) -> tuple[tuple[Tensor, ...], Tensor]:
    inputs: Inputs = pool[0]
    members = inputs if isinstance(inputs, tuple) else (inputs,)
    picked = tuple(speed.laid_out(member[chosen].to(device)) for member in members)
    return picked, pool[1][chosen].to(device)
