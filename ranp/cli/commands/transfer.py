"""``ranp transfer``: carry a plan over to other classes, channels, or sizes of input."""

import argparse
import time
from dataclasses import replace
from pathlib import Path

from ranp.cli.arguments import add_network
from ranp.cli.chosen import chosen_network
from ranp.cli.command import Command, Result
from ranp.cli.report import layer_name, quantity, table
from ranp.container import check_replaceable
from ranp.plan import Plan, load_plan
from ranp.plan_files import FILES
from ranp.subject import Network, network_of_plan
from ranp.transfer import transfer


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
        "layers": [{"name": layer.name, "neurons": layer.neurons, "kept": layer.kept} for layer in moved.layers],
        "full": moved.full.as_dict(),
        "pruned": moved.pruned.as_dict(),
        "before": {"full": plan.full.as_dict(), "pruned": plan.pruned.as_dict()},
        "out": None if args.out is None else str(args.out),
        "seconds": time.perf_counter() - start,
    }


def _network(args: argparse.Namespace, plan: Plan) -> Network:
    """The network to carry the plan over to: the plan's own where none is named; ``--input`` goes with any of them."""
    shapes = tuple(args.input)
    if args.architecture is None and (args.model is None or not shapes):
        if args.preset is not None or args.set:
            raise ValueError("--preset and --set belong to an architecture; name it behind the plan")
        return replace(network_of_plan(plan, args.model), input_shapes=shapes or plan.input_shapes)
    if args.architecture is None:
        return chosen_network(args)
    network = chosen_network(argparse.Namespace(**{**vars(args), "input": []}))
    return replace(network, input_shapes=shapes or network.input_shapes)


def _text(result: Result) -> str:
    layers = [[layer_name(layer["name"]), layer["neurons"], layer["kept"]] for layer in result["layers"]]
    before = result["before"]
    costs = [
        [name, *(quantity(cost[key]) for cost in (before["full"], before["pruned"], result["full"], result["pruned"]))]
        for name, key in (("MACs", "macs"), ("parameters", "params"), ("activations", "activations"))
    ]
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
