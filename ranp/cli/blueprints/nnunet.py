"""``ranp nnunet``: a configuration of nnU-Net's with the widths that a budget leaves."""

import argparse
import shlex
from pathlib import Path

from ranp.blueprints import NnUNetPlans, read_nnunet
from ranp.cli.blueprints.planning import add_planning, costs_text, planned, told
from ranp.cli.command import Command, Result
from ranp.cli.report import table
from ranp.files import check_replaceable, check_writable, write_atomically
from ranp.formats import check_class_name, nnunet_trainer
from ranp.plan import FILES, Plan

OPTIMIZER = "momentum"
"""nnU-Net's: SGD with Nesterov's momentum, whose state is of the same size."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plans", type=Path, metavar="PLANS", help="plans file of nnU-Net, such as nnUNetPlans.json")
    parser.add_argument("--configuration", default="3d_fullres", metavar="NAME", help="(default: %(default)s)")
    parser.add_argument("--dataset", type=Path, metavar="FILE", help="dataset.json (default: beside the plans file)")
    parser.add_argument("--name", help="of the new configuration (default: the configuration's with _ranp)")
    written = parser.add_mutually_exclusive_group()
    written.add_argument("--out", type=Path, metavar="FILE", help="write the plans file with the new configuration")
    written.add_argument(
        "--trainer",
        type=Path,
        metavar="NAME.py",
        help="instead, leave each layer a width of its own, and write a trainer class of that name which builds them",
    )
    parser.add_argument("--plan", type=Path, metavar="DIR", help="save the plan, too, to this folder or file.zip")
    add_planning(parser)
    parser.set_defaults(optimizer=OPTIMIZER)


def _run(args: argparse.Namespace) -> Result:
    plans = read_nnunet(args.plans, args.configuration, args.dataset)
    name = args.name or f"{args.configuration}_ranp"
    _check_places(args, plans, name)
    equal = args.trainer is None
    plan, network = planned(args, plans.blueprint, plans.inputs, equal, plans.batch)
    neurons = {layer.name: layer.neurons for layer in plan.layers}
    widths = plans.blueprint.widths_left(neurons, plan.kept_counts) if equal else None
    if args.out is not None and widths is not None:
        plans.write(widths, name, args.out)
    if args.trainer is not None:
        write_atomically(check_writable(args.trainer), nnunet_trainer(plan, network.shapes(), args.trainer.stem))
    if args.plan is not None:
        plan.save(args.plan)
    return {
        **_described(plans, plan),
        "widths": list(plans.blueprint.widths),
        "left": None if widths is None else list(widths),
        "name": None if widths is None else name,
        **{key: None if path is None else str(path) for key, path in _places(args).items()},
        "train": _command(args, plans, name),
    }


def _places(args: argparse.Namespace) -> dict[str, Path | None]:
    return {"out": args.out, "trainer": args.trainer, "plan": args.plan}


def _command(args: argparse.Namespace, plans: NnUNetPlans, name: str) -> list[str] | None:
    if args.trainer is not None:
        return [*plans.command(plans.configuration, args.plans), "-tr", args.trainer.stem]
    return None if args.out is None else plans.command(name, args.out)


def _check_places(args: argparse.Namespace, plans: NnUNetPlans, name: str) -> None:
    """What would stop the files from being written, told before anything is computed."""
    plans.check_free(name)
    if args.trainer is not None:
        check_class_name(args.trainer.stem)
    for path in filter(None, (args.out, args.trainer)):
        check_writable(path)
    if args.plan is not None:
        check_replaceable(args.plan, FILES)


def _described(plans: NnUNetPlans, plan: Plan) -> Result:
    return {
        "configuration": plans.configuration,
        "network": plans.blueprint.kind.name,
        "channels": plans.channels,
        "classes": plans.classes,
        "patch": list(plans.patch),
        "batch_size": plans.batch,
        "optimizer": OPTIMIZER,
        **told(plan),
    }


def _text(result: Result) -> str:
    if result["left"] is None:
        rows = [[layer["name"], layer["neurons"], layer["kept"]] for layer in result["layers"]]
    else:
        pairs = enumerate(zip(result["widths"], result["left"], strict=True))
        rows = [[f"stage {number}", *pair] for number, pair in pairs]
    return "\n".join([table(["", "full", "pruned"], rows), "", costs_text(result), *_written(result)])


def _written(result: Result) -> list[str]:
    """What was written, and how nnU-Net is started with it."""
    if result["train"] is None:
        return []
    if result["trainer"] is not None:
        said = f"saved to {result['trainer']}; put the file into nnunetv2/training/nnUNetTrainer, then:"
    else:
        said = (
            f"saved to {result['out']}, as the configuration {result['name']}; put the file into the data set's folder "
            "in nnUNet_preprocessed, then:"
        )
    return ["", said, shlex.join(result["train"])]


NNUNET = Command(
    "fit a configuration of nnU-Net into a budget, for nnU-Net's own training",
    "ranp nnunet nnUNetPlans.json --configuration 3d_fullres --budget macs=0.3 --out nnUNetPlans_small.json",
    _arguments,
    _run,
    _text,
)
