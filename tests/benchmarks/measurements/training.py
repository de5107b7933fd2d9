"""What pruning gains in a training step, and what each way to train faster adds to that.

The pruned network is RANP-f's at 15% of the MACs. A step is forward, loss, backward and AdamW, on one batch of the
preset's recipe. Each option is set beside the same network without it; above 1 it is faster. Compiled networks run in a
process of their own, which they may take down with them.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from ranp.checks import Check, Contestant
from ranp.checks.contestants import Shared, built_contestant
from ranp.data import loss
from ranp.selection import PruningConfig
from ranp.subject import Subject
from ranp.training import Speed

from ..child import figure
from ..row import Row
from ..timing import taking_turns

NETWORKS = (
    ("unet3d", "classroom"),
    ("mobilenetv2", "classroom"),
    ("psmnet", "classroom"),
)
BUDGETS = {"mobilenetv2": 0.25, "psmnet": 0.2}
PAIRS = 5
SPEEDS = {
    "channels-last": Speed(channels_last=True),
    "bfloat16": Speed(bfloat16=True),
}
COMPILED = ("unet3d", "mobilenetv2")
"""PSMNet takes more than five minutes to compile."""
MULTIPLES = (8, 16)


def measure() -> list[Row]:
    return [row for name, preset in NETWORKS for row in _rows(name, preset)]


def _check(name: str, preset: str) -> Check:
    subject = Subject(name, preset)
    pruning = PruningConfig("ranp-f", budget=("macs", BUDGETS.get(name, 0.15)), lam=subject.lam)
    return Check(subject, (Contestant(), Contestant(pruning)))


def _rows(name: str, preset: str) -> list[Row]:
    check = _check(name, preset)
    full, macs = _step(check, check.contestants[0])
    pruned, kept = _step(check, check.contestants[1])
    title = f"{name} {preset}"
    rows = [_row(f"step of {title}, pruned", pruned, full, "full network", f"{kept / macs:.0%} of the MACs")]
    for option, speed in SPEEDS.items():
        faster, _ = _step(replace(check, speed=speed), check.contestants[1])
        rows.append(_row(f"... with {option}", faster, pruned, "pruned, without", title))
    if name in COMPILED:
        rows += _compiled(name, preset, rows[0].ours)
    for multiple in MULTIPLES:
        pruning = check.contestants[1].pruning
        assert pruning is not None
        rounded, more = _step(check, Contestant(replace(pruning, multiple=multiple)))
        how = f"{title}; {more / macs:.0%} of the MACs"
        rows.append(_row(f"... with channels in steps of {multiple}", rounded, pruned, "pruned, without", how))
    if name == "psmnet":
        another = replace(check.subject, arguments={"upsampling": "disparity"})
        cheaper, _ = _step(replace(check, subject=another), check.contestants[1])
        rows.append(
            _row("... with the disparity upsampled", cheaper, pruned, "pruned, without", f"{title}; another network")
        )
    return rows


def _compiled(name: str, preset: str, plain: float) -> list[Row]:
    """One row, or none where there is no compiler or the compiled network crashes."""
    try:
        gain = figure("-m", __name__, name, preset)
    except RuntimeError as error:
        print(
            f"{name} {preset} with torch.compile: failed on this machine: {str(error).splitlines()[-1]}",
            file=sys.stderr,
        )
        return []
    how = f"{name} {preset}; after compiling, in a process of its own"
    return [Row("... with torch.compile", plain / gain, "s", None, how, plain, "pruned, without", gain)]


def compiled_gain(name: str, preset: str) -> float:
    check = _check(name, preset)
    pruned, _ = _step(check, check.contestants[1])
    compiled, _ = _step(replace(check, speed=Speed(compiled=True)), check.contestants[1])
    return 1 / taking_turns(compiled, pruned, PAIRS, warmup=2)[2]


def _row(name: str, ours: Callable[[], float], beside: Callable[[], float], beside_name: str, how: str) -> Row:
    fast, slow, share = taking_turns(ours, beside, PAIRS, warmup=2)
    return Row(name, fast, "s", None, f"{how}; median of {PAIRS} pairs", slow, beside_name, 1 / share)


def _step(check: Check, contestant: Contestant) -> tuple[Callable[[], float], int]:
    """CPU-seconds of one step, and the network's MACs; another process that takes the core does not count."""
    shared = Shared(check)
    model, cost = built_contestant(check, contestant, shared)
    prepared: nn.Module = check.speed.prepare(model.train())
    optimizer = torch.optim.AdamW(model.parameters())
    inputs, target = shared.pool(check.used_recipe.batch_size, 1000, "train")
    members: tuple[Any, ...] = inputs if isinstance(inputs, tuple) else (inputs,)
    members = check.speed.laid_out(members)
    preset = check.subject.library_preset
    assert preset is not None
    criterion = loss(preset.task)

    def step() -> float:
        began = time.process_time()
        with check.speed.arithmetic(torch.device("cpu")):
            value = criterion(prepared(*members), target)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        optimizer.step()
        return time.process_time() - began

    return step, cost.macs


if __name__ == "__main__":
    print(compiled_gain(*sys.argv[1:]))
