"""One network of the papers, trained on the real data for as many epochs as there, and tested; resumable."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

import ranp
from ranp.data import METRICS
from ranp.data.task import Batch, Inputs
from ranp.fingerprint import fingerprint
from tests.benchmarks.papers import checkpoint
from tests.benchmarks.papers.examples import Samples, epoch_of, to_test
from tests.benchmarks.papers.network import Size, planned, started


@dataclass(frozen=True)
class Run:
    """What is trained, on which files, for how long and from which seed."""

    size: Size
    contestant: str
    folder: Path
    epochs: int
    seed: int = 0
    device: str = "cpu"
    workers: int = 0

    @property
    def name(self) -> str:
        """Of its files."""
        setting = self.size.setting
        return f"{setting.architecture}-{setting.preset}-{self.contestant}-seed{self.seed}"

    def key(self, samples: int) -> str:
        """By what it is told from others: all that its result hangs on, but the files' content and the processor."""
        setting = self.size.setting
        return fingerprint(
            run=[setting.architecture, setting.preset, self.contestant, self.epochs, self.seed, self.size.trial],
            schedule=[setting.batch_size, [setting.rate(epoch + 1) for epoch in range(self.epochs)]],
            arguments=self.size.arguments,
            shapes=self.size.shapes,
            samples=samples,
            versions=[ranp.__version__, torch.__version__],
        )


def trained(run: Run, out: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """The result of the run, JSON-ready; its checkpoint and its plan lie in ``out``, where the next call finds them.

    Raises ``ValueError`` where a sample cannot be read, where a checkpoint of another run lies in the way, and where
    the loss is no longer finite.
    """
    setting = run.size.setting
    learns = Samples(run.size, run.folder, "train", run.seed)
    tested = Samples(run.size, run.folder, "test", run.seed)
    plan = _plan(run, out / f"{run.name}-plan.zip", tell)
    model = started(run.size, plan, run.seed).to(run.device)
    optimizer = setting.optimizer(model.parameters())
    first = [float(group["lr"]) for group in optimizer.param_groups]
    file, key = out / f"{run.name}.safetensors", run.key(len(learns))
    done, found = checkpoint.load(file, key, model, optimizer)
    if done:
        tell(f"{run.name}: goes on after epoch {done} of {run.epochs}")
    for epoch in range(done + 1, run.epochs + 1):
        for group, rate in zip(optimizer.param_groups, first, strict=True):
            group["lr"] = rate * setting.rate(epoch)
        begun = time.perf_counter()
        loss = _epoch(run, model, optimizer, epoch_of(learns, setting.batch_size, run.seed, epoch, run.workers), epoch)
        found = [*found, {"epoch": epoch, "loss": loss, "seconds": round(time.perf_counter() - begun, 2)}]
        checkpoint.save(file, key, model, optimizer, epoch, found)
        tell(f"{run.name}: epoch {epoch} of {run.epochs}, loss {loss:.4f}, {found[-1]['seconds']:.0f} s")
    return _result(run, plan, found, _judged(run, model, to_test(tested, setting.batch_size, run.workers)), len(learns))


def _plan(run: Run, file: Path, tell: Callable[[str], None]) -> ranp.Plan | None:
    """None for the full network; a plan is made once, since scores may differ in their last digits between two runs."""
    if run.contestant == "full":
        return None
    if not file.exists():
        tell(f"{run.name}: scores and prunes")
        planned(run.size, run.folder, run.seed, run.device).save(file)
    return ranp.load_plan(file)


def _epoch(run: Run, model: nn.Module, optimizer: torch.optim.Optimizer, batches: Any, epoch: int) -> float:
    """One epoch; the mean loss."""
    loss_of = ranp.data.loss(run.size.task)
    torch.manual_seed(100_003 * run.seed + epoch)  # for dropout: an epoch does not hang on those before it
    model.train()
    losses = []
    for inputs, target in batches:
        loss = loss_of(_answer(model, inputs, run.device), target.to(run.device))
        if not torch.isfinite(loss):
            raise ValueError(f"the loss of {run.name} is {loss.item()} in epoch {epoch}: the run diverged")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def _judged(run: Run, model: nn.Module, batches: Any) -> dict[str, float]:
    """The task's figures over all samples that are tested on."""
    metric, rows = METRICS[run.size.task], []
    model.eval()
    with torch.no_grad():
        for batch in batches:
            rows.append(_rows(run, model, batch))
    return metric.summary(torch.cat(rows))


def _rows(run: Run, model: nn.Module, batch: Batch) -> torch.Tensor:
    inputs, target = batch
    output = _answer(model, inputs, run.device)
    return METRICS[run.size.task].rows(output.float().cpu(), target, run.size.classes)


def _answer(model: nn.Module, inputs: Inputs, device: str) -> Any:
    members = inputs if isinstance(inputs, tuple) else (inputs,)
    return model(*(member.to(device) for member in members))


def _result(
    run: Run, plan: ranp.Plan | None, found: list[dict[str, Any]], figures: dict[str, float], samples: int
) -> dict[str, Any]:
    cost = run.size.graph().cost() if plan is None else plan.pruned
    return {
        "network": f"{run.size.setting.architecture}/{run.size.setting.preset}",
        "contestant": run.contestant,
        "seed": run.seed,
        "trial": run.size.trial,
        "epochs": run.epochs,
        "examples": samples,
        "figures": figures,
        "score": figures[METRICS[run.size.task].score],
        "cost": {name: value for name, value in asdict(cost).items() if name in ("macs", "params", "activations")},
        "seconds": round(sum(each["seconds"] for each in found), 1),
        "loss": found[-1]["loss"],
    }
