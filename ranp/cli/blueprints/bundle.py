"""``ranp bundle``: the network of a MONAI bundle's configuration with the widths that a budget leaves."""

import argparse
from pathlib import Path

from ranp.blueprints import Bundle, read_bundle
from ranp.cli.arguments import add_input
from ranp.cli.blueprints.planning import add_planning, costs_text, planned, told
from ranp.cli.command import Command, Result
from ranp.cli.report import table
from ranp.cli.step import add_step
from ranp.files import check_replaceable, check_writable, write_atomically
from ranp.formats import called
from ranp.inputs import parse_inputs
from ranp.plan import FILES


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "bundle", type=Path, metavar="CONFIG", help="configuration of a bundle, in JSON or YAML, with its network"
    )
    parser.add_argument("--key", default="network_def", help="of the network in it (default: %(default)s)")
    add_input(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the configuration with the smaller network")
    parser.add_argument(
        "--module",
        type=Path,
        metavar="FILE.py",
        help="leave each layer a width of its own, and write a module that builds them, which --out then names",
    )
    parser.add_argument("--plan", type=Path, metavar="DIR", help="save the plan, too, to this folder or file.zip")
    add_planning(parser)
    add_step(parser)


def _run(args: argparse.Namespace) -> Result:
    bundle, blueprint = (found := read_bundle(args.bundle, args.key)), found.blueprint
    if not args.input:
        raise ValueError("name the shape of the network's input; add for instance --input 1x1x96x96x96")
    inputs, equal = parse_inputs(args.input), args.module is None
    if equal and blueprint.kind.widths is None:
        raise ValueError(
            f"{blueprint.source}: {blueprint.kind.name} takes no list of widths; add --module FILE.py for a module "
            "that builds the smaller network"
        )
    target = _check_places(args)
    plan, network = planned(args, blueprint, inputs, equal, inputs.batch if args.batch is None else args.batch)
    neurons = {layer.name: layer.neurons for layer in plan.layers}
    widths = blueprint.widths_left(neurons, plan.kept_counts) if equal else None
    if args.module is not None:
        kind = blueprint.kind
        content = called(plan, network.shapes(), kind.module, kind.name, blueprint.arguments)
        write_atomically(check_writable(args.module), content)
    if args.out is not None:
        _write(bundle, widths, target, args.out)
    if args.plan is not None:
        plan.save(args.plan)
    return {
        "network": blueprint.kind.name,
        "widths": list(blueprint.widths),
        "left": None if widths is None else list(widths),
        **told(plan),
        **{name: None if (path := getattr(args, name)) is None else str(path) for name in ("out", "module", "plan")},
        "target": target,
    }


def _check_places(args: argparse.Namespace) -> str | None:
    """What would stop the files from being written, told before anything is computed; the name that --out gives."""
    for path in filter(None, (args.out, args.module)):
        check_writable(path)
    if args.plan is not None:
        check_replaceable(args.plan, FILES)
    if args.module is None:
        return None
    parts = (args.module.name,) if args.module.is_absolute() else args.module.parts
    names = [*parts[:-1], Path(parts[-1]).stem]
    if not all(name.isidentifier() for name in names) or args.module.suffix != ".py":
        raise ValueError(f"{args.module} cannot be imported; write for instance --module scripts/small.py")
    return ".".join([*names, "small_network"])


def _write(bundle: Bundle, widths: tuple[int, ...] | None, target: str | None, out: Path) -> None:
    if widths is not None:
        bundle.write_widths(widths, out)
    elif target is not None:
        bundle.write_target(target, out)


def _text(result: Result) -> str:
    if result["left"] is None:
        rows = [[layer["name"], layer["neurons"], layer["kept"]] for layer in result["layers"]]
    else:
        pairs = enumerate(zip(result["widths"], result["left"], strict=True))
        rows = [[f"width {number}", *pair] for number, pair in pairs]
    saved = [f"saved to {result[name]}" for name in ("module", "out") if result[name] is not None]
    if result["module"] is not None and result["out"] is not None:
        saved.append(f"the configuration builds {result['target']}: run MONAI where that can be imported")
    return "\n".join([table(["", "full", "pruned"], rows), "", costs_text(result), *saved])


BUNDLE = Command(
    "fit the network of a MONAI bundle into a budget",
    "ranp bundle configs/train.json --input 1x1x96x96x96 --budget macs=0.3 --out configs/train_small.json",
    _arguments,
    _run,
    _text,
)
