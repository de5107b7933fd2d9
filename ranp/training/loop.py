"""Short training runs: some steps with AdamW on a pool of examples, judged on others on the way.

    AdamW, weight decay 1e-4; one-cycle learning rate (`ranp.training.schedule`); gradients clipped to length 5

A run is a function of the network's weights, the material and the seed: every network of a comparison sees the same
batches in the same order. Time that is spent on judging does not count as training.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import torch
from torch import nn

from ranp.models import Recipe
from ranp.training.material import Answering, DivergedError, Material
from ranp.training.parallel import Alone
from ranp.training.point import Point
from ranp.training.schedule import one_cycle
from ranp.training.speed import Speed

WEIGHT_DECAY = 1e-4
CLIP = 5.0

OptimizerOf = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]


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
    def figures(self) -> Mapping[str, float]:
        """The figures at the end."""
        return self.curve[-1].figures


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
    material: Material,
    recipe: Recipe,
    seed: int,
    seconds: float | None = None,
    speed: Speed | None = None,
    processes: Alone | None = None,
    watch: Callable[[Step], None] | None = None,
    optimizer: OptimizerOf | None = None,
    judge_first: bool = False,
) -> Trained:
    """Train ``model`` in place for ``recipe.steps`` steps, or for ``seconds`` of work instead.

    ``seconds`` are CPU-seconds of this process on the CPU and wall time elsewhere. ``watch`` is called after every step
    and may raise to stop the run. With several ``processes`` each works on its share of every batch. ``optimizer``
    makes another than AdamW of the parameters; its own learning rates are then the peaks of the schedule. With
    ``judge_first`` the curve begins at step 0, with the loss on the first batch: where training goes on. Raises
    `DivergedError` where the loss is no longer finite, and ``ValueError`` where a batch cannot be shared evenly.
    """
    processes, speed = processes or Alone(), speed or Speed()
    material.check(recipe.batch_size, processes)
    if seconds is not None and processes.world > 1:
        raise ValueError("several processes train for equal steps, not for equal time")
    with torch.random.fork_rng():
        torch.manual_seed(seed)  # for dropout
        made = _adamw(model, recipe) if optimizer is None else optimizer(model.parameters())
        network, made = processes.prepare(model, made)
        pace = _Pace(made, momentum=optimizer is None)
        network = speed.prepare(network)
        return _steps(network, made, pace, material, recipe, seed, seconds, speed, processes, watch, judge_first)


def judge(model: nn.Module, material: Material, batch_size: int, speed: Speed, processes: Alone) -> dict[str, float]:
    """Figures of the network's answers to what is held out; `DivergedError` where none can be given."""
    model.eval()
    with torch.no_grad():
        figures = material.figures(Answering(model, processes.device, speed), batch_size, processes)
    model.train()
    return figures


def _adamw(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    return torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate, weight_decay=WEIGHT_DECAY)


def _steps(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    pace: "_Pace",
    material: Material,
    recipe: Recipe,
    seed: int,
    seconds: float | None,
    speed: Speed,
    processes: Alone,
    watch: Callable[[Step], None] | None,
    judge_first: bool,
) -> Trained:
    batches = material.batches(recipe.batch_size, seed, processes)
    network = Answering(model, processes.device, speed)
    clock, curve, losses = _Clock(), list[Point](), list[float]()
    step, done, judged = 0, 0.0, 0
    before = judge(model, material, recipe.batch_size, speed, processes) if judge_first else None
    model.train()
    while done < 1:
        with clock:
            pair = next(batches)
            pace.set(done)
            value = material.loss(network, pair)
            losses.append(processes.mean(value.item()))
            if not math.isfinite(losses[-1]):
                raise DivergedError(
                    f"the loss is {losses[-1]} at step {step + 1}: the run diverged; lower the learning rate, now "
                    f"{pace.peak:g}"
                )
            if before is not None and step == 0:
                curve.append(Point(0, 0.0, losses[0], before))
            optimizer.zero_grad(set_to_none=True)
            processes.backward(value)
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
        step += 1
        done = step / recipe.steps if seconds is None else clock.work(processes.device) / seconds
        point = None
        if done >= (judged + 1) / recipe.evaluations or done >= 1:
            judged += 1
            figures = judge(model, material, recipe.batch_size, speed, processes)
            point = Point(step, clock.work(processes.device), sum(losses) / len(losses), figures)
            curve.append(point)
            last, losses = losses[-1], []
        else:
            last = losses[-1]
        if watch is not None:
            watch(Step(step, min(done, 1.0), last, point))
    return Trained(tuple(curve), step, clock.wall, clock.cpu)


class _Pace:
    """Sets the learning rates, whose peaks are those that the optimizer began with, and AdamW's momentum."""

    def __init__(self, optimizer: torch.optim.Optimizer, momentum: bool) -> None:
        self._groups, self._momentum = optimizer.param_groups, momentum
        self._peaks = [float(group["lr"]) for group in self._groups]

    @property
    def peak(self) -> float:
        """The largest of the rates at their peak."""
        return max(self._peaks)

    def set(self, done: float) -> None:
        """As it is when this share of the training lies behind."""
        now = one_cycle(done)
        for group, peak in zip(self._groups, self._peaks, strict=True):
            group["lr"] = peak * now.rate
            if self._momentum:
                group["betas"] = (now.momentum, group["betas"][1])
