"""``ranp train``: does it still learn? Short training of the full and of pruned networks, side by side."""

import argparse
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ranp.check import EQUAL, WEIGHTS, Check, Contestant
from ranp.checking import Progress, run_check
from ranp.cli.arguments import parse_budget
from ranp.cli.command import Command, Result
from ranp.cli.report import binary_bytes, quantity, table
from ranp.config import METHODS, PruningConfig
from ranp.metrics import METRICS
from ranp.models import find_preset
from ranp.outcome import Entry, summarise
from ranp.parallel import processes
from ranp.speed import Speed
from ranp.storage import write_atomically


def add_check(parser: argparse.ArgumentParser) -> None:
    """What a check is made of."""
    parser.add_argument("architecture", metavar="ARCH", help="a network of the library; see: ranp list")
    parser.add_argument("--preset", default="classroom", help="its size and task (default: %(default)s)")
    parser.add_argument(
        "--method",
        action="append",
        choices=METHODS,
        help="of pruning, once for each network to compare (default: ranp-f)",
    )
    parser.add_argument("--no-full", action="store_true", help="leave the full network out")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--sparsity", type=float, help="fraction of neurons to remove (default: the preset's)")
    target.add_argument(
        "--budget", type=parse_budget, metavar="macs=0.2", help="instead: the cost to reach, a fair way to compare"
    )
    parser.add_argument("--alpha", type=float, default=0.5, help="blend: 1 = MACs only, 0 = memory only")
    parser.add_argument("--lambda", dest="lam", type=float, help="weight of the costs (default: the preset's)")
    parser.add_argument("--weights", choices=WEIGHTS, default="new", help="of the smaller networks (default: new)")
    parser.add_argument("--seeds", type=int, default=1, metavar="K", help="train from seeds 0 to K - 1 (default: 1)")
    parser.add_argument("--steps", type=int, help="of training (default: the preset's)")
    parser.add_argument("--equal", choices=EQUAL, default="steps", help="what is the same for all (default: steps)")
    parser.add_argument("--batch-size", type=int, metavar="N", help="(default: the preset's)")
    parser.add_argument("--learning-rate", type=float, help="at its peak (default: the preset's)")
    parser.add_argument("--data", metavar="DIR", help="folder of the task's real data set (default: procedural data)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, ... (default: %(default)s)")
    faster = parser.add_argument_group("faster training, which changes rounding but not the network")
    faster.add_argument("--channels-last", action="store_true", help="lay volumes out channels-last")
    faster.add_argument("--bfloat16", action="store_true", help="compute the forward pass in bfloat16")
    faster.add_argument("--compile", action="store_true", help="compile the network, which takes minutes and can fail")
    faster.add_argument(
        "--multiple", type=int, default=1, metavar="N", help="round channel counts up to a multiple of N (more MACs)"
    )


def chosen_check(args: argparse.Namespace) -> Check:
    """The check that the arguments of `add_check` describe."""
    preset = find_preset(args.architecture, args.preset)
    sparsity = args.sparsity if args.sparsity is not None or args.budget is not None else preset.sparsity
    lam = preset.lam if args.lam is None else args.lam
    pruned = [
        Contestant(PruningConfig(method, sparsity, args.budget, args.alpha, lam), args.weights, args.multiple)
        for method in args.method or ["ranp-f"]
    ]
    given = {"steps": args.steps, "batch_size": args.batch_size, "learning_rate": args.learning_rate}
    recipe = replace(preset.recipe, **{name: value for name, value in given.items() if value is not None})
    return Check(
        args.architecture,
        tuple(pruned if args.no_full else [Contestant(), *pruned]),
        args.preset,
        seeds=tuple(range(args.seeds)),
        equal=args.equal,
        recipe=recipe,
        speed=Speed(args.channels_last, args.bfloat16, args.compile),
        data=args.data,
        device=args.device,
    )


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_check(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the result here, too (JSON)")


def _run(args: argparse.Namespace) -> Result:
    check = chosen_check(args)
    together = processes(args.device)
    if together.rank:  # One process of several speaks for all.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with _Bar(together.rank == 0) as bar:
        entries = run_check(check, bar.show, processes=together)
    result = described(check, entries)
    if args.out is not None and together.rank == 0:
        write_atomically(args.out, json.dumps(result, allow_nan=False, indent=1).encode())
    together.close()
    return result


def described(check: Check, entries: list[Entry]) -> Result:
    """The check, its entries and their summary, JSON-ready."""
    metric = METRICS[check.task]
    return {
        "check": check.as_dict(),
        "score": metric.score,
        "higher_is_better": metric.higher_is_better,
        "entries": [entry.as_dict() for entry in entries],
        "summary": [asdict(summary) for summary in summarise(entries)],
    }


def _text(result: Result) -> str:
    metric = METRICS[find_preset(result["check"]["architecture"], result["check"]["preset"]).task]
    return summary_table(result["summary"], metric.title)


def summary_table(summaries: list[dict[str, Any]], title: str) -> str:
    """One line a network, and below them what went wrong."""
    rows = [
        [
            summary["label"],
            "failed" if summary["mean"] is None else f"{summary['mean']:.3f}",
            "" if summary["spread"] is None else f"{summary['spread']:.3f}",
            summary["seeds"],
            *("" if summary[cost] is None else quantity(summary[cost]) for cost in ("macs",)),
            "" if summary["peak_training_bytes"] is None else binary_bytes(summary["peak_training_bytes"]),
            *("" if summary[time] is None else f"{summary[time]:.{digits}f}" for time, digits in _TIMES),
        ]
        for summary in summaries
    ]
    header = ["network", title, "spread", "seeds", "MACs", "memory", "CPU-s", "s/step"]
    reasons = [f"{summary['label']}: {reason}" for summary in summaries for reason in summary["reasons"]]
    return "\n".join([table(header, rows), *([""] if reasons else []), *reasons])


_TIMES = (("cpu_seconds", 1), ("seconds_per_step", 3))


class _Bar:
    """A progress bar on stderr, of thousandths of the whole."""

    def __init__(self, shown: bool) -> None:
        self._bar = tqdm(total=1000, file=sys.stderr, disable=None if shown else True, bar_format=_FORMAT)

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, progress: Progress) -> None:
        point = progress.step.point if progress.step is not None else None
        score = "" if point is None else ", ".join(f"{name} {value:.3f}" for name, value in point.figures.items())
        self._bar.set_description(f"{progress.label}, seed {progress.seed}", refresh=False)
        if score:
            self._bar.set_postfix_str(score, refresh=False)
        self._bar.update(int(1000 * progress.done) - self._bar.n)


_FORMAT = "{desc}: {percentage:3.0f}% |{bar}| {elapsed} < {remaining} {postfix}"

TRAIN = Command(
    "train the full and pruned networks for a short while and compare",
    "ranp train unet3d --preset classroom-shapes --steps 30 --method ranp-f --method random --budget macs=0.2",
    _arguments,
    _run,
    _text,
)
