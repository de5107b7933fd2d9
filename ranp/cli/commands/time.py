"""``ranp time``: measure how long a network's operations take on this machine, as a table that prices any plan."""

import argparse
from pathlib import Path
from typing import Any

import torch

from ranp.cli.arguments import add_network
from ranp.cli.chosen import chosen_network
from ranp.cli.command import Command, Result
from ranp.cli.report import layer_name, table
from ranp.files import check_writable
from ranp.progress import ProgressBar
from ranp.subject import cache_root
from ranp.timing import (
    DEFAULT_BUDGET,
    KINDS,
    STEPS,
    TimePrices,
    TimeTable,
    estimate,
    make_table,
    read_work,
    write_table,
)


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_network(parser)
    group = parser.add_argument_group("measurement")
    group.add_argument("--batch", type=int, default=2, metavar="N", help="examples in a step (default: %(default)s)")
    group.add_argument("--device", default="cpu", help="cpu, cuda, ... (default: %(default)s)")
    group.add_argument("--threads", type=int, metavar="N", help="of the processor (default: as many as PyTorch takes)")
    group.add_argument(
        "--within",
        type=float,
        default=DEFAULT_BUDGET,
        metavar="SECONDS",
        help="take the finest grid of widths that is measured in this time (default: %(default)g)",
    )
    group.add_argument("--step", type=int, choices=STEPS, help="widths between the edges of the grid, instead")
    group.add_argument("--out", type=Path, metavar="FILE", help="write the table here (JSON), for any machine to load")


def _run(args: argparse.Namespace) -> Result:
    for name, value in (("batch", args.batch), ("threads", args.threads)):
        if value is not None and value < 1:
            raise ValueError(f"--{name} must be at least 1, not {value}")
    if args.out is not None:
        check_writable(args.out)
    if args.threads is not None:
        torch.set_num_threads(args.threads)
    network = chosen_network(args)
    graph = network.trace()
    work = [read_work(network.shapes(), graph, kind, args.batch) for kind in KINDS]
    step = args.step or estimate(work, args.device, args.within).step
    with ProgressBar("timing") as bar:

        def show(done: float, of: float) -> None:
            bar.show(done / of, f"{done:.0f} of {of:.0f} operations")

        found = make_table(network.model, graph, work, network.title, step, cache_root() / "times", args.device, show)
    if args.out is not None:
        write_table(found, args.out)
    prices = {each.kind: TimePrices(graph, each, found) for each in work}
    owners = {kind: each.by_owner() for kind, each in prices.items()}
    return {
        **described(found),
        "seconds": {kind: each.at() for kind, each in prices.items()},
        "modules": [
            {"name": name, **{kind: owners[kind].get(name, 0.0) for kind in KINDS}}
            for name in dict.fromkeys(name for each in owners.values() for name in each)
        ],
        "out": None if args.out is None else str(args.out),
    }


def described(found: TimeTable) -> dict[str, Any]:
    """What a table is of and how good it is, JSON-ready."""
    machine = found.machine
    return {
        "network": found.network,
        "machine": {"name": machine.name, "device": machine.device, "threads": machine.threads, "torch": machine.torch},
        "batch": found.batch,
        "step": found.step,
        "constants": dict(found.constants),
        "errors": dict(found.errors),
        "spread": found.spread,
        "busy": found.busy,
        "trusted": found.trusted,
        "date": found.date,
    }


def _text(result: Result) -> str:
    total = result["seconds"]
    modules = sorted(result["modules"], key=lambda module: -module["training"])
    rows = [
        [
            layer_name(module["name"]),
            *(f"{1e3 * module[kind]:.3g}" for kind in KINDS),
            f"{module['training'] / total['training']:.1%}" if total["training"] else "",
        ]
        for module in modules
    ]
    machine, errors = result["machine"], result["errors"]
    said = [
        f"{kind} {1e3 * total[kind]:.4g} ms by the table ({errors[kind]:+.0%} beside the full network's own step)"
        for kind in KINDS
    ]
    lines = [
        table(["module", "training, ms", "inference, ms", "share"], rows),
        "",
        f"{result['network']}, batch {result['batch']}, on {machine['name']} ({machine['device']}, "
        f"{machine['threads']} threads)",
        *said,
    ]
    if not result["trusted"]:
        lines.append(
            f"the machine was busy (others took {result['busy']:.1f} processors, repeats spread by "
            f"{result['spread']:.0%}): measure again when it is idle"
        )
    if result["out"]:
        lines.append(f"written to {result['out']}")
    return "\n".join(lines)


TIME = Command(
    "measure how long a network takes on this machine, at every width of its layers",
    "ranp time unet3d --batch 2 --out table.json",
    _arguments,
    _run,
    _text,
)
