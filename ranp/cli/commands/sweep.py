"""``ranp sweep``: a grid or a multi-objective search, resumable, and its table."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from ranp.cli.command import Command, Result
from ranp.cli.report import quantity, table
from ranp.cli.worker import add_database
from ranp.config import METHODS
from ranp.jobs import jobs
from ranp.models import Recipe, find_preset
from ranp.stopping import Stop
from ranp.study import Database
from ranp.sweep import Grid, Search, export, front, start
from ranp.worker import work


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="of the sweep; the same name goes on where it stopped")
    parser.add_argument("architecture", nargs="?", metavar="ARCH", help="a network; without it the table is shown")
    parser.add_argument("--preset", default="classroom", help="its size and task (default: %(default)s)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--search", type=int, metavar="N", help="choose sparsity, alpha and lambda of N networks")
    kind.add_argument("--method", action="append", choices=METHODS, help="of a grid, once for each (default: ranp-f)")
    parser.add_argument(
        "--sparsity", type=_numbers, metavar="0.3,0.5", help="of a grid; of a search: from, to (default: 0.3,0.5,0.7)"
    )
    parser.add_argument("--seeds", type=int, default=1, metavar="K", help="train from seeds 0 to K - 1 (default: 1)")
    parser.add_argument("--steps", type=int, help="of training (default: the preset's)")
    parser.add_argument("--enqueue-only", action="store_true", help="leave the work to 'ranp worker'")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table here: .csv or .parquet")
    add_database(parser)


def _run(args: argparse.Namespace) -> Result:
    if args.out is not None and args.out.suffix not in (".csv", ".parquet"):
        raise ValueError(f"--out '{args.out}' must end in .csv or .parquet")
    sweep = None if args.architecture is None else _sweep(args)
    database = Database(args.database)
    added = 0 if sweep is None else start(database, args.name, sweep)
    if sweep is not None and not args.enqueue_only:
        stop = Stop()
        with stop.listening():
            work(database, idle_seconds=0, stop=stop)
    best = {job.number for job in front(database, args.name)}
    if args.out is not None:
        export(database, args.name, args.out)
    return {
        "name": args.name,
        "added": added,
        "out": None if args.out is None else str(args.out),
        "trials": [
            {
                "trial": job.number,
                "state": job.state,
                "parameters": dict(job.parameters),
                "values": list(job.values),
                "pareto": job.number in best,
                "reason": job.reason,
            }
            for job in jobs(database, study=args.name)
        ],
    }


def _sweep(args: argparse.Namespace) -> Grid | Search:
    recipe: Recipe | None = None
    if args.steps is not None:
        recipe = replace(find_preset(args.architecture, args.preset).recipe, steps=args.steps)
    if args.seeds < 1:
        raise ValueError(f"--seeds must be at least 1, not {args.seeds}")
    common: dict[str, Any] = {"preset": args.preset, "seeds": tuple(range(args.seeds)), "recipe": recipe}
    if args.search is None:
        return Grid(args.architecture, tuple(args.method or ["ranp-f"]), args.sparsity or (0.3, 0.5, 0.7), **common)
    if args.sparsity is not None:
        if len(args.sparsity) != 2:
            raise ValueError("--sparsity of a search is a range, such as 0.1,0.8")
        common["sparsity"] = args.sparsity
    return Search(args.architecture, args.search, **common)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no list of numbers; write for instance 0.3,0.5") from None


def _text(result: Result) -> str:
    rows = [
        [
            trial["trial"],
            trial["state"],
            ", ".join(f"{name} {_short(value)}" for name, value in trial["parameters"].items()),
            *([f"{trial['values'][0]:.3f}", *map(quantity, trial["values"][1:])] if trial["values"] else ["", "", ""]),
            "yes" if trial["pareto"] else "",
            trial["reason"] or "",
        ]
        for trial in result["trials"]
    ]
    header = ["trial", "state", "parameters", "score", "MACs", "activations", "Pareto", "reason"]
    saved = [f"saved to {result['out']}"] if result["out"] is not None else []
    return "\n".join([table(header, rows, left=3), *saved])


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


SWEEP = Command(
    "train many pruned networks: on a grid, or searching for accurate, cheap and small ones",
    "ranp sweep mine unet3d --preset classroom-shapes --steps 30 --sparsity 0.3,0.5 --out mine.csv",
    _arguments,
    _run,
    _text,
)
