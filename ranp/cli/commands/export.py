"""``ranp export``: a plan, or a part of it, in another format."""

import argparse
from pathlib import Path

from ranp.cli.arguments import add_checkpoint, add_own_network
from ranp.cli.chosen import plan_network
from ranp.cli.command import Command, Result
from ranp.cli.time_table import add_time_table, checked_table, pricers_by
from ranp.formats import FORMATS, export_plan
from ranp.models import checkpoint_title
from ranp.plan import Plan, load_plan
from ranp.resources import OPTIMIZERS

_TIMED = sorted(name for name, format in FORMATS.items() if format.lists_layers)
"""The formats that hold seconds of layers where a time table tells them."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", type=Path, metavar="PLAN", help="folder or zip of a plan")
    formats = "; ".join(f"{name}: {format.title}, for {format.read_by}" for name, format in FORMATS.items())
    parser.add_argument("--format", required=True, choices=FORMATS, help=formats)
    parser.add_argument("--out", type=Path, metavar="FILE", help="(default: PLAN with the format's ending)")
    add_own_network(parser)
    add_checkpoint(parser)
    add_time_table(parser, f"from 'ranp time --out FILE': adds the seconds of each layer, for {', '.join(_TIMED)}")


def _run(args: argparse.Namespace) -> Result:
    plan = load_plan(args.plan)
    format = FORMATS[args.format]
    out = args.out or args.plan.with_name(args.plan.resolve().stem + _ending(args.format))
    model = None
    if args.time_table is not None:
        plan = _timed(args, plan)
    if format.needs_model:
        if format.holds_weights and args.checkpoint is None:
            _check_as_drawn(plan)
        network = plan_network(args, plan)
        plan.graph_of(network.shapes())  # whether it fits, before any weight is made
        model = network.model
    export_plan(plan, args.format, out, model)
    return {"plan": str(args.plan), "format": args.format, "out": str(out), "bytes": out.stat().st_size}


def _timed(args: argparse.Namespace, plan: Plan) -> Plan:
    """The plan with the seconds of its steps by the time table, at the table's batch."""
    if args.format not in _TIMED:
        raise ValueError(
            f"--time-table has no use with format '{args.format}', which holds no costs of layers; give it with "
            f"{' or '.join(_TIMED)}"
        )
    times = checked_table(args.time_table)
    assert times is not None, "it was given"
    network = plan_network(args, plan)
    graph = plan.graph_of(network.shapes())
    return plan.priced(pricers_by(times, network, graph, times.batch, _optimizer(plan)))


def _optimizer(plan: Plan) -> str:
    """Of the training step that the plan tells of; AdamW where it tells of none."""
    known = next((cost.terms.get("optimizer") for cost in plan.step_costs if cost.budget == "peak"), None)
    return str(known) if known in OPTIMIZERS else "adamw"


def _check_as_drawn(plan: Plan) -> None:
    """Raise ``ValueError`` where weights drawn anew would pass for trained ones."""
    known = plan.provenance
    if known.checkpoint_sha256 is not None:
        title = checkpoint_title(known.checkpoint, known.checkpoint_sha256)
        raise ValueError(
            f"the plan was made from the weights of {title}, which go into this file; add --checkpoint FILE"
        )


def _ending(name: str) -> str:
    """The format's suffix, with its name before it where several formats share one: no export overwrites another."""
    suffix = FORMATS[name].suffix
    shared = sum(format.suffix == suffix for format in FORMATS.values()) > 1
    return f".{name}{suffix}" if shared else suffix


def _text(result: Result) -> str:
    return f"{result['out']}: {result['bytes']:,} bytes"


EXPORT = Command(
    "write a plan, or a part of it, in another format",
    "ranp export plan --format csv --out layers.csv",
    _arguments,
    _run,
    _text,
)
