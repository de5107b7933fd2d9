"""``ranp time``: measure how long a network's operations take on this machine, as a table that prices any plan."""

import argparse
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from ranp.cli.arguments import add_network
from ranp.cli.chosen import chosen_network
from ranp.cli.command import Command, Result
from ranp.cli.report import layer_name, table
from ranp.files import check_writable
from ranp.graph import ChannelGraph
from ranp.progress import ProgressBar
from ranp.subject import Network, cache_root
from ranp.timing import (
    DEFAULT_BUDGET,
    KINDS,
    STEPS,
    Estimate,
    Machine,
    TimePrices,
    TimeTable,
    Work,
    estimate,
    keep_table,
    make_table,
    read_work,
    this_machine,
    write_table,
)

log = logging.getLogger(__name__)


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
        help="take the finest grid of widths that is measured in this time; where none is, measure what takes most of "
        "a step, and price the rest by it (default: %(default)g)",
    )
    group.add_argument("--step", type=int, choices=STEPS, help="widths between the edges of the grid, instead")
    group.add_argument("--out", type=Path, metavar="FILE", help="write the table here (JSON), for any machine to load")


def _run(args: argparse.Namespace) -> Result:
    for name, value in (("batch", args.batch), ("threads", args.threads)):
        if value is not None and value < 1:
            raise ValueError(f"--{name} must be at least 1, not {value}")
    if not args.within > 0:
        raise ValueError(f"--within must be a number of seconds above 0, not {args.within:g}")
    if args.out is not None:
        check_writable(args.out)
    if args.threads is not None:
        torch.set_num_threads(args.threads)
    machine = this_machine(args.device)
    network = chosen_network(args)
    graph = network.trace()
    work = [read_work(network.shapes(), graph, kind, args.batch) for kind in KINDS]
    with _enough_memory(args.batch):
        found = _measured(args, machine, network, graph, work)
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


def _measured(
    args: argparse.Namespace, machine: Machine, network: Network, graph: ChannelGraph, work: list[Work]
) -> TimeTable:
    """The table; where somebody stops it, a word says that what was timed is kept."""
    folder = cache_root() / "times"
    within = Estimate(args.step, 0.0) if args.step else estimate(work, args.device, args.within, folder, machine)
    done = 0
    with ProgressBar("timing") as bar:

        def show(number: int, of: int) -> None:
            nonlocal done
            done = number
            bar.show(number / of, f"{number} of {of} operations")

        try:
            found = make_table(
                network.model, graph, work, network.title, within.step, folder, args.device, show, within
            )
        except KeyboardInterrupt:
            log.warning(
                "stopped with %d operations timed; the same command goes on from there (they are kept in %s)",
                done, folder,
            )  # fmt: skip
            raise
    keep_table(folder, network.provenance, network.inputs(), found)
    return found


@contextmanager
def _enough_memory(batch: int) -> Iterator[None]:
    """Say in a sentence that there is too little of it; other failures are ours and go on."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise ValueError(
                f"this machine has too little memory for a step of {batch:,} examples; choose a smaller --batch, or a "
                "smaller size of the network"
            ) from error
        raise


def described(found: TimeTable) -> dict[str, Any]:
    """What a table is of and how good it is, JSON-ready."""
    machine = found.machine
    return {
        "network": found.network,
        "machine": {"name": machine.name, "device": machine.device, "threads": machine.threads, "torch": machine.torch},
        "batch": found.batch,
        "step": found.step,
        "constants": dict(found.constants),
        "per_element": dict(found.per_element),
        "errors": dict(found.errors),
        "spread": found.spread,
        "busy": found.busy,
        "trusted": found.trusted,
        "measured": found.measured,
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
    said = [f"{kind} {1e3 * total[kind]:.4g} ms by the table ({_beside(errors.get(kind))})" for kind in KINDS]
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
    if result["measured"] < 1:
        lines.append(
            f"measured: operations that take {result['measured']:.0%} of a training step; the others are priced by "
            "these; allow more time with --within, and the same command goes on from there"
        )
    if result["out"]:
        lines.append(f"written to {result['out']}")
    return "\n".join(lines)


def _beside(error: float | None) -> str:
    if error is None:
        return "no whole step was timed: it takes too long"
    return f"{error:+.0%} beside a step of the network with half of its neurons, to which nothing was fitted"


TIME = Command(
    "measure how long a network takes on this machine, at every width of its layers",
    "ranp time unet3d --batch 2 --out table.json",
    _arguments,
    _run,
    _text,
)
