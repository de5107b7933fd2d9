"""``ranp profile``: what a network is made of and what it costs, without weights or computation."""

import argparse
import time
from dataclasses import asdict
from typing import Any

from ranp.cli.arguments import add_network
from ranp.cli.chosen import chosen_network
from ranp.cli.command import Command, Result
from ranp.cli.report import binary_bytes, layer_name, table, trained_weights, weights_line
from ranp.cli.step import training_bytes_beside
from ranp.graph import ChannelGraph, Cost
from ranp.resources import OPTIMIZERS
from ranp.units import count


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_network(parser)
    parser.add_argument(
        "--batch", "--batch-size", type=int, default=1, metavar="N", help="of the training step (default: 1)"
    )
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="adamw", help="of that step (default: %(default)s)")


def _run(args: argparse.Namespace) -> Result:
    start = time.perf_counter()
    if args.batch < 1:
        raise ValueError(f"--batch must be at least 1, not {args.batch}")
    network = chosen_network(args)
    peak = training_bytes_beside(network, args.batch, args.optimizer)
    graph = network.trace()
    return {
        "layers": _layers(graph),
        "total": {**graph.cost().as_dict(), "peak_training_bytes": peak.result()},
        "least": {kind: getattr(cost, kind) for kind, cost in graph.least.items()},
        "input_shapes": [list(shape) for shape in graph.input_shapes],
        "batch_size": args.batch,
        "optimizer": args.optimizer,
        "freezes": [str(freeze) for freeze in graph.freezes],
        "uncounted": graph.uncounted,
        "notes": graph.notes,
        **trained_weights(network.provenance),
        "seconds": time.perf_counter() - start,
    }


def _layers(graph: ChannelGraph) -> list[dict[str, Any]]:
    costs = graph.cost_by_layer()
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
        }
        for name, layer in graph.layers.items()
    ]


def _least(result: Result, kind: str) -> str:
    least, full = result["least"][kind], result["total"][kind]
    return f"{count(least)} ({least / full:.1%})" if full else count(least)


def _text(result: Result) -> str:
    rows = [
        [
            layer_name(layer["name"]),
            layer["kind"],
            layer["neurons"],
            layer["neurons"] - layer["frozen"],
            *(count(layer[cost]) for cost in ("macs", "params", "activations")),
        ]
        for layer in result["layers"]
    ]
    total = result["total"]
    lines = [
        table(["layer", "kind", "neurons", "prunable", "MACs", "params", "activations"], rows, left=2),
        "",
        f"MACs {count(total['macs'])} (the original code counts {count(total['paper_macs'])}), "
        f"parameters {count(total['params'])}, activations {count(total['activations'])}",
        f"the smallest network that can be built, a neuron in every layer at least: MACs {_least(result, 'macs')}, "
        f"parameters {_least(result, 'params')}",
        f"peak training memory {binary_bytes(total['peak_training_bytes'])} "
        f"(batch {result['batch_size']}, {result['optimizer']})",
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
