"""Scoring beside one plain forward and backward of the same batch: time, and the memory that it takes."""

import gc
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

import ranp
import ranp.data
from ranp.models import ARCHITECTURES

from ..child import figure
from ..memory import peak
from ..row import Row
from ..timing import seconds, taking_turns

Loss = Callable[[Any, Tensor], Tensor]

ARCHITECTURE, PRESET, BATCH_SIZE = "unet3d", "classroom", 4
TIME_REPEATS = 41
MEMORY_REPEATS = 15
HOW = f"{ARCHITECTURE} {PRESET}, one batch of {BATCH_SIZE}"


def prepare() -> tuple[nn.Module, tuple[Tensor, Tensor], Loss]:
    model = ranp.build(ARCHITECTURE, PRESET)
    preset = ARCHITECTURES[ARCHITECTURE].presets[PRESET]
    (batch,) = ranp.data.batches(
        preset.task, preset.input_shapes[0], classes=preset.arguments["classes"], batch_size=BATCH_SIZE, count=1, seed=0
    )
    return model, batch, ranp.data.loss(preset.task)


def plain(model: nn.Module, batch: tuple[Tensor, Tensor], loss: Loss) -> None:
    inputs, target = batch
    model.zero_grad(set_to_none=True)
    loss(model(inputs), target).backward()


def scored(model: nn.Module, batch: tuple[Tensor, Tensor], loss: Loss) -> None:
    model.zero_grad(set_to_none=True)
    ranp.importance(model, [batch], loss)


SIDES = {"plain": plain, "scored": scored}


def time_row() -> Row:
    setting = prepare()
    ours, beside, ratio = taking_turns(
        lambda: seconds(lambda: scored(*setting)), lambda: seconds(lambda: plain(*setting)), TIME_REPEATS, warmup=2
    )
    return Row(
        name="score: time",
        ours=ours,
        unit="s",
        beside=beside,
        beside_name="forward and backward",
        ratio=ratio,
        limit=1.05,
        how=f"{HOW}; median of {TIME_REPEATS} neighbouring pairs, {torch.get_num_threads()} threads",
    )


def extra_peak(side: str) -> int:
    """How far the peak rises above what the process held before: weights, batch and libraries are left out."""
    setting = prepare()
    gc.collect()
    before = peak()
    SIDES[side](*setting)
    return peak() - before


def memory_row() -> Row:
    ours, beside, ratio = taking_turns(
        lambda: figure("-m", __name__, "scored"), lambda: figure("-m", __name__, "plain"), MEMORY_REPEATS, warmup=0
    )
    return Row(
        name="score: peak memory",
        ours=ours,
        unit="bytes",
        beside=beside,
        beside_name="forward and backward",
        ratio=ratio,
        limit=1.1,
        how=f"{HOW}; rise of the peak over the process before it, fresh processes, median of {MEMORY_REPEATS} pairs",
    )


def measure() -> list[Row]:
    return [time_row(), memory_row()]


if __name__ == "__main__":
    print(extra_peak(sys.argv[1]))
