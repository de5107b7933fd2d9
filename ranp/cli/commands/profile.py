"""``ranp profile``: what a network is made of and what it costs, without weights or computation."""

import argparse
import logging
import time
from dataclasses import asdict
from typing import Any

from torch import Tensor, nn

from ranp.cli.arguments import add_network
from ranp.cli.beside import Beside
from ranp.cli.chosen import chosen_network
from ranp.cli.command import Command, Result
from ranp.cli.report import binary_bytes, layer_name, quantity, table
from ranp.graph import ChannelGraph, Cost
from ranp.memory import peak_training_bytes
from ranp.optimizer_steps import OPTIMIZERS
from ranp.subject import Network

log = logging.getLogger(__name__)


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_network(parser)
    parser.add_argument("--batch-size", type=int, default=1, metavar="N", help="of the training step (default: 1)")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="adamw", help="of that step (default: %(default)s)")


def _run(args: argparse.Namespace) -> Result:
    start = time.perf_counter()
    if args.batch_size < 1:
        raise ValueError(f"--batch-size must be at least 1, not {args.batch_size}")
    network = chosen_network(args)
    peak = training_bytes_beside(network, args.batch_size, args.optimizer)
    graph = network.trace()
    return {
        "layers": _layers(graph),
        "total": {**graph.cost().as_dict(), "peak_training_bytes": peak.result()},
        "input_shapes": [list(shape) for shape in graph.input_shapes],
        "batch_size": args.batch_size,
        "optimizer": args.optimizer,
        "freezes": [str(freeze) for freeze in graph.freezes],
        "uncounted": graph.uncounted,
        "notes": graph.notes,
        "seconds": time.perf_counter() - start,
    }


def training_bytes(
    network: Network, model: nn.Module, inputs: tuple[Tensor, ...], optimizer: str = "adamw"
) -> int | None:
    """Peak memory of training ``model``, the network or what stays of it; None with a warning where it cannot train.

    The library's own networks are made of what needs the same memory by the kernels of any device.
    """
    try:
        return peak_training_bytes(model, inputs, optimizer, any_device=network.preset is not None)
    except ValueError as error:
        log.warning("peak training memory is unknown: %s", error)
        return None


def training_bytes_beside(network: Network, batch: int | None = None, optimizer: str = "adamw") -> Beside[int | None]:
    """The same for the whole network, while it is being traced; the user's own code is not run in two processes."""
    return Beside(
        lambda: training_bytes(network, network.shapes(), network.inputs(batch), optimizer),
        fork=network.preset is not None,
    )


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


def _text(result: Result) -> str:
    rows = [
        [
            layer_name(layer["name"]),
            layer["kind"],
            layer["neurons"],
            layer["neurons"] - layer["frozen"],
            *(quantity(layer[cost]) for cost in ("macs", "params", "activations")),
        ]
        for layer in result["layers"]
    ]
    total = result["total"]
    lines = [
        table(["layer", "kind", "neurons", "prunable", "MACs", "params", "activations"], rows, left=2),
        "",
        f"MACs {quantity(total['macs'])} (the original code counts {quantity(total['paper_macs'])}), "
        f"parameters {quantity(total['params'])}, activations {quantity(total['activations'])}",
        f"peak training memory {binary_bytes(total['peak_training_bytes'])} "
        f"(batch {result['batch_size']}, {result['optimizer']})",
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
