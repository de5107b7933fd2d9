"""What a training step takes: the arguments that say which step is meant, its peak memory, and how costs are told."""

import argparse
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import nn

from ranp.cli.beside import Beside
from ranp.cli.report import binary_bytes, share_rows
from ranp.graph import ChannelGraph
from ranp.inputs import InputSpec
from ranp.plan import Plan
from ranp.resources import OPTIMIZERS, checked_batch, peak_training_bytes
from ranp.selection import Pricers
from ranp.subject import Network
from ranp.timing import TimePrices, read_table, read_work

log = logging.getLogger(__name__)

PEAK = "peak_training_bytes"


def add_step(parser: argparse.ArgumentParser) -> None:
    """Of which training step the peak memory is told and limited."""
    group = parser.add_argument_group("training step, of which the peak memory is told")
    group.add_argument(
        "--batch", type=int, metavar="N", help="how many examples it takes (default: as many as the network's input)"
    )
    group.add_argument("--optimizer", choices=OPTIMIZERS, default="adamw", help="(default: %(default)s)")


def add_time_table(parser: argparse.ArgumentParser) -> None:
    """The table that a budget of time needs."""
    parser.add_argument(
        "--time-table",
        type=Path,
        metavar="FILE",
        help="from 'ranp time --out FILE': what a budget of time is read from",
    )


def other_pricers(args: argparse.Namespace, network: Network, graph: ChannelGraph, batch: int) -> Pricers:
    """What tells the time of a training step, where a table of it is given."""
    if args.time_table is None:
        return {}
    work = read_work(network.shapes(), graph, batch=batch, optimizer=args.optimizer)
    return {"time": TimePrices(graph, work, read_table(args.time_table)).pricer()}


def check_time_table(args: argparse.Namespace) -> None:
    """Raise ``ValueError`` for a budget of time without the table that it needs, before anything is computed."""
    if args.time_table is None and "time" in dict(args.budget or ()):
        raise ValueError("a budget of time needs --time-table FILE, measured by 'ranp time ... --out FILE'")
    if args.time_table is not None:
        read_table(args.time_table)


def chosen_batch(args: argparse.Namespace, network: Network) -> int:
    """How many examples the step takes."""
    return checked_batch(network.inputs().batch if args.batch is None else args.batch)


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
        "step_costs": [asdict(cost) for cost in plan.step_costs],
    }


def all_share_rows(full: dict[str, Any], *pruned: dict[str, Any]) -> list[list[str]]:
    """`share_rows`, and one of what a training step takes where the full network's is told."""
    rows = share_rows(full, *pruned)
    for name, (title, text) in _STEP_ROWS.items():
        whole = full.get(name)
        if whole is not None:
            left = [one.get(name) for one in pruned]
            cells = [
                cell for one in left for cell in (("unknown", "") if one is None else (text(one), f"{one / whole:.1%}"))
            ]
            rows.append([title, text(whole), *cells])
    return rows


_STEP_ROWS: dict[str, tuple[str, Callable[[float], str]]] = {
    PEAK: ("training memory", binary_bytes),
    "step_seconds": ("training step", lambda seconds: f"{1000 * seconds:.1f} ms"),
}


def step_in_words(step_costs: list[dict[str, Any]]) -> list[str]:
    """Of which step the memory and the time are."""
    return [
        _STEP_WORDS[cost["budget"]].format_map(defaultdict(lambda: "unknown", cost["terms"])) for cost in step_costs
    ]


_STEP_WORDS = {
    "peak": "training memory: what tensors hold at the peak of a step at batch {batch} ({optimizer}, {precision})",
    "time": "training step: at batch {batch} on {machine} ({device}, {threads} threads), by a table of its operations",
}
