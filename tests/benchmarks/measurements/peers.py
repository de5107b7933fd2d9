"""Beside what people use: tracing, counting and scoring, each on the same network in the same process.

ptflops and PyTorch's counter run the network, so they get the classroom size; a trace takes as long at any size.
Before anything is timed, the sides must agree on the answer.
"""

import sys
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch_pruning
from ptflops import get_model_complexity_info
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.utils.flop_counter import FlopCounterMode

import ranp
from ranp.graph import trace

from ..child import figure
from ..row import Row
from ..timing import seconds, taking_turns
from .scoring import HOW, prepare, scored

NAME, PRESET = "unet3d", "classroom"
REPEATS = 9
COLD_REPEATS = 5
SNIP = "SNIP with mask parameters"


def measure() -> list[Row]:
    return [against_torch_pruning(), *against_counters(), *against_snip()]


def setting() -> tuple[nn.Module, tuple[Tensor, ...]]:
    return ranp.build(NAME, PRESET).eval(), ranp.models.example_inputs(NAME, PRESET, device="cpu")


def against_torch_pruning() -> Row:
    """Both find out what is tied to what; ours also prices it, and traces a second time in training mode."""
    model, inputs = setting()
    ours, beside, ratio = taking_turns(
        partial(seconds, lambda: trace(model, inputs, check=False)),
        partial(seconds, lambda: torch_pruning.DependencyGraph().build_dependency(model, example_inputs=inputs)),
        REPEATS,
    )
    return Row(
        "trace: what is tied to what", ours, "s", None, f"{NAME} {PRESET}; median of {REPEATS} pairs, warm", beside,
        "torch-pruning", 1 / ratio, "at least",
    )  # fmt: skip


def count() -> int:
    model, inputs = setting()
    return trace(model, inputs, check=False).cost().macs


def count_by_ptflops() -> int:
    """Its own shortcuts for `torch.nn.functional` are left out: it then counts modules, as the papers do."""
    model, inputs = setting()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        macs, _ = get_model_complexity_info(
            model, tuple(inputs[0].shape[1:]), as_strings=False, print_per_layer_stat=False, backend="pytorch"
        )
    return int(macs)


def count_by_torch() -> int:
    model, inputs = setting()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*inputs)
    return counter.get_total_flops() // 2


def against_counters() -> list[Row]:
    if count() != count_by_torch():
        raise RuntimeError(f"the two sides disagree: {count()} MACs here, {count_by_torch()} by PyTorch's counter")
    rows = []
    for other, name in ((count_by_torch, "torch.utils.flop_counter"), (count_by_ptflops, "ptflops")):
        ours, beside, ratio = taking_turns(partial(seconds, count), partial(seconds, other), REPEATS)
        how = f"{NAME} {PRESET}, built and counted; median of {REPEATS} pairs, warm"
        rows.append(Row("count MACs", ours, "s", None, how, beside, name, 1 / ratio, "at least"))
    return rows


class Mask(nn.Module):
    """The multiplicative mask of SNIP, ones that are differentiated (Lee et al., ICLR 2019)."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.mask = nn.Parameter(torch.ones_like(weight))

    def forward(self, weight: Tensor) -> Tensor:
        return weight * self.mask


def snip(model: nn.Module, batch: tuple[Tensor, Tensor], loss: Callable[[Any, Tensor], Tensor]) -> list[Tensor]:
    """Neuron importance as SNIP's authors wrote theirs: through masks, summed over each neuron's weights."""
    masks = []
    for module in model.modules():
        if isinstance(module, (nn.Conv3d, nn.ConvTranspose3d)):
            masks.append(Mask(module.weight))
            parametrize.register_parametrization(module, "weight", masks[-1])
    inputs, target = batch
    gradients = torch.autograd.grad(loss(model(inputs), target), [one.mask for one in masks])
    for module in model.modules():
        if parametrize.is_parametrized(module):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=False)
    return [gradient.abs().flatten(1).sum(1) for gradient in gradients]


SIDES: dict[str, Callable[..., Any]] = {"ours": scored, "masks": snip}


def against_snip() -> list[Row]:
    made = prepare()
    ours, beside, ratio = taking_turns(
        partial(seconds, lambda: scored(*made)), partial(seconds, lambda: snip(*made)), 2 * REPEATS
    )
    how = f"{HOW}; median of {2 * REPEATS} pairs"
    time_row = Row("score a batch: time", ours, "s", None, how, beside, SNIP, 1 / ratio, "at least")
    ours, beside, ratio = taking_turns(
        lambda: figure("-m", __name__, "ours"), lambda: figure("-m", __name__, "masks"), COLD_REPEATS, warmup=0
    )
    how = f"{HOW}; rise of the peak over the process before it, fresh processes, median of {COLD_REPEATS} pairs"
    return [time_row, Row("score a batch: peak memory", ours, "bytes", None, how, beside, SNIP, 1 / ratio, "at least")]


def extra_peak(side: str) -> int:
    from ..memory import peak

    made = prepare()
    before = peak()
    SIDES[side](*made)
    return peak() - before


if __name__ == "__main__":
    print(extra_peak(sys.argv[1]))
