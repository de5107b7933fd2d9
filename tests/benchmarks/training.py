"""What pruning gains in a training step, and what each way to train faster adds to that.

The pruned network is RANP-f's at 15% of the MACs. A step is forward, loss, backward and AdamW, on one batch of the
preset's recipe. Each option is set beside the same network without it; above 1 it is faster.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from ranp.check import Check, Contestant
from ranp.checking import Subject, built_contestant
from ranp.config import PruningConfig
from ranp.data import loss
from ranp.models import find_preset
from ranp.speed import Speed

from .row import Row
from .timing import taking_turns

NETWORKS = (
    ("unet3d", "classroom"),
    ("unet3d", "classroom-shapes"),
    ("mobilenetv2", "classroom"),
    ("psmnet", "classroom"),
)
BUDGETS = {"mobilenetv2": 0.25, "psmnet": 0.2}
PAIRS = 7
SPEEDS = {
    "channels-last": Speed(channels_last=True),
    "bfloat16": Speed(bfloat16=True),
    "torch.compile": Speed(compiled=True),
}
MULTIPLES = (4, 8, 16)


def measure() -> list[Row]:
    return [row for name, preset in NETWORKS for row in _rows(name, preset)]


def _rows(name: str, preset: str) -> list[Row]:
    pruning = PruningConfig("ranp-f", budget=("macs", BUDGETS.get(name, 0.15)), lam=find_preset(name, preset).lam)
    check = Check(name, (Contestant(), Contestant(pruning)), preset)
    full, macs = _step(check, check.contestants[0])
    pruned, kept = _step(check, check.contestants[1])
    title = f"{name} {preset}"
    rows = [_row(f"step of {title}, pruned", pruned, full, "full network", f"{kept / macs:.0%} of the MACs")]
    for option, speed in SPEEDS.items():
        try:
            faster, _ = _step(replace(check, speed=speed), check.contestants[1])
            rows.append(_row(f"... with {option}", faster, pruned, "pruned, without", title))
        except Exception as error:  # torch.compile fails in many ways where there is no compiler
            print(f"{title} with {option}: not on this machine ({str(error).splitlines()[0]})")
    for multiple in MULTIPLES:
        rounded, more = _step(check, replace(check.contestants[1], multiple=multiple))
        how = f"{title}; {more / macs:.0%} of the MACs"
        rows.append(_row(f"... with channels in steps of {multiple}", rounded, pruned, "pruned, without", how))
    if name == "psmnet":
        cheaper, _ = _step(replace(check, arguments={"upsampling": "disparity"}), check.contestants[1])
        rows.append(
            _row("... with the disparity upsampled", cheaper, pruned, "pruned, without", f"{title}; another network")
        )
    return rows


def _row(name: str, ours: Callable[[], float], beside: Callable[[], float], beside_name: str, how: str) -> Row:
    fast, slow, share = taking_turns(ours, beside, PAIRS, warmup=2)
    return Row(name, fast, "s", None, f"{how}; median of {PAIRS} pairs", slow, beside_name, 1 / share)


def _step(check: Check, contestant: Contestant) -> tuple[Callable[[], float], int]:
    """CPU-seconds of one step, and the network's MACs; another process that takes the core does not count."""
    subject = Subject(check)
    model, cost = built_contestant(check, contestant, subject)
    prepared: nn.Module = check.speed.prepare(model.train())
    optimizer = torch.optim.AdamW(model.parameters())
    inputs, target = subject.pool(check.used_recipe.batch_size, 1000, "train")
    members: tuple[Any, ...] = inputs if isinstance(inputs, tuple) else (inputs,)
    members = check.speed.laid_out(members)
    criterion = loss(check.task)

    def step() -> float:
        began = time.process_time()
        with check.speed.arithmetic(torch.device("cpu")):
            value = criterion(prepared(*members), target)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        optimizer.step()
        return time.process_time() - began

    return step, cost.macs
