"""``ranp transfer``: carry a plan over to other classes, channels, or sizes of input."""

import argparse
import time
from dataclasses import replace
from pathlib import Path

from ranp.cli.arguments import add_network
from ranp.cli.chosen import chosen_network, plan_network
from ranp.cli.command import Command, Result
from ranp.cli.report import cost_rows, layer_name, table
from ranp.cli.step import layer_rows
from ranp.files import check_replaceable
from ranp.inputs import parse_inputs
from ranp.plan import FILES, Plan, load_plan, transfer
from ranp.subject import Network


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", type=Path, metavar="PLAN", help="folder or zip of a plan")
    add_network(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="save the new plan to this folder, or to a file.zip")


def _run(args: argparse.Namespace) -> Result:
    start = time.perf_counter()
    if args.out is not None:
        check_replaceable(args.out, FILES)
    plan = load_plan(args.plan)
    network = _network(args, plan)
    moved, report = transfer(plan, network.model, network.inputs(), network.provenance)
    if args.out is not None:
        moved.save(args.out)
    return {
        "plan": str(args.plan),
        "carried": list(report.carried),
        "differing": dict(report.differing),
        "notes": list(report.notes),
        "sentences": report.sentences,
        "requested_sparsity": moved.requested_sparsity,
        "achieved_sparsity": moved.achieved_sparsity,
        "input_shapes": [list(shape) for shape in moved.input_shapes],
        "layers": layer_rows(moved),
        "full": moved.full.as_dict(),
        "pruned": moved.pruned.as_dict(),
        "before": {"full": plan.full.as_dict(), "pruned": plan.pruned.as_dict()},
        "out": None if args.out is None else str(args.out),
        "seconds": time.perf_counter() - start,
    }


def _network(args: argparse.Namespace, plan: Plan) -> Network:
    """The network to carry the plan over to: the plan's own where none is named; ``--input`` goes with any of them."""
    inputs = parse_inputs(args.input) if args.input else None
    if args.architecture is None and (args.model is None or inputs is None):
        if args.preset is not None or args.set:
            raise ValueError("--preset and --set belong to an architecture; name it behind the plan")
        return replace(plan_network(args, plan), spec=inputs or plan.inputs)
    if args.architecture is None:
        return chosen_network(args)
    network = chosen_network(argparse.Namespace(**{**vars(args), "input": []}))
    return replace(network, spec=inputs or network.spec)


def _text(result: Result) -> str:
    layers = [[layer_name(layer["name"]), layer["neurons"], layer["kept"]] for layer in result["layers"]]
    before = result["before"]
    costs = cost_rows(before["full"], before["pruned"], result["full"], result["pruned"])
    saved = [f"saved to {result['out']}"] if result["out"] is not None else []
    return "\n".join(
        [
            table(["layer", "neurons", "kept"], layers),
            "",
            table(["", "there: full", "pruned", "here: full", "pruned"], costs),
            "",
            *result["sentences"],
            *saved,
        ]
    )


TRANSFER = Command(
    "carry a plan over to other classes, channels, or sizes of input",
    "ranp transfer plan unet3d --preset classroom --set classes=2 --out two-classes",
    _arguments,
    _run,
    _text,
)
