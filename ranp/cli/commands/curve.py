"""``ranp curve``: kept neurons and costs along the whole range of sparsities."""

import argparse
import time

import numpy as np

from ranp.cli.arguments import add_network, add_pruning, add_scoring
from ranp.cli.chosen import chosen_network
from ranp.cli.command import Command, Result
from ranp.cli.ingredients import gather
from ranp.cli.report import quantity, table
from ranp.curve import plan_curve


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_network(parser)
    add_scoring(parser)
    add_pruning(parser)
    parser.add_argument("--points", type=int, default=100, metavar="N", help="from 0 to below 1 (default: %(default)s)")


def _run(args: argparse.Namespace) -> Result:
    if not 1 <= args.points <= 100_000:
        raise ValueError(f"--points must be between 1 and 100000, not {args.points}")
    start = gather(args, chosen_network(args), sparsity=None, budget=None)
    before = time.perf_counter()
    grid = np.linspace(0, 1, args.points, endpoint=False)
    curve = plan_curve(start.graph, start.scores, start.config, grid, start.model)
    return {
        "method": start.config.method,
        "sparsities": curve.sparsities.tolist(),
        "achieved_sparsities": curve.achieved.tolist(),
        "feasible": curve.feasible.tolist(),
        "macs": curve.macs.tolist(),
        "paper_macs": curve.paper_macs.tolist(),
        "params": curve.params.tolist(),
        "activations": curve.activations.tolist(),
        "layers": [
            {"name": name, "neurons": neurons, "kept": kept}
            for name, neurons, kept in zip(curve.layers, curve.neurons.tolist(), curve.kept.T.tolist(), strict=True)
        ],
        "first_empty_layer": curve.first_empty_layer,
        "max_feasible_sparsity": curve.max_feasible_sparsity,
        "data": start.provenance.data,
        "seconds": {**start.seconds, "price": time.perf_counter() - before},
    }


def _text(result: Result) -> str:
    points = len(result["sparsities"])
    shown = sorted({round(position) for position in np.linspace(0, points - 1, min(points, 20)).tolist()})
    rows = [
        [
            f"{result['sparsities'][point]:.3f}",
            f"{result['achieved_sparsities'][point]:.3f}",
            *(quantity(result[cost][point]) for cost in ("macs", "params", "activations")),
            "yes" if result["feasible"][point] else "no",
        ]
        for point in shown
    ]
    beyond = f"feasible up to sparsity {result['max_feasible_sparsity']:.4f}"
    first = f", then '{result['first_empty_layer']}' is empty" if result["first_empty_layer"] is not None else ""
    header = ["sparsity", "achieved", "MACs", "params", "activations", "feasible"]
    return f"{table(header, rows)}\n\n{beyond}{first}"


CURVE = Command(
    "price every sparsity at once",
    "ranp curve unet3d --preset classroom --method blend --alpha 0.3 --json",
    _arguments,
    _run,
    _text,
)
