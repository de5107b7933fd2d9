"""Short training runs: some steps with AdamW on a pool of examples, judged on others on the way.

    AdamW, weight decay 1e-4; one-cycle learning rate (`ranp.training.schedule`); gradients clipped to length 5

A run is a function of the network's weights, the material and the seed: every network of a comparison sees the same
batches in the same order. Time that is spent on judging does not count as training.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

import torch
from torch import nn

from ranp.models import Recipe
from ranp.training.between import Between, Ran
from ranp.training.material import Answering, DivergedError, Material, Pair
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
    between: Between | None = None,
) -> Trained:
    """Train ``model`` in place for ``recipe.steps`` steps, or for ``seconds`` of work instead.

    ``seconds`` are CPU-seconds of this process on the CPU and wall time elsewhere. ``watch`` is called after every step
    and may raise to stop the run. With several ``processes`` each works on its share of every batch. ``optimizer``
    makes another than AdamW of the parameters; its own learning rates are then the peaks of the schedule. With
    ``judge_first`` the curve begins at step 0, with the loss on the first batch: where training goes on. ``between`` is
    asked at every step what else happens to the network. Raises `DivergedError` where the loss is no longer finite, and
    ``ValueError`` where a batch cannot be shared evenly.
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
        run = _Run(network, made, pace, material, recipe, seconds, speed, processes, watch, between or Between())
        return run.all(seed, judge_first)


def judge(model: nn.Module, material: Material, batch_size: int, speed: Speed, processes: Alone) -> dict[str, float]:
    """Figures of the network's answers to what is held out; `DivergedError` where none can be given."""
    model.eval()
    with torch.no_grad():
        figures = material.figures(Answering(model, processes.device, speed), batch_size, processes)
    model.train()
    return figures


def _adamw(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    return torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate, weight_decay=WEIGHT_DECAY)


@dataclass(frozen=True)
class _Run:
    """A run and all that it works with."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    pace: "_Pace"
    material: Material
    recipe: Recipe
    seconds: float | None
    speed: Speed
    processes: Alone
    watch: Callable[[Step], None] | None
    between: Between

    def all(self, seed: int, judge_first: bool) -> Trained:
        """Every step from the first one, or from where a run that was cut short goes on."""
        gone_on = self.between.begin(self.optimizer)
        ran = gone_on or Ran()
        before = self._judged() if judge_first and gone_on is None else None
        self.model.train()
        if gone_on is not None:
            self._tell(ran, ran.losses[-1])
        batches = islice(self.material.batches(self.recipe.batch_size, seed, self.processes), ran.step, None)
        while ran.done < 1:
            with ran:
                pair = next(batches)
                norm = self._step(ran, pair, before)
            ran.step += 1
            self.between.count(ran, pair)
            ran.done = self._done(ran)
            self.between.after(ran, norm)
            self._tell(ran, ran.losses[-1])
        return Trained(tuple(ran.curve), ran.step, ran.wall, ran.cpu)

    def _step(self, ran: Ran, pair: Pair, before: Mapping[str, float] | None) -> float:
        """One step; the norm of its gradient. ``before`` are figures of the network as it begins."""
        self.pace.set(*self.between.pace(ran.done))
        value = self.material.loss(Answering(self.model, self.processes.device, self.speed), pair)
        loss = self.processes.mean(value.item())
        if not math.isfinite(loss):
            raise DivergedError(
                f"the loss is {loss} at step {ran.step + 1}: the run diverged; lower the learning rate, now "
                f"{self.pace.peak:g}"
            )
        ran.losses.append(loss)
        if before is not None and ran.step == 0:
            ran.curve.append(Point(0, 0.0, loss, before))
        self.optimizer.zero_grad(set_to_none=True)
        penalty = self.between.penalty()
        self.processes.backward(value if penalty is None else value + penalty)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.optimizer.step()
        return float(norm)

    def _done(self, ran: Ran) -> float:
        share = self.between.done(ran)
        if share is not None:
            return share
        return ran.step / self.recipe.steps if self.seconds is None else ran.work(self.processes.device) / self.seconds

    def _tell(self, ran: Ran, loss: float) -> None:
        """Judge the network where that is due, and tell who watches."""
        point = None
        if ran.done >= (ran.judged + 1) / self.recipe.evaluations or ran.done >= 1:
            ran.judged += 1
            mean = sum(ran.losses) / len(ran.losses)
            point = Point(ran.step, ran.work(self.processes.device), mean, self._judged())
            ran.curve.append(point)
            ran.losses = []
        if self.watch is not None:
            self.watch(Step(ran.step, min(ran.done, 1.0), loss, point))

    def _judged(self) -> dict[str, float]:
        return judge(self.model, self.material, self.recipe.batch_size, self.speed, self.processes)


class _Pace:
    """Sets the learning rates, whose peaks are those that the optimizer began with, and AdamW's momentum."""

    def __init__(self, optimizer: torch.optim.Optimizer, momentum: bool) -> None:
        self._optimizer, self._momentum = optimizer, momentum
        self._peaks = [float(group["lr"]) for group in optimizer.param_groups]

    @property
    def peak(self) -> float:
        """The largest of the rates at their peak."""
        return max(self._peaks)

    def set(self, done: float, factor: float = 1.0) -> None:
        """As it is when this share of the training lies behind; ``factor`` lowers the peaks."""
        now = one_cycle(done)
        for group, peak in zip(self._optimizer.param_groups, self._peaks, strict=True):
            group["lr"] = peak * factor * now.rate
            if self._momentum:
                group["betas"] = (now.momentum, group["betas"][1])
