"""``ranp curve``: kept neurons and costs along the whole range of sparsities."""

import argparse
import time

import numpy as np

from ranp.cli.arguments import add_before, add_network, add_pruning, add_scoring
from ranp.cli.chosen import chosen_network
from ranp.cli.command import Command, Result
from ranp.cli.ingredients import gather
from ranp.cli.report import layer_name, table, trained_weights, weights_line
from ranp.cli.step import PEAK, STEP_ROWS, add_step, chosen_batch
from ranp.cli.time_table import add_time_table, checked_table, pricers_by
from ranp.graph import ChannelGraph
from ranp.resources import peak_pricer
from ranp.selection import STEP_BUDGETS, Pricer, at_most, plan_curve
from ranp.subject import Network
from ranp.units import count


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_network(parser)
    add_scoring(parser)
    add_before(parser)
    add_pruning(parser)
    parser.add_argument("--points", type=int, default=100, metavar="N", help="from 0 to below 1 (default: %(default)s)")
    add_step(parser)
    add_time_table(parser)


def _run(args: argparse.Namespace) -> Result:
    if not 1 <= args.points <= 100_000:
        raise ValueError(f"--points must be between 1 and 100000, not {args.points}")
    network = chosen_network(args)
    times = checked_table(args.time_table)
    batch = chosen_batch(args, network, times)
    start = gather(args, network, sparsity=None, budget=None)
    before = time.perf_counter()
    grid = np.linspace(0, 1, args.points, endpoint=False)
    pricers = {
        **({} if args.batch is None else {"peak": _peak(network, start.graph, batch, args.optimizer)}),
        **pricers_by(times, network, start.graph, batch, args.optimizer),
    }
    curve = plan_curve(start.graph, start.scores, start.config, grid, start.model, pricers)
    steps = curve.step_costs
    return {
        "method": start.config.method,
        "sparsities": curve.sparsities.tolist(),
        "achieved_sparsities": curve.achieved.tolist(),
        "feasible": curve.feasible.tolist(),
        "macs": curve.macs.tolist(),
        "paper_macs": curve.paper_macs.tolist(),
        "params": curve.params.tolist(),
        "activations": curve.activations.tolist(),
        **{name: [int(cost) if name == PEAK else cost for cost in costs.tolist()] for name, costs in steps.items()},
        "step": {kind: dict(pricer.terms) for kind, pricer in pricers.items()},
        "layers": [
            {"name": name, "neurons": neurons, "kept": kept}
            for name, neurons, kept in zip(curve.layers, curve.neurons.tolist(), curve.kept.T.tolist(), strict=True)
        ],
        "first_empty_layer": curve.first_empty_layer,
        "max_feasible_sparsity": curve.max_feasible_sparsity,
        "data": start.provenance.data,
        **trained_weights(start.provenance),
        "seconds": {**start.seconds, "price": time.perf_counter() - before},
    }


def _peak(network: Network, graph: ChannelGraph, batch: int, optimizer: str) -> Pricer:
    return peak_pricer(network.shapes(), graph, batch, optimizer, any_device=network.preset is not None)


def _text(result: Result) -> str:
    points = len(result["sparsities"])
    steps = [STEP_BUDGETS[kind].cost for kind in result["step"]]
    shown = sorted({round(position) for position in np.linspace(0, points - 1, min(points, 20)).tolist()})
    rows = [
        [
            f"{result['sparsities'][point]:.3f}",
            f"{result['achieved_sparsities'][point]:.3f}",
            *(count(result[cost][point]) for cost in ("macs", "params", "activations")),
            *(STEP_ROWS[cost][1](result[cost][point]) for cost in steps),
            "yes" if result["feasible"][point] else "no",
        ]
        for point in shown
    ]
    beyond = f"feasible up to sparsity {at_most(result['max_feasible_sparsity']):.4f}"
    first = (
        f", then '{layer_name(result['first_empty_layer'])}' is empty"
        if result["first_empty_layer"] is not None
        else ""
    )
    taken = [
        f"{STEP_ROWS[cost][0]} at batch {terms['batch']}"
        for cost, terms in zip(steps, result["step"].values(), strict=True)
    ]
    header = ["sparsity", "achieved", "MACs", "params", "activations", *taken, "feasible"]
    return "\n".join([table(header, rows), "", f"{beyond}{first}", *weights_line(result)])


CURVE = Command(
    "price every sparsity at once",
    "ranp curve unet3d --preset classroom --method blend --alpha 0.3 --json",
    _arguments,
    _run,
    _text,
)
