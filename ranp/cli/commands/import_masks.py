"""``ranp import``: a plan from masks that another tool made."""

import argparse
from dataclasses import replace
from pathlib import Path

from ranp.cli.arguments import add_network, add_setting
from ranp.cli.chosen import chosen_network, own_or_name
from ranp.cli.command import Command, Result
from ranp.cli.report import layer_name, table
from ranp.cli.step import all_share_rows, costs, layer_rows, step_in_words
from ranp.cli.time_table import add_time_table, checked_table, pricers_by
from ranp.files import check_replaceable
from ranp.formats import read_masks
from ranp.plan import FILES, plan_from_masks
from ranp.selection import PruningConfig


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "masks",
        type=Path,
        metavar="MASKS",
        help="masks of NNI, or a state dict with weight_mask entries of torch.nn.utils.prune: from torch.save, or "
        "safetensors; nothing in it is run",
    )
    add_network(parser)
    add_setting(parser, "coupling", default=PruningConfig.coupling)
    add_time_table(parser, "from 'ranp time --out FILE': the seconds of the plan")
    parser.add_argument("--out", type=Path, metavar="DIR", help="save the plan to this folder, or to a file.zip")


def _run(args: argparse.Namespace) -> Result:
    if args.out is not None:
        check_replaceable(args.out, FILES)
    times = checked_table(args.time_table)
    network = chosen_network(args)
    graph = network.trace()
    masks = read_masks(args.masks, network.shapes(), graph)
    plan = plan_from_masks(
        graph, masks, own_or_name(args.coupling), replace(network.provenance, data=f"masks from {args.masks.name}")
    )
    if times is not None:
        plan = plan.priced(pricers_by(times, network, graph, times.batch, "adamw"))
    if args.out is not None:
        plan.save(args.out)
    found = costs(plan)
    return {
        "masks": str(args.masks),
        "masked_layers": list(masks),
        "feasible": plan.feasible,
        "first_empty_layer": plan.first_empty_layer,
        "requested_sparsity": plan.requested_sparsity,
        "achieved_sparsity": plan.achieved_sparsity,
        "layers": layer_rows(plan),
        "full": found["full"],
        "pruned": found["pruned"],
        "step_costs": found["step_costs"],
        "out": None if args.out is None else str(args.out),
    }


def _text(result: Result) -> str:
    layers = [[layer_name(layer["name"]), layer["neurons"], layer["kept"]] for layer in result["layers"]]
    shares = all_share_rows(result["full"], result["pruned"])
    verdict = (
        f"sparsity {result['achieved_sparsity']:.4f} ({result['requested_sparsity']:.4f} in the file, before tied "
        "layers agree)"
        if result["feasible"]
        else f"not feasible: the masks leave no neuron of '{layer_name(result['first_empty_layer'])}'"
    )
    saved = [f"saved to {result['out']}"] if result["out"] is not None else []
    parts = [
        table(["layer", "neurons", "kept"], layers),
        "",
        table(["", "full", "pruned", ""], shares),
        *step_in_words(result["step_costs"]),
        "",
        verdict,
        *saved,
    ]
    return "\n".join(parts)


IMPORT = Command(
    "make a plan of masks from NNI or torch.nn.utils.prune",
    "ranp import masks.pt unet3d --preset classroom --out plan",
    _arguments,
    _run,
    _text,
)
