"""``ranp sweep``: a grid or a multi-objective search, resumable, and its table."""

import argparse
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ranp.checks import Contestant
from ranp.cli.arguments import add_setting
from ranp.cli.budgets import add_budgets, combined
from ranp.cli.chosen import chosen_subject
from ranp.cli.command import STOPPED, Command, Result
from ranp.cli.commands.train import add_recipe, chosen_recipe
from ranp.cli.commands.worker import add_database
from ranp.cli.contestants import SEVERAL, add_schedules, add_seeds, add_several, chosen_seeds, table_for
from ranp.cli.report import table
from ranp.cli.time_table import SECONDS_OF_CONTESTANTS, add_time_table
from ranp.cli.trained_on import add_subject
from ranp.cli.watching import SweepProgress, tally_line
from ranp.files import check_writable
from ranp.own import is_name
from ranp.progress import ProgressBar
from ranp.queue import (
    Database,
    Grid,
    Search,
    Stop,
    Tally,
    as_parameters,
    export,
    front,
    grid_contestants,
    jobs,
    limits_in,
    start,
    tally,
    work,
)
from ranp.selection import PruningConfig, limit_text
from ranp.subject import allow
from ranp.units import count

log = logging.getLogger(__name__)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        metavar="NAME",
        help="of the sweep; the same goes on where it stopped; alone, it is shown",
    )
    add_subject(parser)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--search", type=int, metavar="N", help="choose sparsity, alpha and lambda of N networks")
    add_setting(kind, "method", action="append", help="of a grid, once for each (default: ranp-f)")
    target = parser.add_mutually_exclusive_group()
    target.add_argument(
        "--sparsity", type=_numbers, metavar="0.3,0.5", help="of a grid; of a search: from, to (default: 0.3,0.5,0.7)"
    )
    add_budgets(target)
    add_several(parser)
    add_schedules(parser)
    add_seeds(parser)
    add_recipe(parser)
    add_time_table(parser, help=SECONDS_OF_CONTESTANTS)
    parser.add_argument("--enqueue-only", action="store_true", help="leave the work to 'ranp worker'")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table here: .csv or .parquet")
    add_database(parser)


def _run(args: argparse.Namespace) -> Result:
    if args.out is not None and args.out.suffix not in (".csv", ".parquet"):
        raise ValueError(f"--out '{args.out}' must end in .csv or .parquet")
    if args.out is not None:
        check_writable(args.out)
    sweep = None if args.architecture is None and args.model is None else _sweep(args)
    database = Database(args.database)
    added = 0 if sweep is None else start(database, args.name, sweep)
    stopped = sweep is not None and not args.enqueue_only and _worked(database, args.name)
    trials = jobs(database, study=args.name)
    best = {job.number for job in front(database, args.name)}
    if args.out is not None:
        export(database, args.name, args.out)
    return {
        "name": args.name,
        "added": added,
        "stopped": stopped,
        "tally": tally(trials).as_dict(),
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
            for job in trials
        ],
    }


def _worked(database: Database, name: str) -> bool:
    """Run what waits; whether somebody stopped that."""
    stop = Stop()
    try:
        with stop.listening(), ProgressBar(f"sweep {name}") as bar:
            work(database, idle_seconds=0, stop=stop, watch=SweepProgress(database, name, bar))
    except KeyboardInterrupt:
        log.warning("stopped; the trial in hand waits again, and the same command goes on from there")
        return True
    return False


def _sweep(args: argparse.Namespace) -> Grid | Search:
    if args.seed_list is None and args.seeds < 1:
        raise ValueError(f"--seeds must be at least 1, not {args.seeds}")
    subject = chosen_subject(args)
    asked = any(value is not None for value in (args.recipe, args.steps, args.batch_size, args.learning_rate))
    recipe = chosen_recipe(args, subject) if asked else None
    common: dict[str, Any] = {"seeds": chosen_seeds(args), "recipe": recipe}
    several = {name: tuple(getattr(args, name)) for name in (*SEVERAL, "schedule") if getattr(args, name)}
    allow(each for values in several.values() for each in values if is_name(each))
    if args.search is None:
        methods = tuple(args.method or [PruningConfig.method])
        budgets = None if args.budget is None else combined(args.budget)
        contestants = grid_contestants(methods, budgets or (), several)
        common["time_table"] = table_for(contestants, args.time_table, subject)
        if budgets is not None:
            return Grid(subject, methods, budgets=budgets, several=several, **common)
        return Grid(subject, methods, args.sparsity or (0.3, 0.5, 0.7), several=several, **common)
    for name, values in several.items():
        if len(values) > 1:
            raise ValueError(f"a search takes one {name}, not {len(values)}; give several to a grid")
    common["fixed"] = {name: value for name, (value,) in several.items()}
    if args.budget is not None:
        raise ValueError("--budget is of a grid; a search chooses the sparsity, so leave --search or --budget out")
    if args.sparsity is not None:
        if len(args.sparsity) != 2:
            raise ValueError("--sparsity of a search is a range, such as 0.1,0.8")
        common["sparsity"] = args.sparsity
    searched = Contestant(
        PruningConfig("blend", **{name: common["fixed"].get(name, getattr(PruningConfig, name)) for name in SEVERAL})
    )
    common["time_table"] = table_for([searched], args.time_table, subject)
    return Search(subject, args.search, **common)


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
            ", ".join(_chosen(trial["parameters"])),
            *([f"{trial['values'][0]:.3f}", *map(count, trial["values"][1:])] if trial["values"] else ["", "", ""]),
            "yes" if trial["pareto"] else "",
            trial["reason"] or "",
        ]
        for trial in result["trials"]
    ]
    header = ["trial", "state", "parameters", "score", "MACs", "activations", "Pareto", "reason"]
    saved = [f"saved to {result['out']}"] if result["out"] is not None else []
    state = tally_line(Tally(**result["tally"]))
    return "\n".join([table(header, rows, left=3), "", state, *saved])


def _chosen(parameters: Mapping[str, Any]) -> list[str]:
    """What a trial was given or chose, budgets as the command line takes them."""
    limits = limits_in(parameters)
    others = {name: value for name, value in parameters.items() if name not in as_parameters(limits)}
    return [*(f"{name} {_short(value)}" for name, value in others.items()), *(limit_text(*limit) for limit in limits)]


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


SWEEP = Command(
    "train many pruned networks: on a grid, or searching for accurate, cheap and small ones",
    "ranp sweep mine unet3d --preset classroom-shapes --steps 30 --budget macs=0.2,0.4 --out mine.csv",
    _arguments,
    _run,
    _text,
    exit_code=lambda result: STOPPED if result["stopped"] else 0,
)
