"""``ranp profile``: what a network is made of and what it costs, without weights or computation."""

import argparse
import time
from dataclasses import asdict
from typing import Any

from ranp.cli.arguments import add_network
from ranp.cli.chosen import chosen_network
from ranp.cli.command import Command, Result
from ranp.cli.report import binary_bytes, layer_name, table, trained_weights, weights_line
from ranp.cli.step import PEAK, STEP_ROWS, step_in_words, training_bytes_beside
from ranp.cli.time_table import add_time_table, checked_table, pricers_by
from ranp.graph import ChannelGraph, Cost
from ranp.resources import OPTIMIZERS
from ranp.selection import STEP_BUDGETS, Pricers
from ranp.units import count


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_network(parser)
    parser.add_argument(
        "--batch", "--batch-size", type=int, metavar="N", help="of the training step (default: 1, or --time-table's)"
    )
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="adamw", help="of that step (default: %(default)s)")
    add_time_table(parser, "from 'ranp time --out FILE': the seconds of steps, in all and of each layer")


def _run(args: argparse.Namespace) -> Result:
    start = time.perf_counter()
    times = checked_table(args.time_table)
    usual = 1 if times is None else times.batch
    batch: int = usual if args.batch is None else args.batch
    if batch < 1:
        raise ValueError(f"--batch must be at least 1, not {batch}")
    network = chosen_network(args)
    peak = training_bytes_beside(network, batch, args.optimizer)
    graph = network.trace()
    pricers = pricers_by(times, network, graph, batch, args.optimizer)
    seconds = {STEP_BUDGETS[kind].cost: pricer.price(None) for kind, pricer in pricers.items()}
    return {
        "layers": _layers(graph, pricers),
        "total": {**graph.cost().as_dict(), PEAK: peak.result(), **seconds},
        "least": {kind: getattr(cost, kind) for kind, cost in graph.least.items()},
        "input_shapes": [list(shape) for shape in graph.input_shapes],
        "batch_size": batch,
        "optimizer": args.optimizer,
        "step": {kind: dict(pricer.terms) for kind, pricer in pricers.items()},
        "freezes": [str(freeze) for freeze in graph.freezes],
        "uncounted": graph.uncounted,
        "notes": graph.notes,
        **trained_weights(network.provenance),
        "seconds": time.perf_counter() - start,
    }


def _layers(graph: ChannelGraph, pricers: Pricers) -> list[dict[str, Any]]:
    costs = graph.cost_by_layer()
    seconds = {STEP_BUDGETS[kind].cost: one.by_layer(None) for kind, one in pricers.items() if one.by_layer is not None}
    nothing = asdict(Cost(macs=0, paper_macs=0, params=0, activations=0))
    return [
        {
            "name": name,
            "kind": layer.kind,
            "neurons": layer.neurons,
            "prunable": layer.prunable,
            "frozen": layer.frozen,
            "frozen_reason": layer.frozen_reason,
            "coupled": list(layer.coupled),
            **(asdict(costs[name]) if name in costs else nothing),
            **{cost: layers[name] for cost, layers in seconds.items()},
        }
        for name, layer in graph.layers.items()
    ]


_HEADER = ("layer", "kind", "neurons", "prunable", "MACs", "params", "activations")


def _least(result: Result, kind: str) -> str:
    least, full = result["least"][kind], result["total"][kind]
    return f"{count(least)} ({least / full:.1%})" if full else count(least)


def _text(result: Result) -> str:
    steps = [STEP_BUDGETS[kind].cost for kind in result["step"]]
    rows = [
        [
            layer_name(layer["name"]),
            layer["kind"],
            layer["neurons"],
            layer["neurons"] - layer["frozen"],
            *(count(layer[cost]) for cost in ("macs", "params", "activations")),
            *(STEP_ROWS[cost][1](layer[cost]) for cost in steps),
        ]
        for layer in result["layers"]
    ]
    total = result["total"]
    lines = [
        table([*_HEADER, *(STEP_ROWS[cost][0] for cost in steps)], rows, left=2),
        "",
        f"MACs {count(total['macs'])} (the original code counts {count(total['paper_macs'])}), "
        f"parameters {count(total['params'])}, activations {count(total['activations'])}",
        f"the smallest network that can be built, a neuron in every layer at least: MACs {_least(result, 'macs')}, "
        f"parameters {_least(result, 'params')}",
        f"peak training memory {binary_bytes(total['peak_training_bytes'])} "
        f"(batch {result['batch_size']}, {result['optimizer']})",
        *(f"{STEP_ROWS[cost][0]} {STEP_ROWS[cost][1](total[cost])}" for cost in steps),
        *step_in_words([{"budget": kind, "terms": terms} for kind, terms in result["step"].items()]),
        *weights_line(result),
        *([""] if result["freezes"] else []),
        *result["freezes"],
        *(f"not counted: {entry}" for entry in result["uncounted"]),
        *(f"note: {note}" for note in result["notes"]),
    ]
    return "\n".join(lines)


PROFILE = Command(
    "show a network's layers and costs, without building it",
    "ranp profile unet3d --preset shapenet",
    _arguments,
    _run,
    _text,
)
