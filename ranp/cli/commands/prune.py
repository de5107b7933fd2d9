"""``ranp prune``: decide what stays, price it, and save the plan."""

import argparse
import logging
import time
from pathlib import Path

from ranp.cli.arguments import add_network, add_pruning, add_scoring, parse_budget
from ranp.cli.chosen import chosen_network
from ranp.cli.command import Command, Result
from ranp.cli.ingredients import Ingredients, gather
from ranp.cli.profile import training_bytes, training_bytes_beside
from ranp.cli.report import binary_bytes, layer_name, quantity, table
from ranp.container import check_replaceable
from ranp.plan import Plan, prune
from ranp.plan_files import FILES
from ranp.shrink import shrink

log = logging.getLogger(__name__)


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_network(parser)
    add_scoring(parser)
    add_pruning(parser)
    target = parser.add_mutually_exclusive_group()
    target.add_argument(
        "--sparsity", type=float, help="fraction of neurons to remove (default: the preset's, else 0.5)"
    )
    target.add_argument("--budget", type=parse_budget, metavar="macs=0.1", help="instead: the cost to reach")
    parser.add_argument("--out", type=Path, metavar="DIR", help="save the plan to this folder, or to a file.zip")
    parser.add_argument("--weights", action="store_true", help="with --out: save the shrunk network's weights, too")


def _run(args: argparse.Namespace) -> Result:
    if args.weights and args.out is None:
        raise ValueError("--weights needs --out, the folder or zip to save to")
    if args.out is not None:
        check_replaceable(args.out, FILES)
    network = chosen_network(args)
    beside = training_bytes_beside(network)
    start = gather(args, network, args.sparsity, args.budget)
    before = time.perf_counter()
    plan = prune(start.graph, start.scores, start.config, start.model, start.provenance)
    seconds = {**start.seconds, "price": time.perf_counter() - before}
    if args.out is not None:
        _save(plan, start, args.out, args.weights)
    full_bytes = beside.result()
    pruned_bytes = None if full_bytes is None else _pruned_training_bytes(plan, start)
    return {
        "feasible": plan.feasible,
        "first_empty_layer": plan.first_empty_layer,
        "requested_sparsity": plan.requested_sparsity,
        "achieved_sparsity": plan.achieved_sparsity,
        "max_feasible_sparsity": plan.max_feasible_sparsity,
        "method": plan.config.method,
        "layers": [{"name": layer.name, "neurons": layer.neurons, "kept": layer.kept} for layer in plan.layers],
        "full": {**plan.full.as_dict(), "peak_training_bytes": full_bytes},
        "pruned": {**plan.pruned.as_dict(), "peak_training_bytes": pruned_bytes},
        "data": plan.provenance.data,
        "out": None if args.out is None else str(args.out),
        "seconds": seconds,
    }


def _save(plan: Plan, start: Ingredients, out: Path, weights: bool) -> None:
    if not plan.feasible:
        log.warning("layer '%s' is empty, so the plan that is saved cannot be applied", plan.first_empty_layer)
    plan.save(out, plan.apply(start.network.model) if weights else None)


def _pruned_training_bytes(plan: Plan, start: Ingredients) -> int | None:
    """Peak training memory of what stays, for the batch that was traced."""
    if not plan.feasible:
        return None
    small = shrink(start.network.shapes(), start.graph, plan.kept, verify=False)
    return training_bytes(start.network, small, start.network.inputs())


def _text(result: Result) -> str:
    layers = [[layer_name(layer["name"]), layer["neurons"], layer["kept"]] for layer in result["layers"]]
    full, pruned = result["full"], result["pruned"]
    costs = [
        [name, quantity(full[key]), quantity(pruned[key]), f"{pruned[key] / full[key]:.1%}" if full[key] else ""]
        for name, key in (("MACs", "macs"), ("parameters", "params"), ("activations", "activations"))
    ]
    costs.append(["training memory", *(binary_bytes(cost["peak_training_bytes"]) for cost in (full, pruned)), ""])
    verdict = (
        f"sparsity {result['achieved_sparsity']:.4f} ({result['requested_sparsity']:.4f} requested; feasible up to "
        f"{result['max_feasible_sparsity']:.4f})"
        if result["feasible"]
        else f"not feasible: layer '{result['first_empty_layer']}' has no neuron left; prune to at most "
        f"{result['max_feasible_sparsity']:.4f}"
    )
    saved = [f"saved to {result['out']}"] if result["out"] is not None else []
    return "\n".join(
        [
            table(["layer", "neurons", "kept"], layers),
            "",
            table(["", "full", "pruned", ""], costs),
            "",
            verdict,
            *saved,
        ]
    )


PRUNE = Command(
    "decide which neurons stay at a sparsity or within a budget, and what that costs",
    "ranp prune unet3d --preset classroom --method ranp-f --budget macs=0.1 --out plan",
    _arguments,
    _run,
    _text,
)
