"""What a training step takes: the arguments that say which step is meant, its peak memory, and how costs are told."""

import argparse
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from torch import nn

from ranp.cli.beside import Beside
from ranp.cli.report import binary_bytes, share_rows
from ranp.inputs import InputSpec
from ranp.plan import Plan, Snapped, off_in_words
from ranp.resources import OPTIMIZERS, checked_batch, peak_training_bytes
from ranp.subject import Network
from ranp.timing import TimeTable
from ranp.units import duration

log = logging.getLogger(__name__)

PEAK = "peak_training_bytes"


def add_step(parser: argparse.ArgumentParser) -> None:
    """Of which training step the peak memory is told and limited."""
    group = parser.add_argument_group("training step, of which the peak memory is told")
    group.add_argument(
        "--batch",
        type=int,
        metavar="N",
        help="how many examples it takes (default: as many as the network's input, or as those of --time-table)",
    )
    group.add_argument("--optimizer", choices=OPTIMIZERS, default="adamw", help="(default: %(default)s)")


def chosen_batch(args: argparse.Namespace, network: Network, table: TimeTable | None = None) -> int:
    """How many examples the step takes: as many as are asked for, else as the time table is of."""
    if args.batch is None:
        return network.inputs().batch if table is None else table.batch
    return checked_batch(args.batch)


def training_bytes(network: Network, model: nn.Module, inputs: InputSpec, optimizer: str = "adamw") -> int | None:
    """Peak memory of training ``model``, the network or what stays of it; None with a warning where it cannot train.

    The library's own networks are made of what needs the same memory by the kernels of any device.
    """
    try:
        return peak_training_bytes(model, inputs, optimizer, any_device=network.preset is not None)
    except ValueError as error:
        log.warning("peak training memory is unknown: %s", error)
        return None


def training_bytes_beside(network: Network, batch: int | None = None, optimizer: str = "adamw") -> Beside[int | None]:
    """The same for the whole network, while it is being traced.

    The user's own code is not run in two processes, nor is a process forked that has looked through a checkpoint.
    """
    return Beside(
        lambda: training_bytes(network, network.shapes(), network.inputs(batch), optimizer),
        fork=network.preset is not None and network.checkpoint is None,
    )


def costs(plan: Plan) -> dict[str, Any]:
    """What a plan's network costs before and after, and of which training step the peak is, ready for JSON."""
    steps = {cost.cost: cost for cost in plan.step_costs}
    return {
        "full": {**plan.full.as_dict(), **{name: cost.full for name, cost in steps.items()}},
        "pruned": {**plan.pruned.as_dict(), **{name: cost.pruned for name, cost in steps.items()}},
        "step_costs": [cost.as_dict() for cost in plan.step_costs],
        "snapped": None if plan.snapped is None else asdict(plan.snapped),
    }


def layer_rows(plan: Plan) -> list[dict[str, Any]]:
    """Each layer with what stays of it and, where a time table told them, its seconds; ready for JSON."""
    return [
        {
            "name": layer.name,
            "neurons": layer.neurons,
            "kept": layer.kept,
            **{name: value for cost in plan.step_costs for name, value in cost.of_layer(layer.name).items()},
        }
        for layer in plan.layers
    ]


def all_share_rows(full: dict[str, Any], *pruned: dict[str, Any]) -> list[list[str]]:
    """`share_rows`, and one of what a training step takes where the full network's is told."""
    rows = share_rows(full, *pruned)
    for name, (title, text) in STEP_ROWS.items():
        whole = full.get(name)
        if whole is not None:
            left = [one.get(name) for one in pruned]
            cells = [
                cell for one in left for cell in (("unknown", "") if one is None else (text(one), f"{one / whole:.1%}"))
            ]
            rows.append([title, text(whole), *cells])
    return rows


STEP_ROWS: dict[str, tuple[str, Callable[[float], str]]] = {
    PEAK: ("training memory", binary_bytes),
    "step_seconds": ("training step", duration),
    "inference_seconds": ("inference", duration),
}
"""What a step takes, by the name of the cost: what it is called, and how it is written."""


def step_in_words(step_costs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of which step the memory and the time are."""
    return [
        _STEP_WORDS[cost["budget"]].format_map(
            defaultdict(lambda: "unknown", cost["terms"], off=off_in_words(cost["terms"]))
        )
        for cost in step_costs
    ]


def snapped_in_words(snapped: dict[str, Any] | None) -> list[str]:
    """What moving counts to fast ones did, where that was asked for."""
    return [] if snapped is None else [str(Snapped(**snapped))]


_STEP_WORDS = {
    "peak": "training memory: what tensors hold at the peak of a step at batch {batch} ({optimizer}, {precision})",
    "time": "training step: at batch {batch} on {machine} ({device}, {threads} threads), by a table of its "
    "operations, {off}",
    "inference": "inference: at batch {batch}, by the same table, {off}",
}
